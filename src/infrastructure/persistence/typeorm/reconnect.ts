import type { Scheduler } from '../../../domain/shared/clock.js';
import { isConnectTimeout, isUnreachable, storeUnavailable } from './postgres-errors.js';

/** How to wait for a server. */
export interface ConnectPatience {
  readonly scheduler: Scheduler;
  /** How long at most, in milliseconds. */
  readonly timeoutMs: number;
  /** How messages call the store. */
  readonly store: string;
}

/** How long to wait after the n-th try, in milliseconds. A server that restarts is away for a second or two. */
const BACK_OFF = [10, 20, 50, 100, 200, 400, 800, 1_000] as const;

/**
 * Repeats an attempt for as long as the server can't be reached. What is repeated must not be a write that may have
 * been done.
 *
 * @throws WaymarkError `WAYMARK_STORE_UNAVAILABLE` when the patience is at its end
 */
export async function retryWhileUnreachable<T>(attempt: () => Promise<T>, patience: ConnectPatience): Promise<T> {
  const { scheduler, timeoutMs, store } = patience;
  let waitedMs = 0;
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (waitedMs >= timeoutMs || isConnectTimeout(error)) throw storeUnavailable(store, error);
      const pauseMs = Math.min(BACK_OFF[Math.min(tries, BACK_OFF.length - 1)] ?? 0, timeoutMs - waitedMs);
      await scheduler.delay(pauseMs);
      waitedMs += pauseMs;
    }
  }
}
