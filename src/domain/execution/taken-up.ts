import type { ExecutionSnapshot } from './execution-snapshot.js';
import type { NodeAttempt } from './node-attempt.js';
import { failuresGivenUp, nextAddresses, openAttempts } from './position.js';
import { addressOf } from './standing.js';

/** What was running is waiting again, as the same occurrence; what waits for something outside goes on waiting. */
export function takenUp(
  snapshot: ExecutionSnapshot,
): Pick<ExecutionSnapshot, 'waiting' | 'interrupted' | 'running' | 'failed'> {
  const { interrupted, running, failed, progress } = snapshot;
  const kept = failuresGivenUp(snapshot);
  const open = openAttempts(progress);
  const isOpen = (node: NodeAttempt): boolean =>
    open.some(({ at, nodeId }) => addressOf({ nodeId, ...(at === undefined ? {} : { at }) }) === addressOf(node));
  const again = failed.filter((node) => !kept.includes(node) && !isOpen(node));
  return {
    waiting: nextAddresses(snapshot, false),
    interrupted: [...interrupted.filter((node) => !isOpen(node)), ...open, ...running, ...again],
    running: [],
    failed: kept,
  };
}
