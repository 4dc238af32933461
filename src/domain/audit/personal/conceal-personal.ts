import type { z } from 'zod';
import { replacePersonal, withoutPersonal } from '../../events/personal-values.js';
import { PERSONAL_PLACEHOLDER } from '../../events/personal.js';
import type { JsonObject } from '../../shared/json.js';
import { closeEnvelope, emptyEnvelope } from './personal-envelope.js';

/** A key to encrypt with; without bytes it was destroyed. */
export interface WritingKey {
  readonly id: string;
  readonly bytes: Uint8Array | undefined;
}

/** The payload of an event in the two forms that may be stored. */
export interface ConcealedPayload {
  /** What is stored as the payload. */
  readonly stored: JsonObject;
  /** What its message is made of. */
  readonly shown: JsonObject;
}

/** Whom a payload is about. */
export function subjectsIn(schemas: readonly z.core.$ZodType[], payload: JsonObject): ReadonlySet<string> {
  const subjects = new Set<string>();
  replacePersonal(schemas, payload, ({ subject, value }) => {
    if (subject !== undefined) subjects.add(subject);
    return value;
  });
  return subjects;
}

/**
 * Encrypts what a payload holds of people.
 *
 * @param keys by subject, as {@link subjectsIn} names them. What has none is not stored at all: never in plain text
 */
export function concealPersonal(
  schemas: readonly z.core.$ZodType[],
  payload: JsonObject,
  eventId: string,
  keys: ReadonlyMap<string, WritingKey>,
): ConcealedPayload {
  const stored = replacePersonal(schemas, payload, ({ path, value, subject }) => {
    const key = subject === undefined ? undefined : keys.get(subject);
    if (key === undefined) return PERSONAL_PLACEHOLDER;
    return key.bytes === undefined
      ? emptyEnvelope(value, key.id)
      : closeEnvelope(value, key.id, key.bytes, { eventId, path });
  });
  return { stored, shown: withoutPersonal(schemas, payload) };
}
