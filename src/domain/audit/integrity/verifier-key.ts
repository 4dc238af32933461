import * as crypto from 'node:crypto';
import { assertKeyName, formatKey, InvalidKeyError, keyIdOf, parseKey } from './key-text.js';

/**
 * The public half of a signing key, with the name of the log that it signs for. Its text, `name+id+base64`, is that of
 * C2SP's signed-note, and what a third party pins.
 *
 * @example
 * const key = VerifierKey.parse('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
 * key.keyId; // c74f20a3
 */
export class VerifierKey {
  readonly name: string;
  /** Four bytes in hexadecimal. With the name they say which key a signature is of; they prove nothing. */
  readonly keyId: string;
  readonly #publicKey: Buffer;
  readonly #key: crypto.KeyObject;

  /**
   * @param publicKey 32 bytes, as in RFC 8032
   * @throws InvalidKeyError
   */
  constructor(name: string, publicKey: Uint8Array) {
    assertKeyName(name);
    if (publicKey.length !== 32) throw new InvalidKeyError('a public Ed25519 key has 32 bytes');
    this.name = name;
    this.#publicKey = Buffer.from(publicKey);
    this.keyId = keyIdOf(name, this.#publicKey);
    const x = this.#publicKey.toString('base64url');
    this.#key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  }

  /**
   * The key of a text.
   *
   * @throws InvalidKeyError when it is none, or its id is not that of its name and key
   */
  static parse(text: string): VerifierKey {
    const { name, keyId, bytes } = parseKey(text);
    const key = new VerifierKey(name, bytes);
    if (key.keyId !== keyId) throw new InvalidKeyError('its id is not that of its name and key');
    return key;
  }

  /** Whether a signature over a text's UTF-8 bytes is by this key. */
  verify(text: string, signature: Uint8Array): boolean {
    return crypto.verify(null, Buffer.from(text), this.#key, signature);
  }

  /** The 32 bytes of the key. */
  toBytes(): Buffer {
    return Buffer.from(this.#publicKey);
  }

  /** The key as SubjectPublicKeyInfo in PEM, for OpenSSL and the like. It has no name. */
  toPem(): string {
    return this.#key.export({ type: 'spki', format: 'pem' }) as string;
  }

  /** `name+id+base64` */
  toString(): string {
    return formatKey(this.name, this.keyId, this.#publicKey);
  }
}
