import { sha256Hex } from '../../shared/hash.js';
import type { StoredSeal } from '../seal.repository.port.js';
import type { LogHead } from './log-head.js';
import { InvalidNoteError, UntrustedNoteError } from './note.errors.js';
import { makeSeal, parseSeal, readUncheckedSeal, type Seal } from './seal.js';
import type { SigningKey } from './signing-key.js';
import type { TrustedKeys } from './trusted-keys.js';

/** What became of a seal that was looked at. */
export type SealCheck =
  /** A trusted key signed it. */
  | { readonly is: 'believed'; readonly seal: Seal }
  /** It is well-formed, and no trusted key signed it. */
  | { readonly is: 'unbelieved'; readonly seal: Seal; readonly problem: string }
  /** It is not what was written. */
  | { readonly is: 'damaged'; readonly problem: string };

/** Signs a head, as a seal that can be stored. Its id follows from its note, so that it can't be changed unnoticed. */
export function makeStoredSeal(
  head: Pick<LogHead, 'size' | 'rootHash'>,
  key: SigningKey,
  { sealedAt }: { readonly sealedAt: string },
): StoredSeal {
  return storedSealOf(makeSeal(head, key, { sealedAt }));
}

/** A seal with the id under which it is stored. */
export function storedSealOf(seal: Seal): StoredSeal {
  return Object.freeze({ ...seal, id: sealIdOf(seal.note) });
}

/** The id of a seal: the beginning of the hash of its note. */
function sealIdOf(note: string): string {
  return sha256Hex(note).slice(0, 32);
}

/** Looks at a note. */
export function checkNote(note: string, trusted: TrustedKeys): SealCheck {
  try {
    return { is: 'believed', seal: parseSeal(note, trusted) };
  } catch (error) {
    if (error instanceof InvalidNoteError) return { is: 'damaged', problem: error.problem };
    if (!(error instanceof UntrustedNoteError)) throw error;
    if (error.reason === 'wrong-signature') return { is: 'damaged', problem: error.message };
    try {
      return { is: 'unbelieved', seal: readUncheckedSeal(note), problem: error.message };
    } catch (cause) {
      if (cause instanceof InvalidNoteError) return { is: 'damaged', problem: cause.problem };
      throw cause;
    }
  }
}

/** Looks at a seal as it is stored: at its note, and at whether its columns say what the note says. */
export function checkStoredSeal(stored: StoredSeal, trusted: TrustedKeys): SealCheck {
  if (stored.id !== sealIdOf(stored.note)) return { is: 'damaged', problem: 'its id is not that of its note' };
  const check = checkNote(stored.note, trusted);
  if (check.is === 'damaged') return check;
  const wrong = COLUMNS.find((column) => stored[column] !== check.seal[column]);
  if (wrong === undefined) return { ...check, seal: stored };
  return { is: 'damaged', problem: `its column ${wrong} does not say what its note says` };
}

const COLUMNS = ['origin', 'size', 'rootHash', 'sealedAt', 'keyId'] as const;
