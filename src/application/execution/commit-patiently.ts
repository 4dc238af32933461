import type { Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';

/** How long to wait after the n-th try, in milliseconds. The store has waited for the lock by itself before each. */
const BACK_OFF = [100, 500, 1_000, 2_000, 5_000, 10_000, 10_000, 10_000] as const;

/**
 * Commits what must not be lost, though another process holds the store: the work it tells of is done and can't be done
 * again for free.
 *
 * @param commit may be called again after it failed: nothing was written then
 * @throws whatever `commit` throws but `WAYMARK_STORE_LOCKED`, and that too when the lock is held for longer than all
 *   the waiting
 */
export async function commitPatiently(commit: () => Promise<void>, scheduler: Scheduler): Promise<void> {
  for (const pauseMs of BACK_OFF) {
    try {
      await commit();
      return;
    } catch (error) {
      if (!WaymarkError.is(error, 'WAYMARK_STORE_LOCKED')) throw error;
      await scheduler.delay(pauseMs);
    }
  }
  await commit();
}
