import { NodeSuspended } from '../../../domain/events/families/node.events.js';
import { dueNodes } from '../../../domain/execution/due.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import type { JsonValue } from '../../../domain/shared/json.js';
import type { ApprovalNode, WorkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionStep } from '../execution-step.js';
import { settleSuspended } from '../node-steps.js';
import { attemptOf } from './announce-wait.js';
import { recordDecision } from './decide-approval.js';
import { resultOf } from './wait-result.js';
import { signalTimedOut } from './waiting-errors.js';

/** Who decides about an approval when nobody did in time. */
const THE_CLOCK = 'waymark:expiry';

/** Adds the end of a wait to a step, with what ended it. Returns what follows from that is caused by. */
export function endWait(
  step: ExecutionStep,
  workflow: Workflow,
  node: SuspendedNode,
  value: JsonValue,
  causationId?: string,
): string | undefined {
  return settleSuspended(step, workflow, node, resultOf(node, definitionOf(workflow, node), value), causationId);
}

/**
 * Adds the end of every wait to a step that is over: what was settled already, timers, tries that are due, and approvals
 * and signals that did not come.
 *
 * @returns what follows from that is caused by; `undefined` when no wait was over
 */
export function endDueWaits(step: ExecutionStep, workflow: Workflow, causationId?: string): string | undefined {
  let cause: string | undefined;
  for (const node of dueNodes(step.execution.snapshot, step.now())) {
    cause = endDueWait(step, workflow, node, causationId) ?? cause;
  }
  return cause;
}

function endDueWait(
  step: ExecutionStep,
  workflow: Workflow,
  node: SuspendedNode,
  causationId: string | undefined,
): string | undefined {
  if (node.settled !== undefined) return endWait(step, workflow, node, node.settled.value, causationId);
  switch (node.awaiting) {
    case 'timer':
    case 'retry':
      return endWait(step, workflow, node, null, causationId);
    case 'approval':
      return expire(step, workflow, node, causationId);
    case 'signal': {
      const error = signalTimedOut(node.at ?? node.nodeId, node.name ?? '');
      return settleSuspended(step, workflow, node, { ok: false, error }, causationId);
    }
    case 'execution':
      // Only the other execution ends it.
      return undefined;
  }
}

/** Nobody has decided in time. */
function expire(
  step: ExecutionStep,
  workflow: Workflow,
  node: SuspendedNode,
  causationId: string | undefined,
): string | undefined {
  const definition = definitionOf(workflow, node);
  const { onExpiry = 'reject', escalateTo }: Partial<ApprovalNode> = definition.kind === 'approval' ? definition : {};
  if (onExpiry === 'escalate') return escalate(step, node, escalateTo, causationId);
  const verdict =
    onExpiry === 'approve'
      ? ({ approved: true, comment: `nobody decided by ${node.dueAt}` } as const)
      : ({ approved: false, reason: `nobody decided by ${node.dueAt}` } as const);
  const { decision, causationId: cause } = recordDecision(step, node, verdict, THE_CLOCK, causationId);
  return endWait(step, workflow, node, { ...decision }, cause);
}

/** Others are asked, for as long as it takes them. */
function escalate(
  step: ExecutionStep,
  node: SuspendedNode,
  escalateTo: readonly string[] = [],
  causationId: string | undefined,
): string {
  const { dueAt: _, ...rest } = node;
  const escalatedTo = [...escalateTo];
  step.execution = step.execution.changeSuspended(node, { ...rest, details: { ...node.details, escalatedTo } });
  return step.emit(
    NodeSuspended,
    { executionId: step.execution.id, ...attemptOf(node), awaiting: 'approval', escalatedTo },
    causationId,
  );
}

function definitionOf(workflow: Workflow, { nodeId }: SuspendedNode): WorkflowNode {
  const definition = workflow.nodes.get(nodeId);
  if (definition === undefined) throw new RangeError(`The workflow ${workflow.id} has no node ${nodeId}.`);
  return definition;
}
