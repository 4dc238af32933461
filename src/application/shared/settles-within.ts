import type { Scheduler } from '../../domain/shared/clock.js';

/** Waits for a promise, but no longer than `graceMs` milliseconds. Tells whether it has settled. */
export async function settlesWithin(
  promise: Promise<unknown>,
  graceMs: number,
  scheduler: Scheduler,
): Promise<boolean> {
  const enough = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = scheduler.delay(graceMs, enough.signal).then(
    () => false,
    (error: unknown) => {
      if (enough.signal.aborted) return true;
      throw error;
    },
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    enough.abort();
  }
}
