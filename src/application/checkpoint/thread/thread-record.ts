import type { ContentRef, EncodedValue } from '../../../domain/checkpoint/content/encoded.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { setOwn } from '../../../domain/shared/json.js';
import type { ThreadVersion, ThreadVersions } from './thread-snapshot.js';

/**
 * What is stored of a thread's checkpoint beside its state. The names are short: there is one for every step.
 */
export interface ThreadRecord {
  /** The version of each channel, and the size of its value in bytes. */
  readonly c: Readonly<Record<string, readonly [version: ThreadVersion, bytes: number]>>;
  /** Whatever else its engine keeps with it. */
  readonly d: unknown;
  /** Set where a channel's value is what was written since a checkpoint before it: that one must not be removed. */
  readonly p?: true;
}

/** Up to which length, in characters, a record is kept in the row rather than as a content of its own. */
const IN_ROW = 1_024;

/** Where a record is kept, and what must be stored for that. Few are shared, so that most are best where they are read. */
export function placeRecord(encoded: EncodedValue): {
  readonly ref: ContentRef;
  readonly values: readonly EncodedValue[];
} {
  const { piece } = encoded;
  if (piece !== undefined && piece.children.length === 0 && piece.body.length <= IN_ROW) {
    return { ref: `=${piece.body}`, values: [] };
  }
  return { ref: encoded.ref, values: [encoded] };
}

/**
 * A record as it was read.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT`
 */
export function toThreadRecord(value: unknown, checkpointId: string): ThreadRecord {
  const { c } = (typeof value === 'object' && value !== null ? value : {}) as Partial<ThreadRecord>;
  if (typeof c === 'object' && c !== null && Object.values(c).every((entry) => Array.isArray(entry))) {
    return value as ThreadRecord;
  }
  throw new WaymarkError('WAYMARK_STORE_CORRUPT', `The record of checkpoint ${checkpointId} is damaged in the store.`, {
    hint: 'Go back to another checkpoint, and look at what else writes to the store.',
    details: { checkpointId },
  });
}

/** The versions that a record tells. */
export function versionsOf(record: ThreadRecord): ThreadVersions {
  const versions: Record<string, ThreadVersion> = {};
  for (const [channel, [version]] of Object.entries(record.c)) setOwn(versions, channel, version);
  return versions;
}
