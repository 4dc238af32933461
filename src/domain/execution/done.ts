import type { NodeOccurrence } from './node-attempt.js';

/**
 * What is done, by the list that says so. It is handed on from list to list, so that a step costs what it adds and not what
 * was done before it.
 */
const DONE = new WeakMap<readonly NodeOccurrence[], Set<string>>();

/** The ids of the workflow's own nodes among what is completed. */
export function doneAtTop(completed: readonly NodeOccurrence[]): ReadonlySet<string> {
  const known = DONE.get(completed);
  if (known !== undefined) return known;
  const ids = new Set<string>();
  add(ids, completed);
  DONE.set(completed, ids);
  return ids;
}

/**
 * What was completed, as it is kept. Where it was is kept of what has a compensation, which asks for it: of the rest it
 * would only take space.
 */
export function asCompleted(
  nodes: readonly NodeOccurrence[],
  compensable: readonly string[],
): readonly NodeOccurrence[] {
  return nodes.map((node) => {
    const { nodeId, occurrence, at } = node;
    return at === undefined || compensable.includes(nodeId) ? node : { nodeId, occurrence };
  });
}

/** The list with more at its end. */
export function withDone(
  completed: readonly NodeOccurrence[],
  more: readonly NodeOccurrence[],
): readonly NodeOccurrence[] {
  const longer = Object.freeze([...completed, ...more]);
  const ids = DONE.get(completed);
  if (ids === undefined) return longer;
  // Whoever asks for the shorter list again gets a set that is made anew.
  DONE.delete(completed);
  add(ids, more);
  DONE.set(longer, ids);
  return longer;
}

function add(ids: Set<string>, nodes: readonly NodeOccurrence[]): void {
  for (const { nodeId } of nodes) if (!nodeId.includes('/')) ids.add(nodeId);
}

/** How often each node was reached at least, from what is completed. */
export function countOccurrences(completed: readonly NodeOccurrence[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { nodeId, occurrence } of completed) {
    counts.set(nodeId, Math.max(counts.get(nodeId) ?? 0, occurrence));
  }
  return Object.fromEntries(counts);
}
