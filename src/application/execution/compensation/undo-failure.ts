import { failAt } from '../conclude-execution.js';
import type { ExecutionResult } from '../execution-result.js';
import { ExecutionStep } from '../execution-step.js';
import { undoNodes } from './undo-nodes.js';
import type { UndoneExecution, UndoServices } from './undo-services.js';

/**
 * Runs what is left of the compensations of a workflow that failed, and lets it fail then.
 *
 * @param atEnd adds to the last step what belongs to it
 */
export async function finishUndoFailure(
  services: UndoServices,
  begun: UndoneExecution,
  signal: AbortSignal,
  atEnd: (step: ExecutionStep, result: ExecutionResult) => void = () => undefined,
): Promise<ExecutionResult> {
  const { execution } = await undoNodes(services, begun, signal);
  const { undoing } = execution.snapshot;
  const { nodeId = null, error = { name: 'Error', message: 'unknown' } } = undoing?.failure ?? {};
  const step = new ExecutionStep(services, execution.endUndoing(), {}, begun.branch, begun.stopwatch);
  const result = failAt(step, { nodeId, error, causationId: undefined }, execution.snapshot.headCheckpointId);
  atEnd(step, result);
  await step.commit('patiently');
  return result;
}
