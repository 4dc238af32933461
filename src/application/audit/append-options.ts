import { assertStream } from '../../domain/events/event-context.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertKeys, type KeysOf, wholeNumber } from '../../domain/shared/options.js';

/** How to append. */
export interface AppendOptions {
  /**
   * The version that each of these streams must be at: how many entries it has; 0 for one that must not be there yet. A
   * stream may be named that nothing is appended to.
   */
  readonly expectedVersions?: Readonly<Record<string, number>>;
}

/** Versions of streams, checked. */
export type ExpectedVersions = ReadonlyMap<string, number>;

const KEYS: KeysOf<AppendOptions> = { expectedVersions: true };

/**
 * @returns `undefined` when nothing is expected
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` or `WAYMARK_INVALID_ID`
 */
export function toExpectedVersions(options: AppendOptions): ExpectedVersions | undefined {
  assertKeys(options, KEYS, 'append option');
  const { expectedVersions } = options;
  if (expectedVersions === undefined) return undefined;
  assertRecord(expectedVersions);
  const versions = Object.entries(expectedVersions).map(([stream, version]): [string, number] => {
    assertStream(stream);
    return [stream, wholeNumber(version, `expected version of ${stream}`, 0)];
  });
  return versions.length === 0 ? undefined : new Map(versions);
}

/** A list or a map has no keys of its own that would be looked at: it would expect nothing. */
function assertRecord(value: unknown): void {
  if (typeof value === 'object' && value !== null && !(Symbol.iterator in value)) return;
  throw new InvalidArgumentError('expectedVersions must be an object: { [stream]: version }.');
}
