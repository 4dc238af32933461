import type { ErrorRecord } from '../../domain/events/families/fields.js';
import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import type { Undoing } from '../../domain/execution/undoing.js';
import type { VerbKey } from '../../domain/execution/verb-key.repository.port.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
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

const RESTART = 'or restart it: that runs the one loaded from its entry, with the same input';

/** `WAYMARK_WORKFLOW_CHANGED` */
export function workflowChanged(execution: ExecutionSnapshot, workflow: Workflow): WaymarkError {
  const goesOn =
    execution.status === 'paused' ? 'start a new execution, or resume with mapNodes (--map-nodes)' : RESTART;
  return new WaymarkError(
    'WAYMARK_WORKFLOW_CHANGED',
    `Execution ${execution.id} began on ${execution.workflowId} ${execution.workflowVersion}, whose graph is not that of the one loaded (${workflow.version}).`,
    {
      hint: `Go on with the definition that it began with, ${goesOn}.`,
      details: { workflowId: workflow.id },
    },
  );
}

/** `WAYMARK_WORKFLOW_CHANGED`, of a definition that an execution can't be taken over to. */
export function mappingMisfit(
  execution: Pick<ExecutionSnapshot, 'id'>,
  workflow: Workflow,
  problems: readonly string[],
): WaymarkError {
  return new WaymarkError(
    'WAYMARK_WORKFLOW_CHANGED',
    `Execution ${execution.id} can't go on with ${workflow.id} ${workflow.version}: ${problems.join('; ')}.`,
    {
      hint: 'Map every node that has another id now, or roll back to a checkpoint before what has changed.',
      details: { workflowId: workflow.id, problems },
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

/** `WAYMARK_IDEMPOTENCY_CONFLICT`: a key was used for something else. */
export function idempotencyConflict({ key, verb, executionId, usedAt }: VerbKey, wanted: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_IDEMPOTENCY_CONFLICT',
    `The idempotency key ${JSON.stringify(key)} was used for a ${verb} of ${executionId} at ${usedAt}, which is not this ${wanted}.`,
    {
      hint: 'Nothing was done. Repeat the very same call, or take a new key for another one.',
      details: { key, verb, executionId },
    },
  );
}

/** Somebody used the key while the verb was under way: what follows is what that one gave. */
export function keyTaken(key: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_IDEMPOTENCY_CONFLICT',
    `The idempotency key ${JSON.stringify(key)} was used by somebody else at the same time.`,
    { hint: 'Nothing was done. Repeat the call.', details: { key } },
  );
}

/** `WAYMARK_COMPENSATION_FAILED`: a rollback stopped because a node's work could not be undone. */
export function compensationFailed(
  executionId: string,
  { node, error }: { readonly node: NodeOccurrence; readonly error: ErrorRecord },
  { checkpointId, compensated }: Undoing,
): WaymarkError {
  const { nodeId, occurrence } = node;
  return new WaymarkError(
    'WAYMARK_COMPENSATION_FAILED',
    `Execution ${executionId} was not rolled back to ${checkpointId}: ${nodeId} (occurrence ${occurrence}) could not be compensated: ${error.message}`,
    {
      hint: `It stays where it was, with ${compensated} compensated, which are not compensated again. Mend the cause and roll back again, or with onCompensationFailure: 'continue'.`,
      details: { executionId, checkpointId, nodeId, occurrence, compensated },
    },
  );
}

/** `WAYMARK_COMPENSATION_FAILED`: of an execution that goes back only as a whole. */
export function compensationsFailed(executionId: string, { checkpointId, compensated, failed }: Undoing): WaymarkError {
  return new WaymarkError(
    'WAYMARK_COMPENSATION_FAILED',
    `Execution ${executionId} was not rolled back to ${checkpointId}: of its compensations ${failed} failed.`,
    {
      hint: `It stays where it was, with ${compensated} compensated, which are not compensated again. Mend the cause and roll back again.`,
      details: { executionId, checkpointId, compensated, failed },
    },
  );
}

/** `WAYMARK_NODE_NOT_FAILED`: there is nothing to try again, or to pass over. */
export function nodeNotFailed(
  { id, failed }: ExecutionSnapshot,
  nodeId: string,
  occurrence: number | undefined,
): WaymarkError {
  const which = occurrence === undefined ? '' : ` (occurrence ${occurrence})`;
  const known = failed.map((node) => `${node.nodeId} (occurrence ${node.occurrence})`);
  return new WaymarkError('WAYMARK_NODE_NOT_FAILED', `${nodeId}${which} is not what failed in execution ${id}.`, {
    hint:
      known.length === 0
        ? 'No node failed there. Roll back to a checkpoint, or restart it.'
        : `What failed is ${known.join(', ')}. Rerun begins before any other node.`,
    details: { executionId: id, nodeId, ...(occurrence === undefined ? {} : { occurrence }) },
  });
}

/** `WAYMARK_NODE_NOT_OPEN`: a node can't be passed over, because it is done, or not reached yet. */
export function nodeNotOpen(executionId: string, nodeId: string, open: readonly string[]): WaymarkError {
  return new WaymarkError(
    'WAYMARK_NODE_NOT_OPEN',
    `${nodeId} neither failed nor waits nor is ready in execution ${executionId}.`,
    {
      hint: open.length === 0 ? 'Nothing in it is.' : `These are: ${open.join(', ')}.`,
      details: { executionId, nodeId, open },
    },
  );
}

/** `WAYMARK_NODE_AMBIGUOUS`: several instances of a node are open. */
export function nodeAmbiguous(executionId: string, nodeId: string, addresses: readonly string[]): WaymarkError {
  return new WaymarkError(
    'WAYMARK_NODE_AMBIGUOUS',
    `${nodeId} is open ${addresses.length} times in execution ${executionId}.`,
    { hint: `Name one by its address: ${addresses.join(', ')}.`, details: { executionId, nodeId, addresses } },
  );
}

/**
 * `WAYMARK_WORK_UNDONE`: what is completed somewhere was compensated meanwhile, so nothing may go on as if it were there.
 *
 * @param checkpointId the checkpoint that was to be gone back to, for a rollback
 */
export function workUndone(
  executionId: string,
  undone: readonly NodeOccurrence[],
  verb: string,
  checkpointId?: string,
): WaymarkError {
  const named = undone.map(({ nodeId, occurrence }) => `${nodeId} (occurrence ${occurrence})`).join(', ');
  const [of, whether] =
    checkpointId === undefined
      ? [`Execution ${executionId} can't ${verb}`, '']
      : [`Execution ${executionId} can't be rolled back to ${checkpointId}`, ' there'];
  return new WaymarkError(
    'WAYMARK_WORK_UNDONE',
    `${of}: what it completed${whether} was undone by compensations since: ${named}.`,
    {
      hint: 'Restart it, or roll back to a checkpoint before what was undone. A fork goes on as if it were there.',
      details: {
        executionId,
        undone: undone.map(({ nodeId, occurrence }) => ({ nodeId, occurrence })),
        ...(checkpointId === undefined ? {} : { checkpointId }),
      },
    },
  );
}

/** `WAYMARK_UNDOING`: compensations are under way. */
export function undoingUnderWay({ id, owner, undoing }: ExecutionSnapshot, verb: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_UNDOING',
    `Execution ${id} is being ${undoing?.cause === 'failure' ? 'undone after its failure' : 'rolled back'} by ${owner ?? 'nobody'}, so it can't ${verb}.`,
    {
      hint: 'Wait for its end. When its process is gone, recover it: waymark recover goes on with the compensations.',
      details: { executionId: id, owner },
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
