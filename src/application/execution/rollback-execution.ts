import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import {
  CheckpointBranchCreated,
  CheckpointRestored,
  CheckpointRollbackCompleted,
  CheckpointRollbackFailed,
  CheckpointRollbackRequested,
} from '../../domain/events/families/checkpoint.events.js';
import { ExecutionPaused } from '../../domain/events/families/execution.events.js';
import { Execution, type ExecutionSnapshot, outputAt } from '../../domain/execution/execution.js';
import { transition } from '../../domain/execution/execution-status.js';
import { errorRecord } from '../context/error-record.js';
import { editState } from './edit-state.js';
import { checkpointElsewhere } from './execution-errors.js';
import {
  currentBranch,
  type ExecutionServices,
  findExecution,
  toStatePatch,
  type VerbOptions,
} from './execution-services.js';
import { ExecutionStep } from './execution-step.js';
import { emitHistory } from './resume-execution.js';
import type { JsonObject } from '../../domain/shared/json.js';

/** How to roll back. */
export interface RollbackOptions extends VerbOptions {
  /** A JSON Merge Patch (RFC 7396) to apply to the state at the checkpoint. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /**
   * Goes back though the log says that a thread is being run by another process. Only when you know that it is gone: if
   * it is not, it goes on from where it was. An execution of Waymark's own is taken over by `resume`.
   */
  readonly takeOver?: boolean;
}

/** What a rollback did. */
export interface RollbackResult {
  readonly executionId: string;
  /** Where it stood, and where it was put. */
  readonly fromCheckpointId: string;
  readonly toCheckpointId: string;
  /** The checkpoint it stands at: the target, or the one that holds the edited state. */
  readonly headCheckpointId: string;
  /** The branch it goes on with. */
  readonly branchId: string;
  readonly rolledBackNodes: readonly NodeOccurrence[];
  readonly nextNodeIds: readonly string[];
}

/**
 * Puts an execution back to one of its checkpoints, and leaves it paused there on a branch of its own. What came after
 * is kept, on the branch that is abandoned.
 */
export async function rollbackExecution(
  services: ExecutionServices,
  executionId: string,
  checkpointId: string,
  options: RollbackOptions,
): Promise<RollbackResult> {
  const patch = toStatePatch(options.statePatch);
  const stored = await findExecution(services, executionId);
  const target = await services.tree.get(checkpointId);
  if (target.executionId !== executionId) throw checkpointElsewhere(checkpointId, executionId, target.executionId);
  transition(executionId, stored.status, 'rollback');
  const reason = options.reason ?? 'no reason given';
  let state: JsonObject;
  try {
    state = await services.tree.load(target);
  } catch (error) {
    await services.recorder.record([
      services.factory.make(
        CheckpointRollbackFailed,
        { executionId, targetCheckpointId: checkpointId, error: errorRecord(error) },
        { correlationId: stored.correlationId },
      ),
    ]);
    throw error;
  }
  return commitRollback(services, stored, target, state, patch, reason);
}

async function commitRollback(
  services: ExecutionServices,
  stored: ExecutionSnapshot,
  target: Checkpoint,
  state: JsonObject,
  patch: JsonObject | undefined,
  reason: string,
): Promise<RollbackResult> {
  const executionId = stored.id;
  const old = await currentBranch(services, stored);
  const branch = {
    executionId,
    branchId: `rollback-${stored.branchesCreated + 1}`,
    parentBranchId: old.branchId,
    startCheckpointId: target.id,
    abandoned: false,
  };
  const step = new ExecutionStep(services, Execution.from(stored), state, branch);
  const history = await emitHistory(services, step, executionId);
  const targetNodeId = target.position.nextNodeIds[0];
  const requested = step.emit(
    CheckpointRollbackRequested,
    {
      executionId,
      targetCheckpointId: target.id,
      ...(targetNodeId === undefined ? {} : { targetNodeId }),
      reason,
    },
    history,
  );
  step.saveBranch({ ...old, headCheckpointId: stored.headCheckpointId, abandoned: true });
  step.needs(target.id);
  step.saveBranch({ ...branch, headCheckpointId: target.id });
  step.execution = step.execution.rollbackTo(
    target.id,
    target.position,
    branch.branchId,
    outputAt(target.position, state),
  );
  const created = { executionId, checkpointId: target.id, branchId: branch.branchId, parentBranchId: old.branchId };
  step.emit(CheckpointBranchCreated, { ...created, reason: 'rollback' }, requested);
  step.emit(CheckpointRestored, { executionId, checkpointId: target.id, stateHash: target.stateHash }, requested);
  const rolledBackNodes = undoneBy(stored, target);
  const completed = step.emit(
    CheckpointRollbackCompleted,
    {
      executionId,
      fromCheckpointId: stored.headCheckpointId,
      toCheckpointId: target.id,
      rolledBackNodes: rolledBackNodes.map(({ nodeId, occurrence }) => ({ nodeId, occurrence })),
      filesRestored: 0,
      compensated: 0,
    },
    requested,
  );
  if (patch !== undefined) editState(step, patch, reason, completed);
  const { headCheckpointId, waiting } = step.execution.snapshot;
  const nodeId = waiting[0];
  step.emit(
    ExecutionPaused,
    {
      executionId,
      checkpointId: headCheckpointId,
      ...(nodeId === undefined ? {} : { nodeId }),
      reason: 'rollback',
      elapsedMs: step.elapsedMs(),
    },
    completed,
  );
  await step.commit();
  return {
    executionId,
    fromCheckpointId: stored.headCheckpointId,
    toCheckpointId: target.id,
    headCheckpointId,
    branchId: branch.branchId,
    rolledBackNodes,
    nextNodeIds: waiting,
  };
}

/** What the execution had done, or begun, that the target does not know of: newest first. */
function undoneBy(stored: ExecutionSnapshot, target: Checkpoint): readonly NodeOccurrence[] {
  const kept = new Set(target.position.completed.map((node) => `${node.nodeId}/${node.occurrence}`));
  return [...stored.completed, ...stored.failed, ...stored.running]
    .filter((node) => !kept.has(`${node.nodeId}/${node.occurrence}`))
    .map(({ nodeId, occurrence }) => ({ nodeId, occurrence }))
    .reverse();
}
