import { childWaits } from '../../../domain/execution/child-waits.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionStep } from '../execution-step.js';
import { settleSuspended } from '../node-steps.js';
import type { EndedWait } from './child-runs.js';

/**
 * Adds to a step what became of the executions that its own has waited for. Returns the event that what follows is caused by.
 *
 * @param causationId what let it go on, where an event tells of it
 */
export function settleEnded(
  step: ExecutionStep,
  workflow: Workflow,
  ended: readonly EndedWait[],
  causationId?: string,
): string | undefined {
  let cause: string | undefined;
  for (const { node, result } of ended) {
    // The end of one may have given up the wait for another.
    const waits = childWaits(step.execution.snapshot);
    const found = waits.find(({ childExecutionId }) => childExecutionId === node.childExecutionId);
    if (found !== undefined) cause = settleSuspended(step, workflow, found, result, causationId) ?? cause;
  }
  return cause;
}
