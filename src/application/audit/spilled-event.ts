import type { EntryBody } from '../../domain/audit/audit-entry.js';
import { draftEntry, parseEntryBody } from '../../domain/audit/entry-codec.js';
import { concealPersonal } from '../../domain/audit/personal/conceal-personal.js';
import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import { UnknownEvent } from '../../domain/events/unknown-event.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';

/**
 * An event as a line: the text that its entry would have, with what its type says of it (severity, outcome, category,
 * message). A process that replays the line may not know the type. Personal values are left out.
 */
export function eventLine(event: DomainEvent, catalog: EventCatalog, now: string): string {
  const own = (event.constructor as Partial<AnyEventClass>).definition as EventDefinition | undefined;
  const registered = catalog.find(event.type)?.definition as EventDefinition | undefined;
  const personal = [registered, own].filter((definition) => definition?.holdsPersonal === true);
  const schemas = personal.map((definition) => (definition as EventDefinition).schema);
  // The keys of people are in the store, which can't be reached, and no erasure reaches a file beside it.
  const concealed =
    schemas.length === 0 ? undefined : concealPersonal(schemas, event.payload as JsonObject, event.id, new Map());
  return `{${draftEntry(event, registered ?? own, now, concealed).rest}`;
}

/**
 * The event of a line, of its class where the catalog knows it.
 *
 * @throws WaymarkError `WAYMARK_LOG_CORRUPT` when the line is no entry
 */
export function eventOfLine(line: string, catalog: EventCatalog): DomainEvent {
  const body = parseEntryBody(line, 0);
  const { recordedAt: _, severity: __, outcome: ___, category: ____, message: _____, ...record } = body;
  const { type, payload, ...context } = record;
  try {
    if (catalog.find(type) !== undefined) return catalog.decode(record);
  } catch (error) {
    // What can't be brought into its newest shape is kept in the one that it has.
    if (!WaymarkError.is(error, 'WAYMARK_UPCAST_FAILED')) throw error;
  }
  const Described = describedAs(body);
  return new Described(type, payload, context);
}

/** A class for an event of a type that nobody has registered (yet): it says of it what was said when it was published. */
function describedAs({ type, schemaVersion, severity, outcome, category, message }: EntryBody): typeof UnknownEvent {
  const definition: Partial<EventDefinition> = {
    type,
    version: schemaVersion,
    severity,
    outcome,
    category,
    message: () => message,
  };
  return class SpilledEvent extends UnknownEvent {
    static readonly definition = definition;
  };
}
