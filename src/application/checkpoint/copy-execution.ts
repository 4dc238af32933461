import type { Branch, Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { CheckpointCreated } from '../../domain/events/families/checkpoint.events.js';
import { ExecutionForked } from '../../domain/events/families/execution.events.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import type { VerbOptions } from '../shared/verb.js';
import { executionExists, executionRunning, noCheckpoints, type UpkeepServices } from './upkeep-services.js';

/** A copy of an execution's tree. */
export interface CopiedExecution {
  /** The copy. */
  readonly executionId: string;
  /** The id of each checkpoint's copy, by that of its original. */
  readonly checkpointIds: ReadonlyMap<string, string>;
}

/** What is copied, and to where. */
interface Copy {
  readonly execution: ExecutionSnapshot | undefined;
  readonly newId: string;
  readonly ids: ReadonlyMap<string, string>;
}

/**
 * Copies the tree of an execution, and the execution with it where it is one of Waymark's own. All states are shared: the
 * copy takes its rows, and no contents. One transaction, with a `checkpoint.created` for each copy.
 */
export async function copyExecution(
  services: UpkeepServices,
  executionId: string,
  newId: string,
  { reason }: VerbOptions,
): Promise<CopiedExecution> {
  assertIdentifier(executionId, 'execution id');
  assertIdentifier(newId, 'execution id');
  const { checkpoints, companions, executions, factory, recorder } = services;
  let ids: ReadonlyMap<string, string> = new Map();
  await recorder.commit({
    weight: (await checkpoints.list(executionId)).length,
    write: async (scope) => {
      const execution = await executions.find(executionId, scope);
      if (execution?.status === 'running' || execution?.status === 'pending') {
        throw executionRunning(execution, 'copied');
      }
      const originals = await checkpoints.list(executionId, scope);
      if (originals.length === 0) throw noCheckpoints(executionId);
      await assertFree(services, newId, scope);
      ids = new Map(originals.map(({ id }) => [id, factory.ids.next()]));
      const copy: Copy = { execution, newId, ids };
      const copies = originals.map((original) => copyOf(original, copy));
      for (const checkpoint of copies) await checkpoints.add(checkpoint, [], scope);
      for (const branch of await checkpoints.branches(executionId, scope)) {
        await checkpoints.saveBranch(branchCopyOf(branch, copy), scope, null);
      }
      const events: DomainEvent[] = [];
      if (execution !== undefined) {
        await executions.save(executionCopyOf(execution, copy, factory.now()), scope);
        events.push(
          factory.make(ExecutionForked, {
            executionId: newId,
            parentExecutionId: executionId,
            checkpointId: execution.headCheckpointId,
            reason: reason ?? 'copied with all its checkpoints',
          }),
        );
      }
      for (const companion of companions) await companion.copied(executionId, newId, ids, scope);
      return [...events, ...copies.map((checkpoint) => factory.make(CheckpointCreated, createdPayload(checkpoint)))];
    },
  });
  return { executionId: newId, checkpointIds: ids };
}

async function assertFree(
  { checkpoints, companions, executions }: UpkeepServices,
  newId: string,
  scope: TransactionScope,
): Promise<void> {
  let isTaken =
    (await executions.find(newId, scope)) !== undefined || (await checkpoints.branches(newId, scope)).length > 0;
  for (const companion of companions) isTaken ||= await companion.isTaken(newId, scope);
  if (isTaken) throw executionExists(newId, 'copy');
}

function copyOf(original: Checkpoint, { newId, ids }: Copy): Checkpoint {
  const { parentId } = original;
  return Object.freeze({
    ...original,
    id: ids.get(original.id) ?? original.id,
    executionId: newId,
    parentId: parentId === null ? null : (ids.get(parentId) ?? null),
    storedBytes: 0,
  });
}

function branchCopyOf(branch: Branch, { newId, ids }: Copy): Branch {
  const { startCheckpointId, headCheckpointId } = branch;
  return {
    ...branch,
    executionId: newId,
    startCheckpointId: startCheckpointId === null ? null : (ids.get(startCheckpointId) ?? null),
    headCheckpointId: ids.get(headCheckpointId) ?? headCheckpointId,
  };
}

/** It stands where the original does, and nobody runs it. */
function executionCopyOf(original: ExecutionSnapshot, { newId, ids }: Copy, now: string): ExecutionSnapshot {
  return {
    ...original,
    id: newId,
    version: 0,
    owner: null,
    parentExecutionId: original.id,
    sourceCheckpointId: original.headCheckpointId,
    headCheckpointId: ids.get(original.headCheckpointId) ?? original.headCheckpointId,
    updatedAt: now,
  };
}

function createdPayload(checkpoint: Checkpoint): ConstructorParameters<typeof CheckpointCreated>[0] {
  const { id, executionId, parentId, branchId, kind, nodeId, occurrence, position, stateHash } = checkpoint;
  return {
    executionId,
    checkpointId: id,
    ...(parentId === null ? {} : { parentId }),
    branchId,
    kind,
    ...(nodeId === null ? {} : { nodeId }),
    ...(occurrence === null || occurrence < 1 ? {} : { occurrence }),
    nextNodeIds: [...position.nextNodeIds],
    stateHash,
    stateBytes: checkpoint.stateBytes,
    storedBytes: 0,
    terminal: position.nextNodeIds.length === 0,
  };
}
