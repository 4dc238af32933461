import {
  type BreakpointLike,
  isStepping,
  STEP_BREAKPOINT,
  type StoredBreakpoint,
} from '../../../domain/execution/breakpoints.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { IllegalTransitionError } from '../../../domain/execution/execution-status.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionStep } from '../execution-step.js';
import { assertSettled, findExecution } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import { loadStep } from '../load-step.js';
import { runElsewhere } from '../waiting/waiting-errors.js';
import { checkBreakpoints } from './check-breakpoints.js';

/**
 * Says where an execution that stands still, or that this instance runs, is to stop. Resolves when that is durable.
 *
 * @throws IllegalTransitionError when it has ended; WaymarkError `WAYMARK_NOT_OWNER` when somebody else runs it; as
 *   {@link checkBreakpoints}
 */
export async function setBreakpoints(
  services: VerbServices,
  executionId: string,
  given: readonly BreakpointLike[],
): Promise<ExecutionSnapshot> {
  const change = (step: ExecutionStep, workflow: Workflow): undefined => {
    const { breakpoints } = step.execution.snapshot;
    const steps: readonly StoredBreakpoint[] = isStepping(breakpoints) ? [STEP_BREAKPOINT] : [];
    step.execution = step.execution.withBreakpoints([...checkBreakpoints(services, workflow, given), ...steps]);
  };
  const running = services.active.find(executionId);
  const told = await running?.runner.tell?.(change);
  if (told === 'made') return findExecution(services, executionId);
  // A run that the store failed has told whoever waits for its result.
  await running?.result.catch(() => undefined);
  const stored = await findExecution(services, executionId);
  if (stored.status === 'running') throw runElsewhere(stored);
  if (stored.status !== 'paused') throw new IllegalTransitionError(executionId, stored.status, 'setBreakpoints');
  assertSettled(stored, 'setBreakpoints');
  const step = await loadStep(services, stored);
  change(step, services.registry.for(stored));
  await step.commit();
  return findExecution(services, executionId);
}
