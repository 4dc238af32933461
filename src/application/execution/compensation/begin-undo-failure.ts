import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionStep } from '../execution-step.js';
import type { Failure } from '../failure.js';
import { toUndo } from './what-to-undo.js';

/**
 * Lets a step end with the beginning of compensations, where a workflow that fails undoes what it did: all that is
 * completed, the latest first. Returns whether there is anything to undo.
 */
export function beginUndoFailure(step: ExecutionStep, workflow: Workflow, failure: Failure): boolean {
  const { snapshot } = step.execution;
  const remaining = workflow.onFailure === 'compensate' ? toUndo(snapshot, []) : [];
  if (remaining.length === 0 || snapshot.owner === null) return false;
  const { nodeId, error, causationId } = failure;
  const node = snapshot.failed.find((candidate) => candidate.nodeId === nodeId);
  const checkpointId = step.checkpoint('error', node, causationId);
  step.execution = step.execution.beginUndoing(
    {
      cause: 'failure',
      checkpointId,
      reason: error.message,
      onFailure: 'continue',
      remaining,
      compensated: 0,
      failed: 0,
      failure: { nodeId, error },
    },
    snapshot.owner,
  );
  return true;
}
