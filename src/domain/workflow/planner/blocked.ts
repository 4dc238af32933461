import { addressOf } from '../../execution/standing.js';
import { bodyOf, isInBody, isWithin } from '../address.js';
import type { Draft } from './draft.js';

/**
 * Whether nothing may be started at an address, because something failed: what is beside it in the same graph, or a node
 * around it. Branches, and the items of a map, do not stop each other here: their policy says when they do.
 */
export function isBlocked(draft: Draft, at: string): boolean {
  return draft.failed.some((node) => {
    const failed = addressOf(node);
    if (isWithin(at, failed)) return true;
    const place = bodyOf(failed);
    if (place === undefined) return true;
    return draft.node(place.node).kind !== 'parallel' && isInBody(at, place.body);
  });
}

/** Whether something within a node runs, or may still be started. */
export function isActive(draft: Draft, at: string): boolean {
  const goesOn = (address: string): boolean => isWithin(address, at) && !isBlocked(draft, address);
  return (
    draft.running.some((node) => isWithin(addressOf(node), at)) ||
    draft.suspended.some(
      (node) => goesOn(addressOf(node)) || (node.awaiting === 'execution' && isWithin(addressOf(node), at)),
    ) ||
    draft.waiting.some(goesOn)
  );
}
