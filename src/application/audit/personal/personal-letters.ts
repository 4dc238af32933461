import type { AuditEntry } from '../../../domain/audit/audit-entry.js';
import { replacePersonal, withoutPersonal } from '../../../domain/events/personal-values.js';
import { PERSONAL_PLACEHOLDER } from '../../../domain/events/personal.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import type { EventCatalog } from '../../../domain/events/event-catalog.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { DeadLetterStorage } from '../../bus/recorded-event-bus.port.js';
import { personalSchemasOf } from './personal-drafts.js';

/**
 * Keeps what is personal out of dead letters: no erasure would reach it there. A letter has placeholders, and its event
 * is read from the log, which decrypts it, or shows what was erased.
 *
 * @param read gives the entry of an event, or rejects with `WAYMARK_EVENT_NOT_FOUND`
 */
export function personalLetters(
  catalog: EventCatalog,
  read: (eventId: string) => Promise<AuditEntry>,
): Required<Pick<DeadLetterStorage, 'conceal' | 'reveal'>> {
  return {
    conceal: (event) => {
      const record = event.toJSON();
      const schemas = personalSchemasOf(event, catalog);
      return schemas === undefined ? record : { ...record, payload: withoutPersonal(schemas, record.payload) };
    },
    reveal: async ({ event: { id, type, payload } }) => {
      // Not by the type: it may have become personal since, or its class may not be known here.
      if (!JSON.stringify(payload).includes(PLACEHOLDER_JSON)) return undefined;
      const { event, unreadable } = await entryOf(id, read);
      if (unreadable?.[0] !== undefined) throw unreadable[0].error;
      if (catalog.find(type) === undefined) throw unknownType(id, type);
      if (lacksPersonal(event, catalog)) throw leftOut(id);
      return event;
    },
  };
}

const PLACEHOLDER_JSON = JSON.stringify(PERSONAL_PLACEHOLDER);

async function entryOf(eventId: string, read: (eventId: string) => Promise<AuditEntry>): Promise<AuditEntry> {
  try {
    return await read(eventId);
  } catch (error) {
    if (!WaymarkError.is(error, 'WAYMARK_EVENT_NOT_FOUND')) throw error;
    throw unreadableLetter(eventId, 'its entry is not in the log (any more)', 'Discard the letter.', error);
  }
}

/** Whether the log has placeholders as well: an event that was spilled without any key is recorded without what is personal. */
function lacksPersonal(event: DomainEvent, catalog: EventCatalog): boolean {
  let lacks = false;
  replacePersonal(personalSchemasOf(event, catalog) ?? [], event.payload as JsonObject, ({ value }) => {
    lacks ||= value === PERSONAL_PLACEHOLDER;
    return value;
  });
  return lacks;
}

function leftOut(eventId: string): WaymarkError {
  return unreadableLetter(eventId, 'they were left out when it was recorded from a spill file', 'Discard the letter.');
}

function unknownType(eventId: string, type: string): WaymarkError {
  return unreadableLetter(
    eventId,
    `the catalog does not have ${type}`,
    'Register its class: waymark.catalog.register.',
  );
}

function unreadableLetter(eventId: string, why: string, hint: string, cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_PERSONAL_UNREADABLE',
    `The personal values of event ${eventId}, of a dead letter, can't be read: ${why}.`,
    { hint, details: { eventId }, cause },
  );
}
