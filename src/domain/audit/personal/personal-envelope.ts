import * as crypto from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue, pointerSegment, setOwn } from '../../shared/json.js';
import { sha256 } from '../../shared/hash.js';

/** What stands in a stored payload for a personal value. */
export interface PersonalEnvelope {
  readonly v: 1;
  /** The id of the key. */
  readonly s: string;
  /** What it was: a text, or something else. It decides what it reads as when the key is gone. */
  readonly t: 'text' | 'other';
  /** The nonce, 12 bytes in base64url. Without one there was no key any more when it was recorded. */
  readonly n?: string;
  /** The ciphertext and its tag of 16 bytes, in base64url. */
  readonly c?: string;
}

/** Where an envelope belongs: moved elsewhere, it does not open. */
export interface EnvelopePlace {
  readonly eventId: string;
  /** A JSON pointer into the payload. */
  readonly path: string;
}

/** How many bytes a key has. */
export const SUBJECT_KEY_BYTES = 32;

/** What every stored text with a personal value in it contains. */
export const ENVELOPE_MARK = '"$personal":';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_IDS = /"\$personal":\{"v":1,"s":"(?<id>[^"\\]+)"/g;

/** An envelope that does not open: its bytes, its place or its key are not those that it was made with. */
export class DamagedEnvelopeError extends Error {}

/** A new key, from the system's source of randomness. */
export function makeSubjectKey(): Buffer {
  return crypto.randomBytes(SUBJECT_KEY_BYTES);
}

/** Encrypts a value, with AES-256-GCM. What it belongs to is authenticated with it. */
export function closeEnvelope(value: JsonValue, keyId: string, key: Uint8Array, place: EnvelopePlace): JsonObject {
  const nonce = crypto.randomBytes(NONCE_BYTES);
  const cipher = crypto.createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bindingOf(place));
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { $personal: { ...stub(value, keyId), n: nonce.toString('base64url'), c: text.toString('base64url') } };
}

/** What is recorded of a value whose key is gone: that there was one. */
export function emptyEnvelope(value: JsonValue, keyId: string): JsonObject {
  return { $personal: stub(value, keyId) };
}

/**
 * The value of an envelope.
 *
 * @throws DamagedEnvelopeError
 */
export function openEnvelope({ n = '', c = '' }: PersonalEnvelope, key: Uint8Array, place: EnvelopePlace): JsonValue {
  const nonce = Buffer.from(n, 'base64url');
  const text = Buffer.from(c, 'base64url');
  if (nonce.length !== NONCE_BYTES || text.length < TAG_BYTES) throw new DamagedEnvelopeError('it is cut short');
  const decipher = crypto.createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bindingOf(place));
  decipher.setAuthTag(text.subarray(-TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(text.subarray(0, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(plain.toString('utf8')) as JsonValue;
  } catch (error) {
    throw new DamagedEnvelopeError('its bytes, its place or its key are not those that it was made with', {
      cause: error,
    });
  }
}

/** An envelope, where a stored value is one. Nothing but exactly what is written here counts. */
export function asEnvelope(value: JsonValue): PersonalEnvelope | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 1) return undefined;
  const inner = value['$personal'];
  if (!isJsonObject(inner)) return undefined;
  const { v, s, t, n, c, ...rest } = inner;
  const isOurs = v === 1 && typeof s === 'string' && (t === 'text' || t === 'other') && typeof n === typeof c;
  if (!isOurs || (n !== undefined && typeof n !== 'string') || Object.keys(rest).length > 0) return undefined;
  return inner as unknown as PersonalEnvelope;
}

/** A stored payload with something else in the place of each envelope. */
export function replaceEnvelopes(
  stored: JsonObject,
  replace: (envelope: PersonalEnvelope, value: JsonValue, path: string) => JsonValue,
): JsonObject {
  const walk = (value: JsonValue, path: string): JsonValue => {
    if (typeof value !== 'object' || value === null) return value;
    if (!isJsonObject(value)) return value.map((item, index) => walk(item, path + pointerSegment(index)));
    const envelope = asEnvelope(value);
    if (envelope !== undefined) return replace(envelope, value, path);
    const result = {};
    for (const [key, item] of Object.entries(value)) setOwn(result, key, walk(item, path + pointerSegment(key)));
    return result;
  };
  return walk(stored, '') as JsonObject;
}

/** The ids of the keys that a stored text names. */
export function keyIdsIn(body: string): readonly string[] {
  return Array.from(body.matchAll(KEY_IDS), (match) => match.groups?.['id'] as string);
}

/** What the stored text contains where something was encrypted with a key. */
export function textOfKey(keyId: string): string {
  return `${ENVELOPE_MARK}{"v":1,"s":${JSON.stringify(keyId)}`;
}

/** A person by a name that tells nothing to who has not the salt and a guess: 32 hexadecimal characters. */
export function subjectPseudonym(subject: string, salt: string): string {
  return crypto.createHmac('sha256', salt).update(subject).digest('hex').slice(0, 32);
}

function stub(value: JsonValue, keyId: string): JsonObject {
  return { v: 1, s: keyId, t: typeof value === 'string' ? 'text' : 'other' };
}

/** Hashed, so that no two places can be written alike. */
function bindingOf({ eventId, path }: EnvelopePlace): Buffer {
  return sha256('waymark personal 1\0', sha256(eventId), sha256(path));
}
