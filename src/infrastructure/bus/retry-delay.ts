import type { RetryPolicy } from '../../application/bus/subscription.js';

/**
 * How long to wait before the next try, in milliseconds: exponential back-off, of which a part is left to chance
 * (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
 *
 * @param failed how many tries have failed, from 1
 * @param random from 0 to 1
 */
export function retryDelay(policy: Required<RetryPolicy>, failed: number, random: number): number {
  // The power may be infinite, and nothing times infinity is no number.
  const full = policy.delayMs === 0 ? 0 : Math.min(policy.maxDelayMs, policy.delayMs * policy.factor ** (failed - 1));
  return Math.round(full * (1 - policy.jitter * random));
}
