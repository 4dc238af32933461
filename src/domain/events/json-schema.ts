import { z } from 'zod';
import { identifierSchema } from '../shared/identifier-schema.js';
import { MAX_IDENTIFIER_LENGTH } from '../shared/identifiers.js';
import { isJsonObject, type JsonObject, type JsonValue, toJsonObject } from '../shared/json.js';
import type { EventDefinition } from './define-event.js';
import { MAX_STREAM_KIND_LENGTH, TRACEPARENT } from './event-context.js';

/** What a description for machines needs to know of a type. */
export type DescribedEvent = Pick<EventDefinition, 'type' | 'version' | 'description' | 'schema'>;

/** The dialects that a schema can be written in. */
export type JsonSchemaDialect = 'draft-2020-12' | 'draft-07';

/**
 * The JSON Schema (2020-12) of a type's events as they are stored and sent: what `event.toJSON()` gives, payload and
 * context.
 *
 * It is made from the Zod schema. A field declared with `secret()` has the mark `x-waymark-secret`, one with `captured()`
 * the mark `x-waymark-captured`, and one with `personal()` the mark `x-personal`: its value is as handlers get it.
 * References resolve from the root of the document.
 *
 * @example
 * const validate = new Ajv2020().addVocabulary(['x-waymark-secret', 'x-waymark-captured', 'x-personal']).compile(
 *   eventJsonSchema(NodeCompleted.definition),
 * );
 */
export function eventJsonSchema(definition: DescribedEvent): JsonObject {
  return describeRecord(definition, 'draft-2020-12');
}

/**
 * One JSON Schema (2020-12) for the events of several types, each of which is embedded under its own `$id`. For a
 * single file that a host can validate anything with.
 */
export function eventsJsonSchema(definitions: readonly DescribedEvent[]): JsonObject {
  const schemas = definitions.map(eventJsonSchema);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:waymark:events',
    title: 'Waymark events',
    description: 'An event of any of these types.',
    type: 'object',
    anyOf: definitions.map((definition) => ({ $ref: schemaId(definition) })),
    $defs: Object.fromEntries(definitions.map(({ type }, index) => [type, schemas[index] ?? {}])),
  };
}

/** {@link eventJsonSchema} in a dialect. */
export function describeRecord(definition: DescribedEvent, dialect: JsonSchemaDialect): JsonObject {
  const { type, version, description, schema } = definition;
  const record = z.strictObject({
    type: z.literal(type).describe('What happened'),
    ...CONTEXT,
    schemaVersion: z.literal(version).describe("The version of the payload's shape"),
    payload: schema.describe(schema.description ?? 'The facts'),
  });
  // As output: what is stored has its defaults filled in and its secrets redacted. What Zod can't express (a
  // refinement, a transform that ends in nothing) is left open, not refused: the description then says less than the
  // check does.
  const { $schema, ...described } = toJsonObject(
    z.toJSONSchema(record, { target: dialect, io: 'output', unrepresentable: 'any' }),
  );
  return nameDefinitions({
    $schema: $schema ?? true,
    $id: schemaId(definition),
    title: type,
    description,
    ...described,
  });
}

/** `urn:waymark:event:node.completed:1`: the same for as long as the payload has this shape. */
export function schemaId({ type, version }: Pick<EventDefinition, 'type' | 'version'>): string {
  return `urn:waymark:event:${type}:${version}`;
}

/** A schema with every reference changed. */
export function mapReferences(schema: JsonValue, change: (reference: string) => string): JsonValue {
  if (Array.isArray(schema)) return schema.map((part: JsonValue) => mapReferences(part, change));
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, part]) => [
      key,
      key === '$ref' && typeof part === 'string' ? change(part) : mapReferences(part, change),
    ]),
  );
}

/** An event's context as it is written. `schemaVersion` is the type's own. */
const CONTEXT = {
  id: identifierSchema.describe('The event, a UUIDv7 unless it was given one. The log records an id once'),
  occurredAt: z
    .string()
    .meta({ format: 'date-time', pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$` })
    .describe('When it happened: ISO 8601, UTC, milliseconds'),
  stream: z
    .string()
    .min(1)
    .max(MAX_STREAM_KIND_LENGTH + 1 + MAX_IDENTIFIER_LENGTH)
    .describe('The ordered sequence it belongs to: execution/{executionId}'),
  correlationId: identifierSchema.describe('What belongs together across executions and services').optional(),
  causationId: identifierSchema.describe('The id of the event that led to this one').optional(),
  actor: identifierSchema.describe('Who did it: user:ada, service:nightly').optional(),
  source: identifierSchema.describe('The program that recorded it').optional(),
  traceparent: z
    .string()
    .regex(TRACEPARENT)
    .describe('The W3C Trace Context header of the span it happened in')
    .optional(),
};

/** The part of a schema that others refer to, by dialect. */
const DEFINITIONS = ['$defs', 'definitions'] as const;

/**
 * Zod numbers what it has to share; what has a title is called by that instead, which stays the same from type to type.
 */
function nameDefinitions(schema: JsonObject): JsonObject {
  const section = DEFINITIONS.find((key) => key in schema);
  const definitions = section === undefined ? undefined : schema[section];
  if (section === undefined || !isJsonObject(definitions)) return schema;
  const names = new Map<string, string>();
  const renamed = Object.entries(definitions).map(([key, definition]) => {
    const title = isJsonObject(definition) ? definition['title'] : undefined;
    const isFree = typeof title === 'string' && !(title in definitions) && ![...names.values()].includes(title);
    const name = isFree ? title : key;
    names.set(`#/${section}/${key}`, `#/${section}/${name}`);
    return [name, definition] as const;
  });
  return mapReferences(
    { ...schema, [section]: Object.fromEntries(renamed) },
    (reference) => names.get(reference) ?? reference,
  ) as JsonObject;
}
