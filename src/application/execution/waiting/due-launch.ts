import { ExecutionResumed } from '../../../domain/events/families/execution.events.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { undoneAmong } from '../../../domain/execution/undoing.js';
import { addressOf } from '../../../domain/execution/standing.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionServices, Launch } from '../execution-services.js';
import type { ExecutionStep } from '../execution-step.js';
import { loadStep } from '../load-step.js';
import { endDueWaits } from './end-waits.js';

/** Whether an execution stands still for no other reason than that its nodes wait. */
export function endsByItself({ status, pauseReason, undoing, completed, compensated }: ExecutionSnapshot): boolean {
  if (undoing !== null || undoneAmong(completed, compensated).length > 0) return false;
  return status === 'paused' && (pauseReason === 'approval' || pauseReason === 'timer' || pauseReason === 'signal');
}

/** Whether an execution stands still until a time that has come. */
export function isDue(execution: ExecutionSnapshot, now: string): boolean {
  return endsByItself(execution) && execution.dueAt !== null && execution.dueAt <= now;
}

/** Lets an execution go on whose time has come. */
export async function launchDue(
  services: ExecutionServices,
  stored: ExecutionSnapshot,
  workflow: Workflow,
): Promise<Launch> {
  const step = await loadStep(services, stored);
  return dueLaunch(services, step, workflow, undefined, (causationId) => endDueWaits(step, workflow, causationId));
}

/**
 * Lets an execution go on because a wait is over.
 *
 * @param causationId the event that ended the wait, where there is one
 * @param end adds the end of the wait, which follows from the event that is given
 */
export function dueLaunch(
  services: ExecutionServices,
  step: ExecutionStep,
  workflow: Workflow,
  causationId: string | undefined,
  end: (causationId: string) => string | undefined,
): Launch {
  const { id: executionId, headCheckpointId: checkpointId, waiting, suspended } = step.execution.snapshot;
  step.execution = step.execution.resume(services.identity.self);
  const resumedId = step.emit(
    ExecutionResumed,
    { executionId, checkpointId, nodeIds: [...waiting, ...suspended.map(addressOf)] },
    causationId,
  );
  return { workflow, step, causationId: end(resumedId) ?? resumedId, passed: new Set(), goesOnByItself: true };
}
