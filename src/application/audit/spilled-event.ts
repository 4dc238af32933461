import type { EntryBody } from '../../domain/audit/audit-entry.js';
import { draftEntry, parseEntryBody } from '../../domain/audit/entry-codec.js';
import { concealForSpill, type SpillingKeys } from '../../domain/audit/personal/spill-personal.js';
import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import { UnknownEvent } from '../../domain/events/unknown-event.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { personalSchemasOf } from './personal/personal-drafts.js';
import { rememberSpilled, type WrappedSpillKey } from './personal/spilled-personal.js';
import type { SubjectKeyring } from './personal/subject-keyring.js';

/** An event as a line of a spill file. */
export interface EventLine {
  readonly text: string;
  /** How many of its personal values are not in it. */
  readonly leftOut: number;
}

/** A line whose event holds something about people, encrypted. */
interface PersonalLine {
  readonly personal: { readonly key?: WrappedSpillKey };
  readonly entry: unknown;
}

const PERSONAL_START = '{"personal":';
const NO_KEYS: SpillingKeys = { of: () => undefined, spillKey: undefined };

/**
 * An event as a line: the text that its entry would have, with what its type says of it (severity, outcome, category,
 * message). A process that replays the line may not know the type. Personal values are encrypted, or left out.
 *
 * @param keyring the keys of people; without one their values are left out
 */
export function eventLine(
  event: DomainEvent,
  catalog: EventCatalog,
  now: string,
  keyring: SubjectKeyring | undefined,
): EventLine {
  const own = (event.constructor as Partial<AnyEventClass>).definition as EventDefinition | undefined;
  const definition = (catalog.find(event.type)?.definition as EventDefinition | undefined) ?? own;
  const schemas = personalSchemasOf(event, catalog);
  if (schemas === undefined) return { text: `{${draftEntry(event, definition, now).rest}`, leftOut: 0 };
  const keys = keyring?.forSpilling() ?? NO_KEYS;
  const concealed = concealForSpill(schemas, event.payload as JsonObject, event.id, keys);
  const entry = `{${draftEntry(event, definition, now, concealed).rest}`;
  const { spillKey } = keys;
  const isUsed = spillKey !== undefined && entry.includes(spillKey.id);
  const personal: PersonalLine['personal'] = isUsed && keyring ? { key: keyring.wrapSpillKey(spillKey) } : {};
  return { text: `${PERSONAL_START}${JSON.stringify(personal)},"entry":${entry}}`, leftOut: concealed.leftOut };
}

/**
 * The event of a line, of its class where the catalog knows it. Its personal values stay encrypted.
 *
 * @throws WaymarkError `WAYMARK_LOG_CORRUPT` when the line is no entry
 */
export function eventOfLine(line: string, catalog: EventCatalog): DomainEvent {
  if (!line.startsWith(PERSONAL_START)) return eventOf(parseEntryBody(line, 0), catalog);
  const { personal, entry } = JSON.parse(line) as PersonalLine;
  const body = parseEntryBody(JSON.stringify(entry), 0);
  const registered = catalog.find(body.type)?.definition as EventDefinition | undefined;
  // An encrypted value opens in its place alone: it must not be brought into a newer shape before it is stored.
  const event = registered?.version === body.schemaVersion ? eventOf(body, catalog) : describedEvent(body);
  rememberSpilled(event, personal);
  return event;
}

function eventOf(body: EntryBody, catalog: EventCatalog): DomainEvent {
  try {
    if (catalog.find(body.type) !== undefined) return catalog.decode(recordOf(body));
  } catch (error) {
    // What can't be brought into its newest shape is kept in the one that it has.
    if (!WaymarkError.is(error, 'WAYMARK_UPCAST_FAILED')) throw error;
  }
  return describedEvent(body);
}

/** An event of a type that nobody has registered (yet): it says of it what was said when it was published. */
function describedEvent(body: EntryBody): DomainEvent {
  const { type, payload, ...context } = recordOf(body);
  const Described = describedAs(body);
  return new Described(type, payload, context);
}

function recordOf(body: EntryBody) {
  const { recordedAt: _, severity: __, outcome: ___, category: ____, message: _____, ...record } = body;
  return record;
}

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
