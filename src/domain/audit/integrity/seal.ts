import type { Hash } from '../../shared/hash.js';
import { InvalidNoteError, shownNames, UntrustedNoteError } from './note.errors.js';
import type { LogHead } from './log-head.js';
import { parseNote, signNote, verifyNote } from './signed-note.js';
import type { SigningKey } from './signing-key.js';
import { formatTreeHead, parseTreeHead } from './tree-head-text.js';
import type { TrustedKeys } from './trusted-keys.js';

/**
 * A signed tree head: what the owner of a log can't take back. C2SP calls it a checkpoint; in Waymark that word is taken.
 */
export interface Seal {
  /** The id under which a store keeps it. A seal that was read from its note alone has none. */
  readonly id?: string;
  /** Which log it is of: the name of the key that signed it. */
  readonly origin: string;
  /** Entries that it covers: those at positions 0 to `size - 1`. */
  readonly size: number;
  /** Root of the Merkle tree over them, in hexadecimal. */
  readonly rootHash: Hash;
  /** When, as the owner of the log says: ISO 8601, UTC. It is signed, and nobody else's clock vouches for it. */
  readonly sealedAt: string;
  /** The signed note, exactly as it was written: what is kept, given away and checked. */
  readonly note: string;
  /** The key that signed it, four bytes in hexadecimal. */
  readonly keyId: string;
}

const SEALED_AT = 'sealed-at ';

/**
 * Signs the head of a log. The note is a C2SP tlog-checkpoint whose origin is the name of the key, with one extension
 * line, `sealed-at` and the time. C2SP advises against extension lines because nobody can audit them; this one is a
 * statement of the signer's, and no proof rests on it.
 *
 * Whoever calls it sees to it that no two seals of one log contradict each other: with the same key, sign only what grew
 * from what was signed before.
 *
 * @param sealedAt ISO 8601, UTC, with milliseconds
 * @throws InvalidNoteError `WAYMARK_INVALID_NOTE` when the time is not of that form
 * @example
 * const key = generateSigningKey('example.com/orders');
 * const seal = makeSeal(EMPTY_HEAD, key, { sealedAt: new Date().toISOString() });
 * seal.note;
 */
export function makeSeal(
  head: Pick<LogHead, 'size' | 'rootHash'>,
  key: SigningKey,
  { sealedAt, id }: { readonly sealedAt: string; readonly id?: string },
): Seal {
  assertTime(sealedAt);
  const { size, rootHash } = head;
  const origin = key.name;
  const text = formatTreeHead({ origin, size, rootHash, extensions: [SEALED_AT + sealedAt] });
  const seal = { origin, size, rootHash, sealedAt, note: signNote(text, [key]), keyId: key.keyId };
  return Object.freeze(id === undefined ? seal : { id, ...seal });
}

/**
 * Reads a seal that came from somewhere. It is believed where a trusted key of the log's own name signed it, which is
 * trusted for a log of that size.
 *
 * @throws InvalidNoteError `WAYMARK_INVALID_NOTE` when it is not the note of a seal
 * @throws UntrustedNoteError `WAYMARK_NOTE_UNTRUSTED` when it must not be believed, with the `reason`
 * @example
 * const key = generateSigningKey('example.com/orders');
 * const { note } = makeSeal(EMPTY_HEAD, key, { sealedAt: new Date().toISOString() });
 * const seal = parseSeal(note, new TrustedKeys([key.verifier]));
 */
export function parseSeal(note: string, trusted: TrustedKeys): Seal {
  const { text, signers } = verifyNote(
    note,
    trusted.keys.map(({ key }) => key),
  );
  const { origin, size, rootHash, extensions } = parseTreeHead(text);
  // A trusted key of another log, or of a witness, does not speak for this one.
  const own = trusted.keys.filter(({ key }) => key.name === origin && signers.includes(key));
  if (own.length === 0) {
    const message = `It is a seal of ${shownNames([origin])}, and no trusted key of that name signed it.`;
    throw new UntrustedNoteError('unknown-key', message);
  }
  const valid = own.find(({ fromSize, upToSize }) => size >= fromSize && size <= (upToSize ?? size));
  if (valid === undefined) {
    const keys = shownNames(own.map(({ key }) => `${key.name}+${key.keyId}`));
    throw new UntrustedNoteError(
      'key-not-valid',
      `It covers ${size} entries, and ${keys} is not trusted for that many.`,
    );
  }
  return Object.freeze({ origin, size, rootHash, sealedAt: sealedAtOf(extensions), note, keyId: valid.key.keyId });
}

/**
 * What the note of a seal says, without a look at its signature: nobody has to have signed it.
 *
 * @throws InvalidNoteError `WAYMARK_INVALID_NOTE` when it is not the note of a seal
 */
export function readUncheckedSeal(note: string): Seal {
  const { text, signatures } = parseNote(note);
  const { origin, size, rootHash, extensions } = parseTreeHead(text);
  const own = signatures.find(({ name }) => name === origin);
  if (own === undefined) throw new InvalidNoteError('seal', 'the log of its name has not signed it');
  return Object.freeze({ origin, size, rootHash, sealedAt: sealedAtOf(extensions), note, keyId: own.keyId });
}

/** Other extension lines are passed over: a later Waymark may have more to say. */
function sealedAtOf(extensions: readonly string[]): string {
  const [line, another] = extensions.filter((extension) => extension.startsWith(SEALED_AT));
  if (line === undefined || another !== undefined) {
    throw new InvalidNoteError('seal', 'it does not say once when it was sealed');
  }
  const sealedAt = line.slice(SEALED_AT.length);
  assertTime(sealedAt);
  return sealedAt;
}

function assertTime(time: string): void {
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== time) {
    throw new InvalidNoteError('seal', 'the time of sealing is not of the form 2026-01-31T12:00:00.000Z');
  }
}
