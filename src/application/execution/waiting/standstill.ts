import type { PauseReason } from '../../../domain/execution/execution-snapshot.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';

/**
 * Why an execution stands still in which nothing runs and these nodes wait, or `undefined` where it is worth waiting for
 * one of them in memory: a try that is due soon.
 *
 * What people must do comes first: it is what somebody can do something about.
 *
 * @param now milliseconds since the epoch
 * @param maxInMemoryWaitMs the longest wait for another try that the execution is kept in memory for
 */
export function standstillOf(
  suspended: readonly SuspendedNode[],
  now: number,
  maxInMemoryWaitMs: number,
): PauseReason | undefined {
  const isSoon = ({ awaiting, dueAt, settled }: SuspendedNode): boolean =>
    settled !== undefined ||
    (awaiting === 'retry' && dueAt !== undefined && Date.parse(dueAt) - now <= maxInMemoryWaitMs);
  if (suspended.some(isSoon)) return undefined;
  const awaits = new Set(suspended.map(({ awaiting }) => awaiting));
  if (awaits.has('approval')) return 'approval';
  if (awaits.has('signal')) return 'signal';
  return awaits.has('timer') || awaits.has('retry') ? 'timer' : undefined;
}
