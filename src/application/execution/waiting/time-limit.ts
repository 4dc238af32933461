import { wholeNumber } from '../../../domain/shared/options.js';

/** A hundred years, in milliseconds. */
const LONGEST_MS = 3_155_760_000_000;

/**
 * The time limit of an execution, in milliseconds; `undefined` where none was given.
 *
 * @throws InvalidArgumentError
 */
export function checkTimeLimit(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined ? undefined : wholeNumber(timeoutMs, 'timeoutMs', 1, LONGEST_MS);
}
