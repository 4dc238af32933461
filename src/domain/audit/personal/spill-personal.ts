import type { z } from 'zod';
import { replacePersonal, withoutPersonal } from '../../events/personal-values.js';
import { PERSONAL_PLACEHOLDER } from '../../events/personal.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.js';
import type { ConcealedPayload, WritingKey } from './conceal-personal.js';
import {
  closeEnvelope,
  DamagedEnvelopeError,
  emptyEnvelope,
  openEnvelope,
  replaceEnvelopes,
} from './personal-envelope.js';

/** A key of one process for what it spills of people whose own keys are not at hand. */
export interface SpillKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The keys to spill with. */
export interface SpillingKeys {
  /** The key of a person, where it is at hand. */
  readonly of: (subject: string) => WritingKey | undefined;
  /** For everybody else; without it their values are left out. */
  readonly spillKey: SpillKey | undefined;
}

/** A payload as it may wait in a spill file. */
export interface SpilledPayload extends ConcealedPayload {
  /** How many values are left out: no key was at hand for them, and none is ever written in plain text. */
  readonly leftOut: number;
}

/**
 * Encrypts what a payload holds of people while their keys can't be asked for: with their own key, so that it is stored
 * as it is later, or with a key of the process. What is encrypted with that says whom it is about: who records it may not
 * know the type.
 */
export function concealForSpill(
  schemas: readonly z.core.$ZodType[],
  payload: JsonObject,
  eventId: string,
  { of, spillKey }: SpillingKeys,
): SpilledPayload {
  let leftOut = 0;
  const stored = replacePersonal(schemas, payload, ({ path, value, subject }) => {
    const key = subject === undefined ? undefined : of(subject);
    if (key?.bytes !== undefined) return closeEnvelope(value, key.id, key.bytes, { eventId, path });
    if (key !== undefined) return emptyEnvelope(value, key.id);
    if (spillKey !== undefined && subject !== undefined) {
      return closeEnvelope({ subject, value }, spillKey.id, spillKey.bytes, { eventId, path });
    }
    leftOut += 1;
    return PERSONAL_PLACEHOLDER;
  });
  return { stored, shown: withoutPersonal(schemas, payload), leftOut };
}

/** A value that waited in a spill file. */
export interface SpilledValue {
  readonly subject: string;
  readonly value: JsonValue;
}

/** What the key of a process opens in a payload that was spilled, by place. */
export function openSpilled(spilled: JsonObject, eventId: string, key: SpillKey): ReadonlyMap<string, SpilledValue> {
  const opened = new Map<string, SpilledValue>();
  replaceEnvelopes(spilled, (envelope, stored, path) => {
    if (envelope.s !== key.id) return stored;
    const inner = openEnvelope(envelope, key.bytes, { eventId, path });
    if (!isJsonObject(inner) || typeof inner['subject'] !== 'string' || inner['value'] === undefined) {
      throw new DamagedEnvelopeError('it does not say whom it is about');
    }
    opened.set(path, { subject: inner['subject'], value: inner['value'] });
    return stored;
  });
  return opened;
}

/**
 * A payload that was spilled as it is stored.
 *
 * @param opened what was encrypted with the key of a process; the rest is as it is to be stored
 * @param keys of all whom that is about
 */
export function concealSpilled(
  spilled: JsonObject,
  eventId: string,
  opened: ReadonlyMap<string, SpilledValue>,
  keys: ReadonlyMap<string, WritingKey>,
): ConcealedPayload {
  const stored = replaceEnvelopes(spilled, (_, envelope, path) => {
    const found = opened.get(path);
    if (found === undefined) return envelope;
    const key = keys.get(found.subject);
    if (key === undefined) return PERSONAL_PLACEHOLDER;
    return key.bytes === undefined
      ? emptyEnvelope(found.value, key.id)
      : closeEnvelope(found.value, key.id, key.bytes, { eventId, path });
  });
  return { stored, shown: replaceEnvelopes(spilled, () => PERSONAL_PLACEHOLDER) };
}
