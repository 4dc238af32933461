import type { EventDefinition } from '../../domain/events/define-event.js';
import type { EventRecord } from '../../domain/events/domain-event.js';
import type { EventCatalog } from '../../domain/events/event-catalog.js';
import { severityInWords } from '../../domain/events/event-fields.js';
import { exampleRecord } from '../../domain/events/example-record.js';
import { ABOUT_CATEGORIES, ABOUT_FAMILIES } from '../../domain/events/families/about.js';
import { describeRecord, mapReferences } from '../../domain/events/json-schema.js';
import { isJsonObject, type JsonObject, type JsonValue, toJsonObject } from '../../domain/shared/json.js';

/** What to say of the catalog as a whole. */
export interface AsyncApiOptions {
  /** The version of the program whose events these are. */
  readonly version: string;
  /** By default `Waymark events`. */
  readonly title?: string;
}

/**
 * The AsyncAPI 3.0 document of every type in a catalog: a channel for each family, a message for each type, and
 * operations that say which events the program sends and which it takes from hosts. It is made from the Zod schemas.
 *
 * @example
 * await writeFile('asyncapi.json', JSON.stringify(asyncApiDocument(waymark.catalog, { version: '1.0.0' }), null, 2));
 */
export function asyncApiDocument(
  catalog: EventCatalog,
  { version, title = 'Waymark events' }: AsyncApiOptions,
): JsonObject {
  const definitions = catalog.list();
  const families = [...catalog.families().keys()].map((family) => ({ family, types: catalog.list({ family }) }));
  const categories = [...new Set(definitions.map(({ category }) => category))];
  return toJsonObject({
    asyncapi: '3.0.0',
    id: 'urn:waymark:events',
    info: {
      title,
      version,
      description:
        'Every type of event that Waymark records, by family. The engine emits some of them itself; hosts record the others, and whatever they declare of their own.',
      license: { name: 'MIT' },
      tags: categories.map((category) => ({ name: category, description: ABOUT_CATEGORIES[category] })),
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(families.map(({ family, types }) => [family, channel(family, types)])),
    operations: Object.fromEntries(families.flatMap(({ family, types }) => operations(family, types))),
    components: {
      messages: Object.fromEntries(definitions.map((definition) => [definition.type, message(definition)])),
      schemas: schemas(definitions),
    },
  });
}

/** An address is the topic that a subscriber names: `bus.subscribe('node.*', …)`. */
function channel(family: string, types: readonly EventDefinition[]): JsonObject {
  return {
    address: `${family}.*`,
    title: family,
    description: ABOUT_FAMILIES[family] ?? `The events of the family ${family}.`,
    messages: Object.fromEntries(types.map(({ type }) => [type, reference('components', 'messages', type)])),
  };
}

function operations(family: string, types: readonly EventDefinition[]): readonly (readonly [string, JsonObject])[] {
  const operation = (action: 'send' | 'receive', summary: string, of: readonly EventDefinition[]): JsonObject => ({
    action,
    channel: reference('channels', family),
    summary,
    messages: of.map(({ type }) => reference('channels', family, 'messages', type)),
  });
  const hosts = types.filter(({ emitter }) => emitter === 'host');
  const send = operation('send', `Subscribers get every ${family} event once it is recorded.`, types);
  if (hosts.length === 0) return [[`${family}.send`, send]];
  return [
    [`${family}.send`, send],
    [`${family}.receive`, operation('receive', `Hosts record ${family} events.`, hosts)],
  ];
}

function message(definition: EventDefinition): JsonObject {
  const { type, version, description, category, outcome, emitter, aliases } = definition;
  const example = exampleOf(definition);
  return {
    name: type,
    title: type,
    summary: description,
    tags: [{ name: category }],
    correlationId: { location: '$message.payload#/correlationId' },
    payload: reference('components', 'schemas', type),
    ...(example === undefined ? {} : { examples: [{ name: 'example', payload: { ...example } }] }),
    'x-waymark-version': version,
    'x-waymark-severity': severityInWords(definition),
    'x-waymark-outcome': outcome,
    'x-waymark-emitter': emitter,
    'x-waymark-aliases': aliases,
  };
}

/** A host's schema may be one that no example can be made for. */
function exampleOf(definition: EventDefinition): EventRecord | undefined {
  try {
    return exampleRecord(definition);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * The schemas of all types in one section. AsyncAPI's own schemas are a superset of draft 7 and know no `$defs`: what a
 * schema refers to becomes a schema beside it, and only once where several types share it.
 */
function schemas(definitions: readonly EventDefinition[]): JsonObject {
  const section = new Map<string, JsonValue>();
  const shared = new Map<string, string>();
  for (const definition of definitions) {
    const { $schema: _, $id, definitions: parts, ...schema } = describeRecord(definition, 'draft-07');
    const places = new Map<string, string>();
    for (const [name, part] of Object.entries(isJsonObject(parts) ? parts : {})) {
      // What has a title is shared by that, unless another type calls something else so.
      const text = JSON.stringify(part);
      const isShared = isJsonObject(part) && part['title'] === name && (shared.get(name) ?? text) === text;
      if (isShared) shared.set(name, text);
      places.set(name, isShared ? name : `${definition.type}.${name}`.replaceAll(/[^\w.-]/g, '_'));
    }
    const move = (value: JsonValue): JsonValue =>
      mapReferences(value, (ref) => `#/components/schemas/${places.get(ref.slice('#/definitions/'.length)) ?? ref}`);
    for (const [name, place] of places) section.set(place, move((parts as JsonObject)[name] ?? {}));
    section.set(definition.type, { ...(move(schema) as JsonObject), 'x-waymark-schema-id': $id ?? null });
  }
  return Object.fromEntries([...section].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function reference(...path: readonly string[]): JsonObject {
  return { $ref: `#/${path.join('/')}` };
}
