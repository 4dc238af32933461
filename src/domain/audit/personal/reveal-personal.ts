import { ERASED } from '../../events/personal.js';
import type { JsonObject, JsonValue } from '../../shared/json.js';
import { WaymarkError } from '../../shared/errors.js';
import { DamagedEnvelopeError, openEnvelope, type PersonalEnvelope, replaceEnvelopes } from './personal-envelope.js';

/**
 * What a reader has of a key: its bytes; that it was destroyed; or why it is not to be had. A key that nobody knows has
 * no entry.
 */
export type KeyState = Uint8Array | 'destroyed' | 'locked';

/** The keys that a reading takes, by their ids. */
export type PersonalKeys = ReadonlyMap<string, KeyState>;

/** A personal field that can't be read, though nobody was erased. */
export interface UnreadableField {
  /** A JSON pointer into the payload as it is stored. */
  readonly path: string;
  /** `WAYMARK_PERSONAL_UNREADABLE`. Its `details.isLocked` tells whether a master key is what is missing. */
  readonly error: WaymarkError;
}

/** A stored payload with its personal values in their places. */
export interface RevealedPayload {
  readonly payload: JsonObject;
  /** Where what was erased was, as JSON pointers. */
  readonly erased: readonly string[];
  /** What could not be read: it is left as it is stored. */
  readonly unreadable: readonly UnreadableField[];
}

/** Decrypts what a stored payload holds of people. */
export function revealPersonal(stored: JsonObject, eventId: string, keys: PersonalKeys): RevealedPayload {
  const erased: string[] = [];
  const unreadable: UnreadableField[] = [];
  const open = (envelope: PersonalEnvelope, value: JsonValue, path: string): JsonValue => {
    const key = keys.get(envelope.s);
    if (key === 'destroyed') {
      erased.push(path);
      return envelope.t === 'text' ? ERASED : null;
    }
    try {
      if (key instanceof Uint8Array) return openEnvelope(envelope, key, { eventId, path });
      throw new DamagedEnvelopeError(
        key === 'locked' ? 'its key is wrapped with another master key' : 'its key is not here',
      );
    } catch (error) {
      if (!(error instanceof DamagedEnvelopeError)) throw error;
      unreadable.push({ path, error: unreadableField(path, eventId, error, key === 'locked') });
      return value;
    }
  };
  return { payload: replaceEnvelopes(stored, open), erased, unreadable };
}

function unreadableField(path: string, eventId: string, cause: DamagedEnvelopeError, isLocked: boolean): WaymarkError {
  return new WaymarkError(
    'WAYMARK_PERSONAL_UNREADABLE',
    `The personal field ${path} of event ${eventId} can't be read: ${cause.message}.`,
    {
      cause,
      hint: isLocked
        ? 'Give createWaymark the master key of the store: { personalKeys: { masterKey } }.'
        : 'Run waymark verify: it tells whether the entry is what was recorded. A copy of an entry elsewhere never opens.',
      details: { path, eventId, isLocked },
    },
  );
}
