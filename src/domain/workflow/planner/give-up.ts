import type { NodeAttempt } from '../../execution/node-attempt.js';
import type { OpenComposite } from '../../execution/progress.js';
import { addressOf } from '../../execution/standing.js';
import { isWithin } from '../address.js';
import type { Draft } from './draft.js';

/**
 * Cancels whatever runs, waits or is open within a node: the inner ones first. What ran is waiting again, so that taking
 * the execution up again starts it. What was interrupted has not begun again, and so there is nothing to cancel of it.
 */
export function giveUp(draft: Draft, at: string, reason: string): void {
  const goes = (node: NodeAttempt): boolean => isWithin(addressOf(node), at);
  const stopped = [...draft.running.filter(goes), ...draft.suspended.filter(goes)];
  const over = new Set([...draft.failed, ...draft.interrupted].map(addressOf));
  const open = draft.open.filter((composite) => goes(composite) && !over.has(composite.at));
  if (stopped.length > 0) {
    draft.running = draft.running.filter((node) => !goes(node));
    draft.suspended = draft.suspended.filter((node) => !goes(node));
    draft.waiting = [...draft.waiting, ...stopped.map(addressOf)];
  }
  for (const node of [...stopped, ...open.map(attemptOf).reverse()]) {
    draft.facts.push({ kind: 'cancelled', node, reason });
  }
}

/** The attempt that an open node is in. */
export function attemptOf({ at, nodeId, occurrence, attempt }: OpenComposite): NodeAttempt {
  return { nodeId, occurrence, attempt, ...(at === nodeId ? {} : { at }) };
}
