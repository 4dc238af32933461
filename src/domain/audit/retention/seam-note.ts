import { sha256Hex, type Hash } from '../../shared/hash.js';
import { InvalidNoteError, UntrustedNoteError } from '../integrity/note.errors.js';
import { parseNote, signNote, verifyNote } from '../integrity/signed-note.js';
import type { SigningKey } from '../integrity/signing-key.js';
import type { TrustedKeys } from '../integrity/trusted-keys.js';
import type { Seam } from './seam.js';

/** What the note of a seam says, beside what its columns say. */
export interface SeamStatement {
  /** Entries that the log had when it was cut: a key has to be trusted for a log of that size. */
  readonly logSize: number;
  /** The hash of how many entries each stream has lost: `hashRemovedStreams`. */
  readonly removedStreams: Hash;
}

/** What a seam says of itself, without its note. */
export type SeamFacts = Pick<Seam, 'from' | 'to' | 'rootHash' | 'archive' | 'appliedAt'>;

/** What became of the note of a seam that was looked at. */
export type SeamCheck =
  ({ readonly is: 'believed' | 'unbelieved' } & SeamStatement) | { readonly is: 'damaged'; readonly problem: string };

/**
 * The first line. No seal begins like that but one of a log of this name, whose second line is a number; the second line
 * here is the name of the key. So neither can be taken for the other.
 */
const KIND = 'waymark/seam/v1';

/** Signs a seam. Its id follows from its note. The path of the archive is not signed: archives may be moved. */
export function signSeam(
  facts: SeamFacts,
  statement: SeamStatement,
  key: SigningKey,
): { readonly id: string; readonly note: string } {
  const note = signNote(textOf(key.name, facts, statement), [key]);
  return { id: idOf(note), note };
}

/** Looks at the note of a seam: at who signed it, and at whether the columns say what it says. */
export function checkSeam(seam: Seam & { readonly note: string }, trusted: TrustedKeys): SeamCheck {
  if (seam.id !== idOf(seam.note)) return { is: 'damaged', problem: 'its id is not that of its note' };
  try {
    const { text, signatures } = parseNote(seam.note);
    const read = STATEMENT.exec(text)?.groups;
    if (read === undefined) return { is: 'damaged', problem: 'its note is not that of a seam' };
    const { origin = '', size = '', streams: removedStreams = '' } = read;
    const statement = { logSize: Number(size), removedStreams };
    if (text !== textOf(origin, seam, statement) || statement.logSize < seam.to) {
      return { is: 'damaged', problem: 'its columns do not say what its note says' };
    }
    if (!signatures.some(({ name }) => name === origin)) {
      return { is: 'damaged', problem: 'the log of its name has not signed it' };
    }
    return { is: isBelieved(seam.note, origin, statement, trusted) ? 'believed' : 'unbelieved', ...statement };
  } catch (error) {
    if (error instanceof InvalidNoteError) return { is: 'damaged', problem: error.problem };
    if (error instanceof UntrustedNoteError) return { is: 'damaged', problem: error.message };
    throw error;
  }
}

/** @throws UntrustedNoteError when the signature of a trusted key does not fit */
function isBelieved(note: string, origin: string, { logSize }: SeamStatement, { keys }: TrustedKeys): boolean {
  // A trusted key of another log, or of a witness, does not speak for this one.
  const own = keys.filter(({ key }) => key.name === origin);
  try {
    const { signers } = verifyNote(
      note,
      own.map(({ key }) => key),
    );
    return own.some(
      ({ key, fromSize, upToSize = logSize }) => signers.includes(key) && logSize >= fromSize && logSize <= upToSize,
    );
  } catch (error) {
    if (error instanceof UntrustedNoteError && error.reason === 'unknown-key') return false;
    throw error;
  }
}

const STATEMENT =
  /^[^\n]+\n(?<origin>[^\n]+)\n(?:[^\n]+\n){2}size (?<size>\d{1,16})\n(?:[^\n]+\n){2}removed-streams (?<streams>[0-9a-f]{64})\napplied-at [^\n]+\n$/;

function textOf(origin: string, facts: SeamFacts, { logSize, removedStreams }: SeamStatement): string {
  const { from, to, rootHash, archive, appliedAt } = facts;
  const lines = [
    KIND,
    origin,
    `from ${from}`,
    `to ${to}`,
    `size ${logSize}`,
    `root ${Buffer.from(rootHash, 'hex').toString('base64')}`,
    `archive ${archive.sha256}`,
    `removed-streams ${removedStreams}`,
    `applied-at ${appliedAt}`,
  ];
  return `${lines.join('\n')}\n`;
}

function idOf(note: string): string {
  return sha256Hex(note).slice(0, 32);
}
