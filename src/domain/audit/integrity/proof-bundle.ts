import { z } from 'zod';
import { WaymarkError } from '../../shared/errors.js';
import type { EntryBody } from '../audit-entry.js';
import { parseEntryBody } from '../entry-codec.js';
import { proveConsistency, verifyConsistency } from './consistency-proof.js';
import { proveInclusion, verifyInclusion } from './inclusion-proof.js';
import { leafHash } from './merkle-tree.js';
import { MAX_NOTE_LENGTH } from './signed-note.js';
import { MAX_PROOF_HASHES } from './proof-checks.js';
import type { Seal } from './seal.js';
import type { SubtreeHashes } from './subtree-hashes.js';

/** What a bundle says that it is. A change of the format changes the number. */
export const BUNDLE_FORMAT = 'waymark-proof/1';

const path = z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(MAX_PROOF_HASHES);
const note = z.string().max(MAX_NOTE_LENGTH);

/** The form of a bundle. Every object is closed: what nobody checks must not look as if it were proved. */
export const bundleSchema = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  /** The entry: its place, and its text exactly as it is stored. */
  entry: z.strictObject({ position: z.int().nonnegative(), body: z.string() }),
  /** From the entry's leaf to the root: hashes in hexadecimal. */
  path,
  /** The signed note of the seal that covers the entry. */
  seal: note,
  /** An older seal, and the hashes that prove that the log only grew since. */
  consistency: z.strictObject({ seal: note, path }).optional(),
});

/** The proof that an entry is in a log, in one JSON document: whoever has it and the log's key needs nothing else. */
export type ProofBundle = z.output<typeof bundleSchema>;

/** What {@link makeBundle} is given. */
export interface BundleInit {
  /** The entry as it is stored. */
  readonly entry: { readonly position: number; readonly body: string };
  /** A seal that covers it. */
  readonly seal: Seal;
  /** A seal that the reader has already: the bundle proves that the log only grew since. */
  readonly olderSeal?: Seal;
  /** The hashes of the log. */
  readonly subtrees: SubtreeHashes;
}

/** What was to be proved is not so, or not yet. */
export class NotProvableError extends WaymarkError {
  constructor(message: string, hint: string, details: Readonly<Record<string, unknown>>) {
    super('WAYMARK_NOT_PROVABLE', message, { hint, details });
  }
}

/**
 * Makes the bundle of an entry, and checks it before it is given away. `JSON.stringify` makes its document, which
 * `verifyBundle` reads.
 *
 * @throws NotProvableError `WAYMARK_NOT_PROVABLE` when the seal does not cover the entry, or the log is not what it sealed
 */
export async function makeBundle({ entry, seal, olderSeal, subtrees }: BundleInit): Promise<ProofBundle> {
  const { position, body } = entry;
  if (position >= seal.size) {
    throw new NotProvableError(
      `The entry at position ${position} came after the seal, which covers ${seal.size} entries.`,
      'Seal the log as it stands, and prove the entry with that seal.',
      { position, size: seal.size },
    );
  }
  const hashes = await proveInclusion(subtrees, position, seal.size);
  const root = Buffer.from(seal.rootHash, 'hex');
  if (!verifyInclusion({ leafHash: leafHash(body), index: position, size: seal.size, path: hashes, root })) {
    throw new NotProvableError(
      `The entry at position ${position} does not lead to the root that was sealed: the log is not what it was then.`,
      'Run waymark verify to learn where it was changed.',
      { position, size: seal.size },
    );
  }
  return {
    format: BUNDLE_FORMAT,
    entry: { position, body },
    path: toHex(hashes),
    seal: seal.note,
    ...(olderSeal === undefined ? {} : { consistency: await consistencyOf(olderSeal, seal, subtrees) }),
  };
}

async function consistencyOf(
  older: Seal,
  seal: Seal,
  subtrees: SubtreeHashes,
): Promise<NonNullable<ProofBundle['consistency']>> {
  if (older.origin !== seal.origin || older.size > seal.size) {
    throw new NotProvableError(
      `A seal of ${older.origin} over ${older.size} entries is not older than one of ${seal.origin} over ${seal.size}.`,
      'Give two seals of one log, the one that covers less as the older one.',
      { olderSize: older.size, size: seal.size },
    );
  }
  const hashes = await proveConsistency(subtrees, older.size, seal.size);
  if (!growsInto(older, seal, hashes)) {
    throw new NotProvableError(
      `What was sealed at ${older.size} entries is not the beginning of what was sealed at ${seal.size}.`,
      'Run waymark verify: the log was changed or replaced after it was first sealed.',
      { olderSize: older.size, size: seal.size },
    );
  }
  return { seal: older.note, path: toHex(hashes) };
}

/** How large a log is, and its root. */
type TreeRoot = Pick<Seal, 'size' | 'rootHash'>;

/** Whether hashes prove that what one seal covers is the beginning of what the other does. */
export function growsInto(older: TreeRoot, newer: TreeRoot, hashes: readonly Uint8Array[]): boolean {
  return verifyConsistency({
    firstSize: older.size,
    firstRoot: Buffer.from(older.rootHash, 'hex'),
    secondSize: newer.size,
    secondRoot: Buffer.from(newer.rootHash, 'hex'),
    path: hashes,
  });
}

/** The text of an entry, or `undefined` where it is none or says that it belongs to another place. */
export function entryAt({ position, body }: ProofBundle['entry']): EntryBody | undefined {
  // Half of a surrogate pair has no UTF-8 form: several texts would have the same hash.
  if (/\p{Surrogate}/u.test(body)) return undefined;
  try {
    const parsed = parseEntryBody(body, position);
    return parsed.position === position ? parsed : undefined;
  } catch (error) {
    if (WaymarkError.is(error, 'WAYMARK_LOG_CORRUPT')) return undefined;
    throw error;
  }
}

function toHex(hashes: readonly Buffer[]): string[] {
  return hashes.map((hash) => hash.toString('hex'));
}
