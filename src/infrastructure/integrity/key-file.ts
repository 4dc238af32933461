import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SigningKey } from '../../domain/audit/integrity/signing-key.js';
import { InvalidKeyError } from '../../domain/audit/integrity/key-text.js';
import { InvalidArgumentError, WaymarkError } from '../../domain/shared/errors.js';
import { isSigningKeyText, readKeyText } from '../shared/key-source.js';

const HINT = 'Name another file, or make one: waymark seal --generate-key FILE --name example.com/orders.';

/**
 * A signing key from its text, or from a file that holds it.
 *
 * @throws WaymarkError `WAYMARK_KEY_FILE_FAILED` when there is no such file; InvalidKeyError `WAYMARK_INVALID_KEY` when it
 *   holds no signing key
 */
export function loadSigningKey(textOrPath: string): SigningKey {
  if (typeof textOrPath !== 'string' || textOrPath.trim() === '') {
    throw new InvalidArgumentError('A signing key is given as a SigningKey, as its text, or as the path of its file.');
  }
  if (isSigningKeyText(textOrPath)) return SigningKey.parse(textOrPath);
  const notAKey = (): InvalidKeyError => new InvalidKeyError('it is neither the text of a signing key nor a file');
  return SigningKey.parse(readKeyText(textOrPath, { hint: HINT, notAKey }));
}

/**
 * Writes a signing key to a new file that only its owner may read.
 *
 * @throws WaymarkError `WAYMARK_KEY_FILE_FAILED` when there is one already: a key that is lost can't be made again
 */
export function writeKeyFile(path: string, key: SigningKey): void {
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      writeFileSync(file, `${key.toSecretText()}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw keyFileFailed(
      path,
      isThere ? 'is there already, and is not replaced' : `can not be written: ${why(error)}`,
      error,
    );
  }
}

function keyFileFailed(path: string, what: string, cause: unknown): WaymarkError {
  return new WaymarkError('WAYMARK_KEY_FILE_FAILED', `The key file ${resolve(path)} ${what}.`, {
    cause,
    hint: HINT,
    details: { path: resolve(path) },
  });
}

function why(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
