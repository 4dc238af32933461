import type { Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';

/**
 * How long to wait after the n-th try, in milliseconds; as long as after the last one from then on. The store has waited
 * by itself before each.
 */
const BACK_OFF = [100, 500, 1_000, 2_000, 5_000, 10_000] as const;

/** How to wait for a store. */
export interface CommitPatience {
  readonly scheduler: Scheduler;
  /** How long at most, in milliseconds. */
  readonly storePatienceMs: number;
}

/**
 * Commits what must not be lost, though another process holds the store or its server is being restarted: the work it
 * tells of is done and can't be done again for free.
 *
 * @param commit may be called again after it failed with one of these: either nothing was written then, or to call it
 *   again is safe
 * @throws whatever `commit` throws but `WAYMARK_STORE_LOCKED`, `WAYMARK_STORE_UNAVAILABLE` and
 *   `WAYMARK_COMMIT_UNKNOWN`, and these too when all the waiting did not help
 */
export async function commitPatiently(commit: () => Promise<void>, patience: CommitPatience): Promise<void> {
  const { scheduler, storePatienceMs } = patience;
  let waitedMs = 0;
  for (let tries = 0; ; tries += 1) {
    try {
      await commit();
      return;
    } catch (error) {
      if (!mayPass(error) || waitedMs >= storePatienceMs) throw error;
    }
    const pauseMs = Math.min(BACK_OFF[Math.min(tries, BACK_OFF.length - 1)] ?? 0, storePatienceMs - waitedMs);
    await scheduler.delay(pauseMs);
    waitedMs += pauseMs;
  }
}

/** Whether it is worth trying again. */
function mayPass(error: unknown): boolean {
  return (
    WaymarkError.is(error, 'WAYMARK_STORE_LOCKED') ||
    WaymarkError.is(error, 'WAYMARK_STORE_UNAVAILABLE') ||
    WaymarkError.is(error, 'WAYMARK_COMMIT_UNKNOWN')
  );
}

/** `WAYMARK_COMMIT_UNKNOWN`: an execution may be where it was to be brought, or where it was. */
export function commitUncertain(executionId: string, cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_COMMIT_UNKNOWN',
    `The answer to a commit of execution ${executionId} was lost, and nobody could tell yet how it ended.`,
    {
      cause,
      hint: 'Read the execution before you change it again: it was committed as a whole, or not at all.',
      details: { executionId },
    },
  );
}
