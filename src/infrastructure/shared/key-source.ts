import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { WaymarkError } from '../../domain/shared/errors.js';

/** What a signing key's text begins with, also where it was mangled on its way through a shell or a URL. */
const PRIVATE_KEY = /private(\+|%2b)key/i;
/** More digits than a name has. */
const HEX_RUN = /[0-9a-f]{24}/i;
/** What people write around and into keys that they copy. */
const DECORATION = /[\s'"`:,;]/g;
const BASE64_RUN = /[A-Za-z0-9+=_-]{24}/;
const WHOLE_BASE64 = /^[A-Za-z0-9+/=_-]{40,}$/;
/** What a path has and a key has not; base64 may hold a slash, so that does not do alone. */
const PATH = /[/\\]|\.[A-Za-z0-9]{1,8}$/;

/**
 * Whether a text holds what a key consists of, be it whole or not: it must be shown to nobody then.
 *
 * It is a guess, and rather guesses that it does: all that depends on it is whether an error repeats the text.
 */
export function looksLikeKey(text: string): boolean {
  const bare = text.replaceAll(DECORATION, '');
  if (PRIVATE_KEY.test(bare) || HEX_RUN.test(bare)) return true;
  if (WHOLE_BASE64.test(bare) && (isMixed(bare) || !bare.includes('/'))) return true;
  return bare.split(/[/\\.]/).some((part) => BASE64_RUN.test(part) && isMixed(part));
}

/** Whether it is a signing key's text, which names no file. */
export function isSigningKeyText(text: string): boolean {
  return PRIVATE_KEY.test(text);
}

/** What a text was to be that names no file that can be read. */
export interface KeyFileErrors {
  /** What to do when there is no such file. */
  readonly hint: string;
  /** The error for a text that may be a key, and must not be repeated. */
  readonly notAKey: () => Error;
}

/**
 * The text of a file with a key.
 *
 * @param path what was given; a key that is none ends up here too, and no error repeats what may be one
 * @throws WaymarkError `WAYMARK_KEY_FILE_FAILED`, or what `errors.notAKey` gives
 */
export function readKeyText(path: string, { hint, notAKey }: KeyFileErrors): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (looksLikeKey(path)) throw notAKey();
    const why = (error as NodeJS.ErrnoException).code ?? 'it is no path';
    // The system's error has the path in it.
    if (!PATH.test(path) || path.includes('\0')) {
      const name = `whose name has ${path.length} characters`;
      throw new WaymarkError('WAYMARK_KEY_FILE_FAILED', `The key file ${name} can not be read: ${why}.`, { hint });
    }
    throw new WaymarkError('WAYMARK_KEY_FILE_FAILED', `The key file ${resolve(path)} can not be read: ${why}.`, {
      cause: error,
      hint,
      details: { path: resolve(path) },
    });
  }
}

/** Random characters are of every kind; words of a path seldom are. */
function isMixed(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
}
