/** How many lines are told of at once before the rate counts. */
const BURST = 50;

/** How many lines a second are told of in the long run. */
const PER_SECOND = 10;

/**
 * Tells of the lines of a command as progress. Each becomes an event in the log: of a command that writes more than
 * people can read, some are left out, and how many is told.
 *
 * @param now a monotonic clock, in milliseconds
 */
export function reportLines(
  tell: (message: string) => void,
  now: () => number = () => performance.now(),
): (line: string) => void {
  let tokens = BURST;
  let at = now();
  let left = 0;
  return (line) => {
    const text = line.trimEnd();
    if (text === '') return;
    const moment = now();
    tokens = Math.min(BURST, tokens + ((moment - at) / 1_000) * PER_SECOND);
    at = moment;
    if (tokens < 1) {
      left += 1;
      return;
    }
    tokens -= 1;
    tell(left === 0 ? text : `(${left} lines left out) ${text}`);
    left = 0;
  };
}
