import * as crypto from 'node:crypto';
import { formatKey, InvalidKeyError, parseKey } from './key-text.js';
import { VerifierKey } from './verifier-key.js';

const PRIVATE = 'PRIVATE+KEY+';

/** What comes before the seed in the PKCS #8 form of an Ed25519 key, RFC 8410 section 7. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * An Ed25519 key that signs for the log of its name. It shows itself in no log and no JSON: the only ways out are
 * `toSecretText` and `toPkcs8`.
 *
 * @example
 * const key = generateSigningKey('example.com/orders');
 * await writeFile('waymark.key', `${key.toSecretText()}\n`, { mode: 0o600 });
 * console.log(`pin this key: ${key.verifier}`);
 */
export class SigningKey {
  /** Its public half. */
  readonly verifier: VerifierKey;
  readonly #key: crypto.KeyObject;

  private constructor(name: string, key: crypto.KeyObject) {
    const { x } = crypto.createPublicKey(key).export({ format: 'jwk' });
    this.verifier = new VerifierKey(name, Buffer.from(x ?? '', 'base64url'));
    this.#key = key;
  }

  /**
   * The key of a seed: 32 random bytes, RFC 8032's private key.
   *
   * @throws InvalidKeyError
   */
  static fromSeed(name: string, seed: Uint8Array): SigningKey {
    if (seed.length !== 32) throw new InvalidKeyError('the seed of an Ed25519 key has 32 bytes');
    const der = Buffer.concat([PKCS8_HEAD, seed]);
    return new SigningKey(name, crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  }

  /**
   * The key of a text that `toSecretText` made.
   *
   * @throws InvalidKeyError when it is none, or its id is not that of its name and key
   */
  static parse(text: string): SigningKey {
    if (typeof text !== 'string' || !text.trimStart().startsWith(PRIVATE)) {
      throw new InvalidKeyError(`a signing key begins with ${PRIVATE}`);
    }
    const { name, keyId, bytes } = parseKey(text.trimStart().slice(PRIVATE.length));
    const key = SigningKey.fromSeed(name, bytes);
    if (key.keyId !== keyId) throw new InvalidKeyError('its id is not that of its name and key');
    return key;
  }

  /**
   * The key of a PEM in PKCS #8, unencrypted: what `openssl genpkey -algorithm ed25519` writes.
   *
   * @param name the log that it signs for; PKCS #8 has none
   * @throws InvalidKeyError
   */
  static fromPkcs8(name: string, pem: string): SigningKey {
    let key: crypto.KeyObject;
    try {
      key = crypto.createPrivateKey({ key: pem, format: 'pem' });
    } catch (error) {
      throw new InvalidKeyError('it is not a private key in PEM', { cause: error });
    }
    if (key.asymmetricKeyType !== 'ed25519') throw new InvalidKeyError('it is not an Ed25519 key');
    return new SigningKey(name, key);
  }

  get name(): string {
    return this.verifier.name;
  }

  get keyId(): string {
    return this.verifier.keyId;
  }

  /** The signature over a text's UTF-8 bytes: 64 bytes. */
  sign(text: string): Buffer {
    return crypto.sign(null, Buffer.from(text), this.#key);
  }

  /** `PRIVATE+KEY+name+id+base64`, to be kept secret. */
  toSecretText(): string {
    const { d } = this.#key.export({ format: 'jwk' });
    return PRIVATE + formatKey(this.name, this.keyId, Buffer.from(d ?? '', 'base64url'));
  }

  /** The key in PKCS #8, unencrypted, as PEM. To be kept secret. */
  toPkcs8(): string {
    return this.#key.export({ type: 'pkcs8', format: 'pem' }) as string;
  }
}

/**
 * A new key, from the system's source of randomness.
 *
 * @param name the log that it signs for: best a URL without its scheme, such as `example.com/orders`, which nobody else
 *   would use. No spaces, no plus
 * @throws InvalidKeyError `WAYMARK_INVALID_KEY` when it can't be a name
 * @example
 * const key = generateSigningKey('example.com/orders');
 */
export function generateSigningKey(name: string): SigningKey {
  return SigningKey.fromSeed(name, crypto.randomBytes(32));
}
