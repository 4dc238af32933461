import { ActionCreated } from '../../../domain/events/families/action.events.js';
import { NodeSuspended } from '../../../domain/events/families/node.events.js';
import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { currentContext } from '../../context/run-with-context.js';
import type { ExecutionStep } from '../execution-step.js';

/**
 * Tells in a step that a node waits, with a checkpoint to come back to: for an approval, a timer or a signal. A retry is
 * told of by `node.retry_scheduled`, and a sub-workflow by its own execution.
 *
 * @param nodeName for people
 * @returns the id of `node.suspended`, or `causationId` where there is none
 */
export function announceWait(
  step: ExecutionStep,
  node: SuspendedNode,
  nodeName: string,
  causationId: string | undefined,
): string | undefined {
  const { awaiting, dueAt, name } = node;
  if (awaiting === 'retry' || awaiting === 'execution') return causationId;
  const suspendedId = step.emit(
    NodeSuspended,
    {
      executionId: step.execution.id,
      ...attemptOf(node),
      awaiting,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(name === undefined ? {} : { signalName: name }),
    },
    causationId,
  );
  if (awaiting === 'approval') {
    const message = node.details?.['message'];
    step.emit(
      ActionCreated,
      {
        actionId: actionIdOf(step.execution.id, node),
        name: typeof message === 'string' ? message : nodeName,
        requestedBy: currentContext()?.actor ?? step.execution.snapshot.workflowName,
        ...(dueAt === undefined ? {} : { expiresAt: dueAt }),
      },
      suspendedId,
    );
  }
  const { nodeId, occurrence } = node;
  step.checkpoint(awaiting, { nodeId, occurrence }, suspendedId);
  return suspendedId;
}

/** What an approval is known by in the events of the family `action`: the same for every attempt. */
export function actionIdOf(executionId: string, { nodeId, occurrence }: SuspendedNode): string {
  return `${executionId}/${nodeId}/${occurrence}`;
}

/** What events carry of a node that waits. */
export function attemptOf({ nodeId, occurrence, attempt }: NodeAttempt): {
  readonly nodeId: string;
  readonly occurrence: number;
  readonly attempt: number;
} {
  return { nodeId, occurrence, attempt };
}
