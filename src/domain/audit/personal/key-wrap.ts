import * as crypto from 'node:crypto';
import { InvalidArgumentError } from '../../shared/errors.js';
import { SUBJECT_KEY_BYTES } from './personal-envelope.js';

const PLAIN = 'plain:';
const WRAPPED = 'gcm:';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * How keys are written: as they are, or wrapped with a master key that is kept elsewhere, so that the store alone does
 * not read what it holds of people.
 */
export class KeyWrap {
  readonly #master: Buffer | undefined;

  /** @param master 32 bytes; without them keys are written as they are */
  constructor(master?: Uint8Array) {
    if (master !== undefined && master.length !== SUBJECT_KEY_BYTES) {
      throw new InvalidArgumentError(`A master key has ${SUBJECT_KEY_BYTES} bytes, and this one ${master.length}.`, {
        hint: 'Make one: openssl rand -hex 32.',
      });
    }
    this.#master = master === undefined ? undefined : Buffer.from(master);
  }

  /**
   * What tells this master key from another one, and nothing of it: 12 hexadecimal characters. `undefined` without a
   * master key.
   */
  get masterId(): string | undefined {
    if (this.#master === undefined) return undefined;
    return crypto.createHmac('sha256', this.#master).update('waymark master key id 1').digest('hex').slice(0, 12);
  }

  /** A key as text. A wrapped one opens under its own id alone. */
  wrap(id: string, key: Uint8Array): string {
    if (this.#master === undefined) return PLAIN + Buffer.from(key).toString('base64url');
    const nonce = crypto.randomBytes(NONCE_BYTES);
    const cipher = crypto.createCipheriv(CIPHER, this.#master, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(id));
    const bytes = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    return WRAPPED + bytes.toString('base64url');
  }

  /** The key of a text; `undefined` where it is damaged, or wrapped with another master key. */
  unwrap(id: string, material: string): Buffer | undefined {
    if (material.startsWith(PLAIN)) return ofLength(Buffer.from(material.slice(PLAIN.length), 'base64url'));
    const bytes = Buffer.from(material.slice(WRAPPED.length), 'base64url');
    const isWrapped = material.startsWith(WRAPPED) && bytes.length === NONCE_BYTES + SUBJECT_KEY_BYTES + TAG_BYTES;
    if (!isWrapped || this.#master === undefined) return undefined;
    const decipher = crypto.createDecipheriv(CIPHER, this.#master, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(id));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}

function ofLength(key: Buffer): Buffer | undefined {
  return key.length === SUBJECT_KEY_BYTES ? key : undefined;
}
