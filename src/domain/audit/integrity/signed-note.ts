import { decodeBase64 } from './key-text.js';
import { InvalidNoteError, shownNames, UntrustedNoteError } from './note.errors.js';
import type { SigningKey } from './signing-key.js';
import type { VerifierKey } from './verifier-key.js';

/** Longer notes are refused, in UTF-16 code units. C2SP wants at least 16 signatures to fit, of up to 5 kB each. */
export const MAX_NOTE_LENGTH = 256 * 1024;

const MAX_SIGNATURES = 100;

/** A signature line of a note. */
export interface NoteSignature {
  /** The name of the key. */
  readonly name: string;
  /** Four bytes in hexadecimal. */
  readonly keyId: string;
  readonly signature: Buffer;
}

/** A note that was taken apart. Nobody has checked its signatures: its text must not be believed yet. */
export interface SignedNote {
  /** The text, which ends in a line break. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A note whose signatures were checked. */
export interface VerifiedNote {
  readonly text: string;
  /** The trusted keys that signed it, each once, in the order of their lines. */
  readonly signers: readonly VerifierKey[];
}

/**
 * Signs a text, in the format of C2SP's signed-note: the text, an empty line, and a line for each signature.
 *
 * @param text ends in a line break and holds no other control characters
 * @throws InvalidNoteError when the text can't be that of a note
 * @example
 * const note = signNote('what I say\n', [generateSigningKey('example.com/me')]);
 */
export function signNote(text: string, keys: readonly SigningKey[]): string {
  if (!text.endsWith('\n')) throw new InvalidNoteError('note', 'its text does not end in a line break');
  assertPlain(text);
  if (keys.length === 0) throw new InvalidNoteError('note', 'nobody signs it');
  const lines = keys.map((key) => {
    const signature = Buffer.concat([Buffer.from(key.keyId, 'hex'), key.sign(text)]);
    return `— ${key.name} ${signature.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * Takes a note apart.
 *
 * @throws InvalidNoteError when it is not of the form that C2SP's signed-note describes, down to the last line break
 */
export function parseNote(note: string): SignedNote {
  if (typeof note !== 'string') throw new InvalidNoteError('note', 'it is not a text');
  assertPlain(note);
  // The text may hold empty lines: the last one is what divides.
  const divide = note.lastIndexOf('\n\n');
  if (divide === -1) throw new InvalidNoteError('note', 'no empty line divides its text from its signatures');
  const lines = note.slice(divide + 2).split('\n');
  if (lines.pop() !== '') throw new InvalidNoteError('note', 'it does not end in a line break');
  if (lines.length === 0) throw new InvalidNoteError('note', 'it has no signature');
  if (lines.length > MAX_SIGNATURES) throw new InvalidNoteError('note', `it has over ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, divide + 1), signatures: lines.map(parseSignature) };
}

/**
 * Checks a note. Signatures of keys that are not among the trusted ones are passed over, whatever they are: they may be of
 * a newer key or of a witness.
 *
 * @throws InvalidNoteError when it is malformed
 * @throws UntrustedNoteError when no trusted key signed it, or the signature of one does not fit
 * @example
 * const key = generateSigningKey('example.com/me');
 * const { text } = verifyNote(signNote('what I say\n', [key]), [key.verifier]);
 */
export function verifyNote(note: string, keys: readonly VerifierKey[]): VerifiedNote {
  const { text, signatures } = parseNote(note);
  const signers = new Set<VerifierKey>();
  for (const { name, keyId, signature } of signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.keyId === keyId);
    if (key === undefined) continue;
    if (!key.verify(text, signature)) {
      throw new UntrustedNoteError('wrong-signature', `The signature of ${name}+${keyId} does not fit the text.`);
    }
    signers.add(key);
  }
  if (signers.size > 0) return { text, signers: [...signers] };
  const named = shownNames(signatures.map(({ name, keyId }) => `${name}+${keyId}`));
  throw new UntrustedNoteError('unknown-key', `It is signed by ${named}: no trusted key is among them.`);
}

function parseSignature(line: string): NoteSignature {
  const [, name, base64] = /^— ([^\p{White_Space}+]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
  const bytes = base64 === undefined ? undefined : decodeBase64(base64);
  if (name === undefined || bytes === undefined || bytes.length < 5) {
    throw new InvalidNoteError('note', 'a signature line is not of the form "— NAME BASE64"');
  }
  return { name, keyId: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) };
}

/** Valid UTF-8, no control characters but line breaks, and not endless. */
function assertPlain(text: string): void {
  if (text.length > MAX_NOTE_LENGTH) {
    throw new InvalidNoteError('note', `it is longer than ${MAX_NOTE_LENGTH} characters`);
  }
  // Half of a surrogate pair has no UTF-8 form: what is signed would not be what is read.
  if (/\p{Surrogate}/u.test(text)) throw new InvalidNoteError('note', 'it is not well-formed Unicode');
  // oxlint-disable-next-line no-control-regex -- matching control characters is what this is for
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw new InvalidNoteError('note', 'it holds a control character');
}
