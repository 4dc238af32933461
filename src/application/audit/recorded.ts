import type { EventDraft, StoredEntry } from '../../domain/audit/audit-entry.js';
import { draftEntry } from '../../domain/audit/entry-codec.js';
import type { ConcealedPayload } from '../../domain/audit/personal/conceal-personal.js';
import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';

/** An event and the entry it was recorded as. */
export interface Recorded {
  readonly event: DomainEvent;
  readonly entry: StoredEntry;
  /**
   * The message of the entry, where it was made of this very event just now, and holds all of it: not where the event was
   * recorded before, nor where something about people was encrypted.
   */
  readonly message?: string | undefined;
}

/** What may be stored of those events that hold something about people. */
type Concealed = ReadonlyMap<DomainEvent, ConcealedPayload> | undefined;

/**
 * Events as entries that lack their positions.
 *
 * @param now milliseconds since 1970
 */
export function draftsOf(
  events: readonly DomainEvent[],
  catalog: EventCatalog,
  now: number,
  concealed?: Concealed,
): readonly EventDraft[] {
  const recordedAt = new Date(now).toISOString();
  return events.map((event) => draftEntry(event, definitionOf(event, catalog), recordedAt, concealed?.get(event)));
}

/** What became of events: their drafts' entries, in the same order. */
export function recordedOf(
  events: readonly DomainEvent[],
  drafts: readonly EventDraft[],
  entries: readonly StoredEntry[],
  concealed?: Concealed,
): readonly Recorded[] {
  return events.map((event, index) => {
    const entry = entries[index] as StoredEntry;
    const { columns, message } = drafts[index] as EventDraft;
    const isItself = entry.columns === columns && concealed?.has(event) !== true;
    return isItself ? { event, entry, message } : { event, entry };
  });
}

/** What is known of an event's type: by the catalog, or by the event's own class where a host did not register it. */
function definitionOf(event: DomainEvent, catalog: EventCatalog): EventDefinition | undefined {
  const own = event.constructor as Partial<AnyEventClass>;
  return (catalog.find(event.type)?.definition ?? own.definition) as EventDefinition | undefined;
}
