import { ExecutionRecovered } from '../../../domain/events/families/execution.events.js';
import { Execution } from '../../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { runWithContext } from '../../context/run-with-context.js';
import type { ExecutionHandle, ExecutionResult } from '../execution-result.js';
import { currentBranch } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import { ExecutionStep } from '../execution-step.js';
import { holdWhile } from './hold-while.js';
import { finishUndoFailure } from './undo-failure.js';
import { finishRollback, pausedAt } from './undo-rollback.js';

/**
 * Goes on with compensations that were left: takes the execution over, runs those that are not recorded yet, and ends
 * what they belong to. Resolves when it is taken over.
 *
 * @throws WaymarkError `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_WORKFLOW_CHANGED`, `WAYMARK_VERSION_CONFLICT` when
 *   somebody else was faster
 */
export async function finishUndoing(
  services: VerbServices,
  stored: ExecutionSnapshot,
): Promise<ExecutionHandle | undefined> {
  const { undoing, id: executionId } = stored;
  if (undoing === null) return undefined;
  const workflow = services.registry.for(stored);
  const branch = await currentBranch(services, stored);
  const step = new ExecutionStep(services, Execution.from(stored), {}, branch);
  if (stored.owner !== null) step.takesOver(stored);
  step.execution = step.execution.takeUndoing(services.identity.self);
  const idleMs = Math.max(0, services.factory.clock.now() - Date.parse(stored.updatedAt));
  const previousOwner = stored.owner ?? 'nobody';
  step.emit(ExecutionRecovered, { executionId, checkpointId: stored.headCheckpointId, previousOwner, idleMs });
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const asResult = (result: ExecutionResult): ExecutionResult => result;
  const done = holdWhile(services, stored, asResult, async (signal) => {
    await step.commit();
    begin();
    const { actor } = undoing;
    const left = {
      workflow,
      execution: step.execution,
      branch,
      stopwatch: step.stopwatch,
      children: services.active.children,
    };
    return runWithContext(actor === undefined ? {} : { actor }, async () =>
      undoing.cause === 'failure'
        ? finishUndoFailure(services, left, signal)
        : pausedAt(await finishRollback(services, left, signal)),
    );
  });
  await Promise.race([begun, done]);
  return { id: executionId, result: () => done };
}
