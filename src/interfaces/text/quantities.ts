const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/**
 * A duration for people.
 *
 * @example
 * formatDuration(83_000); // '1 min 23 s'
 */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * A size for people, in decimal units.
 *
 * @example
 * formatBytes(1_234); // '1.2 kB'
 */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1_000 && unit < SIZES.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${SIZES[unit]}`;
}

/** A count for people: `1,234`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A number with what it counts: `1 node`, `2 nodes`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
