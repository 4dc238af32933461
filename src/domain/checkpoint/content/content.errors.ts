import { InvalidArgumentError, WaymarkError } from '../../shared/errors.js';
import { pointerSegment } from '../../shared/json.js';

/** How deep a value may nest before it is refused. */
export const MAX_VALUE_DEPTH = 200;

/** How large a value may be unless the caller says otherwise, in bytes of its whole text: 1 GiB. */
export const DEFAULT_MAX_VALUE_BYTES = 1_073_741_824;

/**
 * A part of a value that can't be stored. Its path is put together on the way out: an encoding that succeeds builds
 * none.
 */
export class UnstorablePart extends Error {
  path = '';
  readonly reason: string;
  readonly hint: string;

  constructor(reason: string, hint: string) {
    super('not storable');
    this.reason = reason;
    this.hint = hint;
  }

  /** The error that a caller gets: `WAYMARK_NOT_STORABLE`, with the JSON pointer of the part. */
  toInvalidArgument(what: string): InvalidArgumentError {
    const { path, reason, hint } = this;
    const shown = path.length > 120 ? `${path.slice(0, 120)}…` : path;
    return new InvalidArgumentError(`The ${what} can't be stored: ${shown || 'it'} ${reason}.`, {
      code: 'WAYMARK_NOT_STORABLE',
      hint,
      details: { path },
    });
  }
}

/** The same problem, seen from one level further out. */
export function within(error: unknown, key: string | number): unknown {
  if (error instanceof UnstorablePart) error.path = pointerSegment(key) + error.path;
  return error;
}

/** `WAYMARK_CHECKPOINT_TOO_LARGE`: a value is larger than the limit allows, written or read. */
export function valueTooLarge(what: string, limit: number): WaymarkError {
  return new WaymarkError('WAYMARK_CHECKPOINT_TOO_LARGE', `The ${what} is larger than the limit of ${limit} bytes.`, {
    hint: 'Keep what is large elsewhere, and its place in the state; or raise the limit.',
    details: { limit },
  });
}

/** `WAYMARK_CHECKPOINT_ALTERED`: pieces of a value are missing, or are not what was stored. */
export function valueAltered(what: string, hashes: readonly string[]): WaymarkError {
  return new WaymarkError('WAYMARK_CHECKPOINT_ALTERED', `The ${what} is not what was stored.`, {
    hint: 'Go back to another checkpoint, and look at what changed the store outside of Waymark.',
    details: { hashes: hashes.slice(0, 10) },
  });
}

/** `WAYMARK_CHECKPOINT_FORMAT`: a value is in a format that this version does not know. */
export function formatUnknown(tag: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_CHECKPOINT_FORMAT',
    `A stored value has the mark ${JSON.stringify(tag.slice(0, 20))}, which this version of Waymark does not know: a newer one wrote it.`,
    { hint: 'Use the version of Waymark that wrote it, or a newer one.', details: { tag } },
  );
}

/** `WAYMARK_STORE_CORRUPT`: what is stored under the right hash is no value that Waymark writes. */
export function contentMalformed(problem: string, hash?: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_STORE_CORRUPT',
    `${hash === undefined ? 'A stored value' : `The content ${hash}`} is no value that Waymark writes: ${problem}.`,
    {
      hint: 'Go back to another checkpoint, and look at what else writes to the store.',
      ...(hash === undefined ? {} : { details: { hash } }),
    },
  );
}
