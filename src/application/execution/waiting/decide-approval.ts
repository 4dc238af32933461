import { ActionApproved, ActionRejected } from '../../../domain/events/families/action.events.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { currentContext } from '../../context/run-with-context.js';
import type { ExecutionStep } from '../execution-step.js';
import { actionIdOf } from './announce-wait.js';
import type { Decision } from './wait-result.js';
import { notAnApprover, nothingWaits, severalWait } from './waiting-errors.js';

/** Which approval is meant; the only one that waits, when both are left out. */
export interface ApprovalTarget {
  readonly nodeId?: string;
  /** Within loops and maps, where a node may wait several times at once: `each[3]/review`. */
  readonly address?: string;
}

/** What somebody says to it. */
export type Verdict =
  { readonly approved: true; readonly comment?: string } | { readonly approved: false; readonly reason: string };

/** Who decides where nobody is named. */
const NOBODY_NAMED = 'unknown';

/**
 * Adds somebody's decision about an approval to a step, in the name of the ambient actor.
 *
 * @throws WaymarkError `WAYMARK_NOTHING_WAITS`, `WAYMARK_NODE_AMBIGUOUS`, `WAYMARK_NOT_AN_APPROVER`
 */
export function decideApproval(
  step: ExecutionStep,
  target: ApprovalTarget,
  verdict: Verdict,
): { readonly node: SuspendedNode; readonly decision: Decision; readonly causationId: string } {
  const node = findApproval(step, target);
  const actor = currentContext()?.actor;
  const approvers = approversOf(node);
  if (approvers !== undefined && (actor === undefined || !approvers.includes(actor))) {
    throw notAnApprover(node.at ?? node.nodeId, actor, approvers);
  }
  return { node, ...recordDecision(step, node, verdict, actor ?? NOBODY_NAMED) };
}

/** Adds a decision to a step, whoever made it. */
export function recordDecision(
  step: ExecutionStep,
  node: SuspendedNode,
  verdict: Verdict,
  by: string,
  causationId?: string,
): { readonly decision: Decision; readonly causationId: string } {
  const actionId = actionIdOf(step.execution.id, node);
  const at = step.now();
  if (verdict.approved) {
    const { comment } = verdict;
    const said = comment === undefined ? {} : { comment };
    const approvedId = step.emit(ActionApproved, { actionId, by, ...said }, causationId);
    return { decision: { approved: true, by, at, ...said }, causationId: approvedId };
  }
  const { reason } = verdict;
  const rejectedId = step.emit(ActionRejected, { actionId, by, reason }, causationId);
  return { decision: { approved: false, by, at, reason }, causationId: rejectedId };
}

function findApproval(step: ExecutionStep, { nodeId, address }: ApprovalTarget): SuspendedNode {
  const { snapshot } = step.execution;
  const waiting = snapshot.suspended.filter(
    (node) =>
      node.awaiting === 'approval' &&
      node.settled === undefined &&
      (nodeId === undefined || node.nodeId === nodeId) &&
      (address === undefined || (node.at ?? node.nodeId) === address),
  );
  const [node] = waiting;
  if (node === undefined) {
    const named = address ?? nodeId;
    throw nothingWaits(snapshot, named === undefined ? 'an approval' : `an approval at ${named}`);
  }
  if (waiting.length > 1) throw severalWait(snapshot.id, waiting);
  return node;
}

/** Who may decide: those it was passed on to, once it was. `undefined` for anybody. */
function approversOf({ details }: SuspendedNode): readonly string[] | undefined {
  const approvers = details?.['escalatedTo'] ?? details?.['approvers'];
  return Array.isArray(approvers) ? (approvers as readonly string[]) : undefined;
}
