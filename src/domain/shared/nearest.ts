/**
 * The names that `wanted` was probably meant to be, the nearest first: those that differ in few letters, or hold it as
 * a part.
 *
 * @example
 * nearest('node.complete', ['node.completed', 'node.failed']); // ['node.completed']
 */
export function nearest(wanted: string, names: Iterable<string>, limit = 3): readonly string[] {
  const lower = wanted.toLowerCase();
  return [...names]
    .map((name) => ({ name, distance: name.includes(lower) ? 0.5 : distance(lower, name) }))
    .filter((candidate) => candidate.distance <= Math.max(2, wanted.length / 4))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ name }) => name);
}

/** The insertions, deletions and substitutions that make one text the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
