import type { Scheduler } from '../../../domain/shared/clock.js';
import { isLocked, storeLocked } from './store-errors.js';

/** How to wait for a lock. */
export interface LockPatience {
  readonly scheduler: Scheduler;
  /** How long at most, in milliseconds. */
  readonly timeoutMs: number;
  /** The file, for the message. */
  readonly path: string;
}

/**
 * How long to wait after the n-th try, in milliseconds. It stays short: who comes too late queues again behind all
 * others.
 */
const BACK_OFF = [1, 2, 5, 10, 20] as const;

/**
 * Repeats an attempt for as long as somebody else holds the lock. SQLite's own busy timeout would wait too, but on the
 * event loop's thread: nothing else in the process would run meanwhile.
 *
 * @throws WaymarkError `WAYMARK_STORE_LOCKED` when the patience is at its end
 */
export async function retryWhileLocked<T>(attempt: () => T | Promise<T>, patience: LockPatience): Promise<T> {
  const { scheduler, timeoutMs, path } = patience;
  let waitedMs = 0;
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (waitedMs >= timeoutMs) throw storeLocked(path, waitedMs, error);
      const pauseMs = Math.min(BACK_OFF[Math.min(tries, BACK_OFF.length - 1)] ?? 0, timeoutMs - waitedMs);
      await scheduler.delay(pauseMs);
      waitedMs += pauseMs;
    }
  }
}
