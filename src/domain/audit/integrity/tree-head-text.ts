import type { Hash } from '../../shared/hash.js';
import { decodeBase64 } from './key-text.js';
import { EMPTY_ROOT } from './merkle-tree.js';
import { InvalidNoteError } from './note.errors.js';
import { isTreeSize } from './proof-checks.js';

/** What the text of a seal says. */
export interface TreeHead {
  /** Which log. */
  readonly origin: string;
  readonly size: number;
  /** In hexadecimal. */
  readonly rootHash: Hash;
  /** Lines that the format leaves open. */
  readonly extensions: readonly string[];
}

/**
 * The text of a C2SP tlog-checkpoint: a line each for origin, size in decimal, root in base64, and every extension.
 *
 * @throws InvalidNoteError when it would not read back as what it says
 */
export function formatTreeHead({ origin, size, rootHash, extensions }: TreeHead): string {
  const root = Buffer.from(rootHash, 'hex').toString('base64');
  const text = `${[origin, String(size), root, ...extensions].join('\n')}\n`;
  // A line break within a value would make it several lines, and so another head than the caller means.
  const read = parseTreeHead(text);
  if (read.rootHash === rootHash && read.extensions.length === extensions.length) return text;
  throw new InvalidNoteError('seal', 'its root is no hash, or an extension holds a line break');
}

/**
 * Reads such a text.
 *
 * @throws InvalidNoteError
 */
export function parseTreeHead(text: string): TreeHead {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new InvalidNoteError('seal', 'its text does not end in a line break');
  if (lines.includes('')) throw new InvalidNoteError('seal', 'a line is empty');
  const [origin, decimal, base64, ...extensions] = lines;
  if (origin === undefined || decimal === undefined || base64 === undefined) {
    throw new InvalidNoteError('seal', 'it has less than the three lines for origin, size and root');
  }
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(decimal) ? Number(decimal) : Number.NaN;
  if (!isTreeSize(size)) throw new InvalidNoteError('seal', 'its second line is not a number of entries');
  const root = decodeBase64(base64);
  if (root?.length !== 32) throw new InvalidNoteError('seal', 'its third line is not a root in base64');
  if (size === 0 && !root.equals(EMPTY_ROOT)) {
    throw new InvalidNoteError('seal', 'its root is not that of a log without entries');
  }
  return { origin, size, rootHash: root.toString('hex'), extensions };
}
