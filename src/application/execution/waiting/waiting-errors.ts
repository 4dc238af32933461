import { childWaits } from '../../../domain/execution/child-waits.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { WaymarkError } from '../../../domain/shared/errors.js';

/** `WAYMARK_NODE_TIMED_OUT` */
export function nodeTimedOut(nodeId: string, limitMs: number): WaymarkError {
  return new WaymarkError('WAYMARK_NODE_TIMED_OUT', `${nodeId} did not end within ${limitMs} ms.`, {
    hint: 'Let its work end when the signal of its context aborts, or give it a longer timeoutMs.',
    details: { nodeId, limitMs },
  });
}

/** `WAYMARK_NODE_TIMED_OUT`: of a compensation. */
export function compensationTimedOut(nodeId: string, limitMs: number): WaymarkError {
  return new WaymarkError('WAYMARK_NODE_TIMED_OUT', `The compensation of ${nodeId} did not end within ${limitMs} ms.`, {
    hint: 'Let it end when the signal of its context aborts, or give it a longer timeoutMs.',
    details: { nodeId, limitMs },
  });
}

/** `WAYMARK_HEARTBEAT_LOST` */
export function heartbeatLost(nodeId: string, limitMs: number): WaymarkError {
  return new WaymarkError('WAYMARK_HEARTBEAT_LOST', `${nodeId} gave no sign of life for ${limitMs} ms.`, {
    hint: 'Let its work call context.heartbeat() or context.progress() more often, or give it a longer heartbeatMs.',
    details: { nodeId, limitMs },
  });
}

/** `WAYMARK_EXECUTION_TIMED_OUT` */
export function executionTimedOut(executionId: string, limitMs: number): WaymarkError {
  return new WaymarkError(
    'WAYMARK_EXECUTION_TIMED_OUT',
    `Execution ${executionId} did not end within ${limitMs} ms of its start.`,
    {
      hint: 'Start it with a longer timeoutMs; or fork the checkpoint it failed at, which gives it a limit of its own.',
      details: { executionId, limitMs },
    },
  );
}

/** `WAYMARK_APPROVAL_REJECTED`: trying it again would ask the same people the same thing. */
export function approvalRejected(nodeId: string, by: string, reason: string): WaymarkError {
  const error = new WaymarkError('WAYMARK_APPROVAL_REJECTED', `${nodeId} was rejected by ${by}: ${reason}`, {
    hint: 'Roll back to a checkpoint before it to ask again.',
    details: { nodeId, by, reason },
  });
  return Object.assign(error, { recoverable: false });
}

/** `WAYMARK_SIGNAL_TIMED_OUT` */
export function signalTimedOut(nodeId: string, name: string): WaymarkError {
  return new WaymarkError('WAYMARK_SIGNAL_TIMED_OUT', `${nodeId} waited for the signal ${name}, which did not come.`, {
    hint: `Send it in time: waymark signal EXECUTION ${name}.`,
    details: { nodeId, name },
  });
}

/** `WAYMARK_SIGNAL_MISFIT`: said to who sends it. Nothing is recorded. */
export function signalMisfit(executionId: string, { at, nodeId }: SuspendedNode, name: string): WaymarkError {
  const node = at ?? nodeId;
  return new WaymarkError(
    'WAYMARK_SIGNAL_MISFIT',
    `${node} of execution ${executionId} can't go on with what came with the signal ${name}: it is no object.`,
    {
      hint: `Send an object, whose keys become part of the state; or give ${node} an into, the key for what comes.`,
      details: { executionId, node, name },
    },
  );
}

/** `WAYMARK_NOTHING_WAITS` */
export function nothingWaits(execution: ExecutionSnapshot, what: string): WaymarkError {
  const waits = execution.suspended.map(({ at, nodeId, awaiting, childExecutionId = '' }) =>
    `${at ?? nodeId} for ${awaiting} ${childExecutionId}`.trimEnd(),
  );
  const [child] = childWaits(execution);
  const instead =
    child === undefined ? '' : ` Answer the execution of the sub-workflow itself: ${child.childExecutionId}.`;
  return new WaymarkError(
    'WAYMARK_NOTHING_WAITS',
    `Execution ${execution.id} is ${execution.status}, and nothing in it waits for ${what}.`,
    {
      hint: waits.length === 0 ? 'Nothing in it waits at all.' : `What waits: ${waits.join(', ')}.${instead}`,
      details: {
        executionId: execution.id,
        status: execution.status,
        ...(child === undefined ? {} : { childExecutionId: child.childExecutionId }),
      },
    },
  );
}

/** `WAYMARK_NOT_OWNER` */
export function runElsewhere({ id, owner }: ExecutionSnapshot): WaymarkError {
  return new WaymarkError('WAYMARK_NOT_OWNER', `Execution ${id} is run by ${owner ?? 'another process'}.`, {
    hint: 'Answer in the process that runs it, or once it stands still; when you know that it is gone, resume it here with takeOver first.',
    details: { executionId: id, owner },
  });
}

/** `WAYMARK_NODE_AMBIGUOUS` */
export function severalWait(executionId: string, nodes: readonly SuspendedNode[]): WaymarkError {
  const addresses = nodes.map(({ at, nodeId }) => at ?? nodeId);
  return new WaymarkError(
    'WAYMARK_NODE_AMBIGUOUS',
    `Several nodes of execution ${executionId} wait for an approval: ${addresses.join(', ')}.`,
    { hint: 'Say which is meant: nodeId or address.', details: { executionId, addresses } },
  );
}

/** `WAYMARK_NOT_AN_APPROVER` */
export function notAnApprover(nodeId: string, actor: string | undefined, approvers: readonly string[]): WaymarkError {
  return new WaymarkError(
    'WAYMARK_NOT_AN_APPROVER',
    `${actor ?? 'Somebody without a name'} may not decide about ${nodeId}.`,
    {
      hint: `Those who may: ${approvers.join(', ')}. Say who you are with the option actor.`,
      details: { nodeId, approvers },
    },
  );
}
