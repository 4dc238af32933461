import type { ExecutionSnapshot, PauseReason } from '../../../domain/execution/execution-snapshot.js';
import type { ExecutionStatus } from '../../../domain/execution/execution-status.js';
import { InvalidArgumentError, WaymarkError } from '../../../domain/shared/errors.js';

/** `WAYMARK_RECORDED_EXECUTION`: only the host's own runner can go on with it. */
export function recordedExecution({ id, workflowId }: Pick<ExecutionSnapshot, 'id' | 'workflowId'>): WaymarkError {
  return new WaymarkError(
    'WAYMARK_RECORDED_EXECUTION',
    `Execution ${id} is recorded by a runner of its own (${workflowId}): Waymark has no definition to run.`,
    {
      hint: 'Let that runner go on with it: it opens it with recorder.open(executionId), and skips what is done.',
      details: { executionId: id, workflowId },
    },
  );
}

/** `WAYMARK_NOT_A_RECORDING` */
export function notARecording({ id, workflowId }: Pick<ExecutionSnapshot, 'id' | 'workflowId'>): WaymarkError {
  return new WaymarkError(
    'WAYMARK_NOT_A_RECORDING',
    `Execution ${id} is run by Waymark (${workflowId}), not recorded.`,
    {
      hint: 'Go on with it through executions.resume(executionId).',
      details: { executionId: id, workflowId },
    },
  );
}

/** `WAYMARK_RECORDING_ENDED`: it has ended, or stands still. */
export function recordingEnded(
  executionId: string,
  status: ExecutionStatus,
  pauseReason: PauseReason | null,
  what: string,
): WaymarkError {
  const why = pauseReason === null ? '' : ` (${pauseReason})`;
  return new WaymarkError(
    'WAYMARK_RECORDING_ENDED',
    `The recording of ${executionId} is over, so it can't ${what}: it is ${status}${why}.`,
    {
      hint:
        status === 'paused'
          ? 'Go on with it through recorder.open(executionId).'
          : 'Go back with executions.rollback, or fork a checkpoint, and open what that leaves with recorder.open.',
      details: { executionId, status },
    },
  );
}

/** `WAYMARK_RECORDING_PAUSING`: somebody wants it to stop, and nodes still run. */
export function recordingPausing(executionId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_RECORDING_PAUSING',
    `Execution ${executionId} is to pause: no node begins any more.`,
    {
      hint: 'Let what runs finish. Go on later through recorder.open(executionId).',
      details: { executionId },
    },
  );
}

/** `WAYMARK_NODE_RUNNING`: a node was started that runs, or something was ended while nodes run. */
export function nodeRunning(executionId: string, nodes: readonly string[], verb: string): WaymarkError {
  const named = nodes.length === 1 ? `Node ${nodes[0]} is` : `Nodes ${nodes.join(', ')} are`;
  return new WaymarkError('WAYMARK_NODE_RUNNING', `${named} running in execution ${executionId}: it can't ${verb}.`, {
    hint: 'Complete or fail what runs first. Nodes that run at once and share an id are told apart by their key.',
    details: { executionId, nodes },
  });
}

/** `WAYMARK_NODE_NOT_RUNNING`: a node was settled that was not started, or was settled before. */
export function nodeNotRunning(executionId: string, node: string, verb: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_NODE_NOT_RUNNING',
    `Node ${node} of execution ${executionId} is not running, so it can't ${verb}.`,
    {
      hint: 'Call start() first, and settle a node once. Where start() resolves to false, it is done already.',
      details: { executionId, nodeId: node },
    },
  );
}

/** `WAYMARK_OTHER_WORKFLOW`: the execution that is to be gone on with is of another workflow. */
export function otherWorkflow({ id, workflowId }: ExecutionSnapshot, wanted: string): InvalidArgumentError {
  return new InvalidArgumentError(`Execution ${id} is of the workflow ${workflowId}, not of ${wanted}.`, {
    code: 'WAYMARK_OTHER_WORKFLOW',
    hint: 'Give the id of an execution of this workflow, or another id for a new one.',
    details: { executionId: id, workflowId, wanted },
  });
}

/** `WAYMARK_CLOSED`: Waymark was closed, and what ran did not end in time. */
export function recordingClosed(executionId: string): WaymarkError {
  return new WaymarkError('WAYMARK_CLOSED', `Waymark was closed while execution ${executionId} was being recorded.`, {
    hint: 'It is as it was last committed. Open it again with recorder.open to go on from there.',
    details: { executionId },
  });
}
