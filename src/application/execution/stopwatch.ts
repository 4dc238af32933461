import type { Clock } from '../../domain/shared/clock.js';

/** How long an execution has taken so far, in milliseconds. */
export type Stopwatch = () => number;

/**
 * A stopwatch for an execution. What passed before, maybe in another process, is told by the wall clock; from now on it
 * is measured, so that a wall clock that is set changes nothing.
 *
 * @param startedAt ISO 8601, UTC
 */
export function stopwatchSince(startedAt: string, clock: Clock): Stopwatch {
  const before = Math.max(0, clock.now() - Date.parse(startedAt));
  const begun = clock.monotonic();
  return () => before + clock.monotonic() - begun;
}
