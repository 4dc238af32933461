import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import {
  CheckpointBranchCreated,
  CheckpointRestored,
  CheckpointRollbackCompleted,
  CheckpointRollbackRequested,
} from '../../domain/events/families/checkpoint.events.js';
import { ExecutionPaused } from '../../domain/events/families/execution.events.js';
import type { Execution } from '../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { outputAt } from '../../domain/execution/position.js';
import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { staticId } from '../../domain/workflow/address.js';
import { keyOf } from './compensation/what-to-undo.js';
import { editState } from './edit-state.js';
import type { ExecutionServices } from './execution-services.js';
import { type BranchLine, ExecutionStep } from './execution-step.js';
import { emitHistory } from './load-step.js';
import type { RollbackResult } from './rollback-result.js';
import type { Stopwatch } from './stopwatch.js';

/** Where an execution goes back to, and why. */
export interface WayBack {
  /** The branch that it leaves. */
  readonly old: BranchLine;
  readonly target: Checkpoint;
  /** The state at the target. */
  readonly state: JsonObject;
  readonly reason: string;
  readonly patch?: JsonObject | undefined;
  /** For one that is taken up where it failed: what is tried again as the same occurrence, and so is not rolled back. */
  readonly retried?: readonly NodeOccurrence[];
  /** How many files of its workspace are to be written and taken away. */
  readonly filesRestored?: number;
}

/** A step in which an execution goes back: on the branch that it goes on with. */
export function stepBackTo(
  services: ExecutionServices,
  execution: Execution,
  { old, target, state }: Pick<WayBack, 'old' | 'target' | 'state'>,
  stopwatch?: Stopwatch,
): ExecutionStep {
  const branch = {
    executionId: execution.id,
    branchId: `rollback-${execution.snapshot.branchesCreated + 1}`,
    parentBranchId: old.branchId,
    startCheckpointId: target.id,
    abandoned: false,
  };
  return new ExecutionStep(services, execution, state, branch, stopwatch);
}

/** Tells that somebody wants to go back. Returns the event that what follows is caused by. */
export async function requestBack(
  services: ExecutionServices,
  step: ExecutionStep,
  target: Checkpoint,
  reason: string,
): Promise<string> {
  const executionId = step.execution.id;
  const history = await emitHistory(services, step, executionId);
  const [next] = target.position.nextNodeIds;
  const node = next === undefined ? {} : { targetNodeId: staticId(next) };
  const requested = { executionId, targetCheckpointId: target.id, ...node, reason };
  return step.emit(CheckpointRollbackRequested, requested, history);
}

/** Adds the going back itself to a step: the execution is paused at the target after it. */
export function goBack(
  step: ExecutionStep,
  { old, target, state, reason, patch, retried, filesRestored = 0 }: WayBack,
  done: { readonly compensated: number; readonly notCompensated: number },
  requestedId: string | undefined,
): RollbackResult & { readonly causationId: string } {
  const before = step.execution.snapshot;
  const { branch } = step;
  const executionId = before.id;
  step.saveBranch({ ...old, headCheckpointId: before.headCheckpointId, abandoned: true });
  step.needs(target.id);
  step.saveBranch({ ...branch, headCheckpointId: target.id });
  const output = outputAt(target.position, state);
  const work = retried === undefined ? 'again' : 'same';
  step.execution = step.execution.rollbackTo(target.id, target.position, branch.branchId, output, work);
  const created = { executionId, checkpointId: target.id, branchId: branch.branchId, parentBranchId: old.branchId };
  step.emit(CheckpointBranchCreated, { ...created, reason: 'rollback' }, requestedId);
  const restored = step.emit(
    CheckpointRestored,
    { executionId, checkpointId: target.id, stateHash: target.stateHash },
    requestedId,
  );
  step.surround({ kind: 'back', checkpointId: target.id }, requestedId ?? restored);
  const rolledBackNodes = undoneBy(before, [...target.position.completed, ...(retried ?? [])]);
  const completed = step.emit(
    CheckpointRollbackCompleted,
    {
      executionId,
      fromCheckpointId: before.headCheckpointId,
      toCheckpointId: target.id,
      rolledBackNodes: rolledBackNodes.map(({ nodeId, occurrence }) => ({ nodeId, occurrence })),
      filesRestored,
      compensated: done.compensated,
    },
    requestedId,
  );
  if (patch !== undefined) editState(step, patch, reason, completed);
  const { headCheckpointId, waiting } = step.execution.snapshot;
  const [next] = waiting;
  const node = next === undefined ? {} : { nodeId: staticId(next) };
  const paused = { executionId, checkpointId: headCheckpointId, ...node };
  const causationId = step.emit(
    ExecutionPaused,
    { ...paused, reason: 'rollback', elapsedMs: step.elapsedMs() },
    completed,
  );
  return {
    executionId,
    fromCheckpointId: before.headCheckpointId,
    toCheckpointId: target.id,
    headCheckpointId,
    branchId: branch.branchId,
    rolledBackNodes,
    nextNodeIds: waiting,
    ...done,
    causationId,
  };
}

/** What the execution had done, or begun, beyond what is kept: newest first. */
export function undoneBy(before: ExecutionSnapshot, keptNodes: readonly NodeOccurrence[]): readonly NodeOccurrence[] {
  const kept = new Set(keptNodes.map(keyOf));
  return [...before.completed, ...before.failed, ...before.suspended, ...before.running]
    .filter((node) => !kept.has(keyOf(node)))
    .map(({ nodeId, occurrence }) => ({ nodeId, occurrence }))
    .reverse();
}
