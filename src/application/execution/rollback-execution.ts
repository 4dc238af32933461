import type { Checkpoint } from '../../domain/checkpoint/checkpoint.js';
import { CheckpointRollbackFailed } from '../../domain/events/families/checkpoint.events.js';
import { Execution } from '../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { transition } from '../../domain/execution/execution-status.js';
import { undoneAmong } from '../../domain/execution/undoing.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { errorRecord } from '../context/error-record.js';
import { undoThenGoBack } from './compensation/undo-rollback.js';
import { toUndo } from './compensation/what-to-undo.js';
import { checkpointElsewhere, workUndone } from './execution-errors.js';
import {
  assertSettled,
  currentBranch,
  type ExecutionServices,
  findExecution,
  toStatePatch,
} from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import type { RollbackOptions, RollbackResult } from './rollback-result.js';
import { cancelChildren } from './stop-execution.js';
import { countOf } from './surroundings/files-to-restore.js';
import { goBack, requestBack, stepBackTo } from './step-back.js';
import type { VerbOnce } from './verb-once.js';

/**
 * Puts an execution back to one of its checkpoints, and leaves it paused there on a branch of its own. What came after
 * is kept, on the branch that is abandoned.
 */
export async function rollbackExecution(
  services: VerbServices,
  executionId: string,
  checkpointId: string,
  options: RollbackOptions,
  once?: VerbOnce,
): Promise<RollbackResult> {
  const patch = toStatePatch(options.statePatch);
  const stored = await findExecution(services, executionId);
  const target = await services.tree.get(checkpointId);
  if (target.executionId !== executionId) throw checkpointElsewhere(checkpointId, executionId, target.executionId);
  transition(executionId, stored.status, 'rollback');
  assertSettled(stored, 'rollback');
  const undone = undoneAmong(target.position.completed, stored.compensated);
  if (undone.length > 0) throw workUndone(executionId, undone, 'rollback', target.id);
  const reason = options.reason ?? 'no reason given';
  const state = await loadTarget(services, stored, target);
  const old = await currentBranch(services, stored);
  const filesRestored = countOf(await services.surroundings.wayBack(checkpointId));
  const way = { old, target, state, reason, patch, filesRestored };
  const remaining = options.compensate === false ? [] : toUndo(stored, target.position.completed);
  if (remaining.length > 0) {
    const onFailure = options.onCompensationFailure ?? 'stop';
    return undoThenGoBack(services, stored, way, { remaining, onFailure, once });
  }
  const step = stepBackTo(services, Execution.from(stored), way);
  const requested = await requestBack(services, step, target, reason);
  const { causationId: _, ...result } = goBack(step, way, { compensated: 0, notCompensated: 0 }, requested);
  if (once !== undefined) step.also((scope) => once.keep(executionId, result, scope));
  await step.commit();
  await cancelChildren(services, stored, reason);
  return result;
}

/** The state at a checkpoint that is gone back to. What is wrong with it is recorded. */
async function loadTarget(
  services: ExecutionServices,
  stored: ExecutionSnapshot,
  target: Checkpoint,
): Promise<JsonObject> {
  try {
    return await services.tree.load(target);
  } catch (error) {
    await services.recorder.record([
      services.factory.make(
        CheckpointRollbackFailed,
        { executionId: stored.id, targetCheckpointId: target.id, error: errorRecord(error) },
        { correlationId: stored.correlationId },
      ),
    ]);
    throw error;
  }
}
