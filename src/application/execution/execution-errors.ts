import type { ExecutionSnapshot } from '../../domain/execution/execution.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';

/** `WAYMARK_EXECUTION_NOT_FOUND` */
export function executionNotFound(executionId: string): WaymarkError {
  return new WaymarkError('WAYMARK_EXECUTION_NOT_FOUND', `There is no execution ${executionId}.`, {
    hint: 'List the executions of this store with `waymark executions`.',
    details: { executionId },
  });
}

/** `WAYMARK_WORKFLOW_NOT_REGISTERED` */
export function workflowNotRegistered(execution: ExecutionSnapshot): WaymarkError {
  return new WaymarkError(
    'WAYMARK_WORKFLOW_NOT_REGISTERED',
    `Execution ${execution.id} needs the workflow ${execution.workflowId}, whose code is not loaded.`,
    {
      hint: 'Call executions.register(workflow), or name its file: --workflow FILE.',
      details: { workflowId: execution.workflowId, source: execution.workflowSource },
    },
  );
}

/** `WAYMARK_WORKFLOW_CHANGED` */
export function workflowChanged(execution: ExecutionSnapshot, workflow: Workflow): WaymarkError {
  return new WaymarkError(
    'WAYMARK_WORKFLOW_CHANGED',
    `Execution ${execution.id} began on ${execution.workflowId} ${execution.workflowVersion}, whose graph is not that of the one loaded (${workflow.version}).`,
    {
      hint: 'Go on with the definition that it began with, or start a new execution.',
      details: { workflowId: workflow.id },
    },
  );
}

/** `WAYMARK_CHECKPOINT_ELSEWHERE` */
export function checkpointElsewhere(checkpointId: string, executionId: string, actual: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_CHECKPOINT_ELSEWHERE',
    `Checkpoint ${checkpointId} belongs to execution ${actual}, not to ${executionId}.`,
    {
      hint: 'Roll back to a checkpoint of the same execution, or fork this one.',
      details: { checkpointId, executionId },
    },
  );
}

/** `WAYMARK_STATE_CONFLICT` */
export function stateConflict(nodeId: string, keys: readonly string[]): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STATE_CONFLICT',
    `${nodeId} set ${keys.join(', ')}, which a node that ran beside it has changed in the meantime.`,
    {
      hint: 'Let parallel nodes set keys of their own, and join them in the node that follows.',
      details: { nodeId, keys },
    },
  );
}

/** `WAYMARK_INVALID_INPUT` */
export function invalidInput(
  workflow: Workflow,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): WaymarkError {
  const named = issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`,
  );
  return new WaymarkError(
    'WAYMARK_INVALID_INPUT',
    `The input does not fit the workflow ${workflow.id}: ${named.join('; ')}.`,
    {
      hint: 'Nothing was started. Correct the input and start again.',
      details: { fields: issues.map((issue) => issue.path.join('.')) },
    },
  );
}
