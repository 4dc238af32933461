import { concealPersonal, type ConcealedPayload, subjectsIn } from '../../../domain/audit/personal/conceal-personal.js';
import type { AnyEventClass, EventDefinition } from '../../../domain/events/define-event.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import type { EventCatalog } from '../../../domain/events/event-catalog.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
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
  let personal:
    { readonly event: DomainEvent; readonly schemas: Schemas; readonly subjects: ReadonlySet<string> }[] | undefined;
  for (const event of events) {
    const schemas = personalSchemasOf(event, catalog);
    if (schemas === undefined) continue;
    personal ??= [];
    personal.push({ event, schemas, subjects: subjectsIn(schemas, event.payload as JsonObject) });
  }
  if (personal === undefined) return undefined;
  const subjects = new Set(personal.flatMap((each) => [...each.subjects]));
  const keys = subjects.size === 0 ? undefined : await keyring?.forWriting(subjects, scope);
  return new Map(
    personal.map(({ event, schemas }) => [
      event,
      concealPersonal(schemas, event.payload as JsonObject, event.id, keys ?? new Map()),
    ]),
  );
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
