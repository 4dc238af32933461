/**
 * Counts how often each value occurs.
 *
 * @template Value
 * @param {Iterable<Value>} values
 * @returns {Map<Value, number>} in the order in which they first occur
 */
export function tally(values) {
  /** @type {Map<Value, number>} */
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/**
 * The values that occur most often, the most frequent first; of equals the one that came first.
 *
 * @template Value
 * @param {Iterable<Value>} values
 * @param {number} limit
 * @returns {Value[]}
 */
export function mostFrequent(values, limit) {
  const sorted = Array.from(tally(values)).toSorted(([, a], [, b]) => b - a);
  return sorted.slice(0, limit).map(([value]) => value);
}
