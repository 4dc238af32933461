import { WaymarkError } from '../../domain/shared/errors.js';
import type { NodeRetry } from '../../domain/workflow/nodes/node-options.js';

/** The longest wait between two tries where the policy names none, in milliseconds: an hour. */
const LONGEST_DELAY_MS = 3_600_000;

/**
 * How long to wait before what failed is tried again, or `undefined` when it is not.
 *
 * An error that says `recoverable: false` is never tried again, nor is work that goes on after its time was up, and one that `when` refuses, or fails to judge, is not
 * either. The wait grows by the policy's factor with each try.
 *
 * @param definition the node's, or anything else with a retry policy
 * @param attempt which try failed, from 1
 */
export function retryAfter(
  definition: { readonly retry?: NodeRetry | undefined } | undefined,
  attempt: number,
  error: unknown,
): { readonly delayMs: number } | undefined {
  const policy = definition?.retry;
  if (policy === undefined || attempt >= policy.attempts || !isRecoverable(error)) return undefined;
  // Two would write to one folder.
  if (WaymarkError.is(error, 'WAYMARK_WORK_GOES_ON')) return undefined;
  if (!isWorthIt(policy, error)) return undefined;
  const { delayMs = 0, factor = 1, maxDelayMs = Math.max(delayMs, LONGEST_DELAY_MS) } = policy;
  return { delayMs: Math.min(delayMs * factor ** (attempt - 1), maxDelayMs) };
}

/** An error may say that going back and trying again can't help, with `recoverable: false`. */
export function isRecoverable(error: unknown): boolean {
  return !(typeof error === 'object' && error !== null && 'recoverable' in error && error.recoverable === false);
}

function isWorthIt(policy: NodeRetry, error: unknown): boolean {
  if (policy.when === undefined) return true;
  try {
    return policy.when(error);
  } catch {
    // A judge that throws has not said yes, and the error that counts is the node's own.
    return false;
  }
}
