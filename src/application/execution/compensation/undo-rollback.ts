import { CheckpointRollbackFailed } from '../../../domain/events/families/checkpoint.events.js';
import { Execution } from '../../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import type { OnCompensationFailure, Undoing } from '../../../domain/execution/undoing.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import { errorRecord } from '../../context/error-record.js';
import { currentContext } from '../../context/run-with-context.js';
import { compensationFailed, compensationsFailed } from '../execution-errors.js';
import type { ExecutionResult } from '../execution-result.js';
import type { VerbServices } from '../verb-services.js';
import { ExecutionStep } from '../execution-step.js';
import type { RollbackResult } from '../rollback-result.js';
import { countOf } from '../surroundings/files-to-restore.js';
import { goBack, requestBack, stepBackTo, type WayBack } from '../step-back.js';
import { cancelChildren } from '../stop-execution.js';
import type { VerbOnce } from '../verb-once.js';
import { holdWhile } from './hold-while.js';
import { undoNodes } from './undo-nodes.js';
import type { UndoneExecution } from './undo-services.js';

/** What a rollback compensates. */
export interface UndoPlan {
  readonly remaining: readonly NodeOccurrence[];
  readonly onFailure: OnCompensationFailure;
  /** Whether it goes back only where all of it was compensated. */
  readonly whole?: true;
  readonly once?: VerbOnce | undefined;
}

/**
 * Runs the compensations of what is rolled back, and goes back then. That it is under way is durable before the first one
 * begins; what follows a crash is {@link finishUndoing}.
 *
 * @throws WaymarkError `WAYMARK_COMPENSATION_FAILED` when one failed that ends it: the execution stays where it was
 */
export async function undoThenGoBack(
  services: VerbServices,
  stored: ExecutionSnapshot,
  { old, target, reason, patch }: WayBack,
  { remaining, onFailure, whole, once }: UndoPlan,
): Promise<RollbackResult> {
  const workflow = services.registry.for(stored);
  const actor = currentContext()?.actor;
  const undoing: Undoing = {
    cause: 'rollback',
    checkpointId: target.id,
    reason,
    onFailure,
    remaining,
    compensated: 0,
    failed: 0,
    ...(whole === undefined ? {} : { whole }),
    ...(actor === undefined ? {} : { actor }),
    ...(patch === undefined ? {} : { statePatch: patch }),
    ...(once === undefined ? {} : { key: { key: once.key, digest: once.digest } }),
  };
  const step = new ExecutionStep(services, Execution.from(stored), {}, old);
  const requested = await requestBack(services, step, target, reason);
  step.execution = step.execution.beginUndoing(undoing, services.identity.self);
  return holdWhile(services, stored, pausedAt, async (signal) => {
    await step.commit();
    const begun = {
      workflow,
      execution: step.execution,
      branch: old,
      stopwatch: step.stopwatch,
      children: services.active.children,
    };
    return finishRollback(services, begun, signal, requested);
  });
}

/** Runs what is left of the compensations of a rollback, and goes back. */
export async function finishRollback(
  services: VerbServices,
  begun: UndoneExecution,
  signal: AbortSignal,
  requestedId?: string,
): Promise<RollbackResult> {
  const { execution, stoppedBy } = await undoNodes(services, begun, signal);
  const { undoing } = execution.snapshot;
  if (undoing === null) throw new RangeError(`Nothing of ${execution.id} is being rolled back.`);
  if (stoppedBy !== undefined) {
    await giveUp(services, { ...begun, execution }, undoing, compensationFailed(execution.id, stoppedBy, undoing));
  }
  if (undoing.whole === true && undoing.failed > 0) {
    await giveUp(services, { ...begun, execution }, undoing, compensationsFailed(execution.id, undoing));
  }
  const { checkpointId, reason, statePatch, compensated, failed } = undoing;
  const way = await wayTo(services, checkpointId).catch((error: unknown) =>
    giveUp(services, { ...begun, execution }, undoing, error),
  );
  const patch = statePatch as JsonObject | undefined;
  const filesRestored = countOf(await services.surroundings.wayBack(checkpointId));
  const wayBack: WayBack = {
    ...way,
    old: begun.branch,
    reason,
    filesRestored,
    ...(patch === undefined ? {} : { patch }),
  };
  const step = stepBackTo(services, execution, wayBack, begun.stopwatch);
  const done = { compensated, notCompensated: failed };
  const { causationId: _, ...result } = goBack(step, wayBack, done, requestedId);
  const once = undoing.key === undefined ? undefined : services.verbKeys.once('rollback', undoing.key);
  if (once !== undefined) step.also((scope) => once.keepIfFree(execution.id, result, scope));
  await step.commit('patiently');
  await cancelChildren(services, execution.snapshot, reason);
  return result;
}

async function wayTo({ tree }: VerbServices, checkpointId: string): Promise<Pick<WayBack, 'target' | 'state'>> {
  const target = await tree.get(checkpointId);
  return { target, state: await tree.load(target) };
}

/** The execution stays where it was: what was compensated is known, and not compensated again. */
async function giveUp(
  services: VerbServices,
  { execution, branch, stopwatch }: UndoneExecution,
  { checkpointId }: Undoing,
  error: unknown,
): Promise<never> {
  const step = new ExecutionStep(services, execution, {}, branch, stopwatch);
  const failed = { executionId: execution.id, targetCheckpointId: checkpointId, error: errorRecord(error) };
  step.emit(CheckpointRollbackFailed, failed);
  step.execution = execution.endUndoing();
  await step.commit('patiently');
  throw error;
}

/** How an execution stands that was rolled back. */
export function pausedAt({ executionId, headCheckpointId, nextNodeIds }: RollbackResult): ExecutionResult {
  return { status: 'paused', executionId, reason: 'rollback', checkpointId: headCheckpointId, nextNodeIds };
}
