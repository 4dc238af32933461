import {
  concealPersonal,
  type ConcealedPayload,
  subjectsIn,
  type WritingKey,
} from '../../../domain/audit/personal/conceal-personal.js';
import { concealSpilled, openSpilled, type SpilledValue } from '../../../domain/audit/personal/spill-personal.js';
import type { AnyEventClass, EventDefinition } from '../../../domain/events/define-event.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import type { EventCatalog } from '../../../domain/events/event-catalog.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { spilledPersonalOf } from './spilled-personal.js';
import type { SubjectKeyring } from './subject-keyring.js';

type Schemas = readonly EventDefinition['schema'][];

/**
 * What may be stored of events that hold something about people, by event; of the others there is nothing to say. Without
 * a keyring it is all left out.
 */
export async function concealEvents(
  events: readonly DomainEvent[],
  catalog: EventCatalog,
  keyring: SubjectKeyring | undefined,
  scope: TransactionScope,
): Promise<ReadonlyMap<DomainEvent, ConcealedPayload> | undefined> {
  let personal: Personal[] | undefined;
  for (const event of events) {
    const found = spilledOf(event, keyring) ?? publishedOf(event, catalog);
    if (found !== undefined) (personal ??= []).push(found);
  }
  if (personal === undefined) return undefined;
  const subjects = new Set(personal.flatMap((each) => [...each.subjects]));
  const keys = (subjects.size === 0 ? undefined : await keyring?.forWriting(subjects, scope)) ?? new Map();
  return new Map(personal.map(({ event, conceal }) => [event, conceal(keys)]));
}

/** An event that holds something about people. */
interface Personal {
  readonly event: DomainEvent;
  readonly subjects: Iterable<string>;
  readonly conceal: (keys: ReadonlyMap<string, WritingKey>) => ConcealedPayload;
}

function publishedOf(event: DomainEvent, catalog: EventCatalog): Personal | undefined {
  const schemas = personalSchemasOf(event, catalog);
  if (schemas === undefined) return undefined;
  const payload = event.payload as JsonObject;
  const conceal = (keys: ReadonlyMap<string, WritingKey>): ConcealedPayload =>
    concealPersonal(schemas, payload, event.id, keys);
  return { event, subjects: subjectsIn(schemas, payload), conceal };
}

/** What comes from a spill file is encrypted already, whether its type is known here or not. */
function spilledOf(event: DomainEvent, keyring: SubjectKeyring | undefined): Personal | undefined {
  const spilled = spilledPersonalOf(event);
  if (spilled === undefined) return undefined;
  const payload = event.payload as JsonObject;
  const key = spilled.key === undefined ? undefined : keyring?.unwrapSpillKey(spilled.key);
  const opened: ReadonlyMap<string, SpilledValue> = key === undefined ? new Map() : openSpilled(payload, event.id, key);
  return {
    event,
    subjects: Array.from(opened.values(), ({ subject }) => subject),
    conceal: (keys) => concealSpilled(payload, event.id, opened, keys),
  };
}

/** Whether an event holds something about people, encrypted or not. */
export function holdsPersonal(event: DomainEvent, catalog: EventCatalog): boolean {
  return spilledPersonalOf(event) !== undefined || personalSchemasOf(event, catalog) !== undefined;
}

/** What the catalog calls personal, and what the event's own class does: either is enough. */
export function personalSchemasOf(event: DomainEvent, catalog: EventCatalog): Schemas | undefined {
  const own = (event.constructor as Partial<AnyEventClass>).definition as EventDefinition | undefined;
  const registered = catalog.find(event.type)?.definition as EventDefinition | undefined;
  if (own?.holdsPersonal !== true && registered?.holdsPersonal !== true) return undefined;
  const both = own === registered ? [own] : [registered, own];
  return both
    .filter((definition) => definition?.holdsPersonal === true)
    .map((definition) => (definition as EventDefinition).schema);
}
