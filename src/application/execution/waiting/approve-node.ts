import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import type { VerbOptions } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import type { VerbOnce } from '../verb-once.js';
import { type Answering, type AnswerResult, answerWait } from './answer-wait.js';
import { type ApprovalTarget, decideApproval, type Verdict } from './decide-approval.js';

/** How to approve. */
export interface ApproveOptions extends Pick<VerbOptions, 'actor' | 'idempotencyKey'>, ApprovalTarget {
  /** What to say to it. Becomes part of the decision. */
  readonly comment?: string;
}

/** How to reject. */
export interface RejectOptions extends Pick<VerbOptions, 'actor' | 'idempotencyKey'>, ApprovalTarget {
  /** Why. Becomes part of the decision. */
  readonly reason: string;
}

/** Approves what a node waits for. The execution goes on. */
export function approveNode(
  services: VerbServices,
  executionId: string,
  { comment, ...target }: ApproveOptions,
  once?: VerbOnce,
): Promise<AnswerResult> {
  const verdict = { approved: true, ...(comment === undefined ? {} : { comment }) } as const;
  return decide({ services, once }, 'approve', executionId, target, verdict);
}

/**
 * Rejects what a node waits for. The node fails with `WAYMARK_APPROVAL_REJECTED`, or is done, as its definition says.
 *
 * @throws InvalidArgumentError without a reason
 */
export function rejectNode(
  services: VerbServices,
  executionId: string,
  { reason, ...target }: RejectOptions,
  once?: VerbOnce,
): Promise<AnswerResult> {
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new InvalidArgumentError('A rejection needs a reason.', {
      hint: "Give one: { reason: 'the figures of May' }.",
    });
  }
  return decide({ services, once }, 'reject', executionId, target, { approved: false, reason });
}

function decide(
  { services, once }: { readonly services: VerbServices; readonly once: VerbOnce | undefined },
  verb: 'approve' | 'reject',
  executionId: string,
  target: ApprovalTarget,
  verdict: Verdict,
): Promise<AnswerResult> {
  const answering: Answering = (step) => {
    const { node, decision, causationId } = decideApproval(step, target, verdict);
    return { node, value: { ...decision }, causationId };
  };
  return answerWait(services, verb, executionId, answering, once);
}
