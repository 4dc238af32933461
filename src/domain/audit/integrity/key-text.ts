import { InvalidArgumentError } from '../../shared/errors.js';
import { sha256 } from '../../shared/hash.js';
import { labelProblem } from '../../shared/identifiers.js';

/** The byte for Ed25519 in a C2SP note key. It is the only kind of signature that Waymark makes or checks. */
const ED25519 = 0x01;

/** A key, its name or its text is none. The message never shows the text: it may be a private key. */
export class InvalidKeyError extends InvalidArgumentError {
  constructor(problem: string, options: { readonly cause?: unknown } = {}) {
    super(`The key is not valid: ${problem}.`, {
      ...options,
      code: 'WAYMARK_INVALID_KEY',
      hint: 'Give the whole line as it was printed: NAME+ID+KEY, or PRIVATE+KEY+NAME+ID+KEY for signing.',
    });
  }
}

/**
 * A key's name has to fit into a signature line, between its spaces, and into a key's text, between its plus signs.
 *
 * @throws InvalidKeyError
 */
export function assertKeyName(name: unknown): asserts name is string {
  const problem = labelProblem(name);
  if (problem !== undefined) throw new InvalidKeyError(`its name ${problem}`);
  if (/[\p{White_Space}+]/u.test(name as string)) throw new InvalidKeyError('its name must hold no space and no plus');
}

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), in hexadecimal. */
export function keyIdOf(name: string, publicKey: Uint8Array): string {
  return sha256(name, Uint8Array.of(0x0a, ED25519), publicKey).toString('hex', 0, 4);
}

/** `name+id+base64(0x01 ‖ bytes)`. */
export function formatKey(name: string, keyId: string, bytes: Uint8Array): string {
  return `${name}+${keyId}+${Buffer.from([ED25519, ...bytes]).toString('base64')}`;
}

/**
 * The parts of a text as {@link formatKey} makes it. White space around it is left out: a key is kept in a file, and
 * files end in a line break. Whether the name and the length are those of a key is for the key to check.
 *
 * @throws InvalidKeyError
 */
export function parseKey(text: unknown): { readonly name: string; readonly keyId: string; readonly bytes: Buffer } {
  if (typeof text !== 'string') throw new InvalidKeyError('it must be a string');
  const [, name, keyId, base64] = /^([^+]*)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  if (name === undefined || keyId === undefined || base64 === undefined) {
    throw new InvalidKeyError('it is not of the form NAME+ID+KEY');
  }
  const bytes = decodeBase64(base64);
  if (bytes === undefined) throw new InvalidKeyError('its last part is not base64');
  if (bytes[0] !== ED25519) throw new InvalidKeyError('it is not an Ed25519 key');
  return { name, keyId, bytes: bytes.subarray(1) };
}

/** The bytes that a text in standard base64 stands for, or `undefined` where there is another, canonical text for them. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
