import type { Severity } from '../audit/severity.js';
import { MAX_IDENTIFIER_LENGTH } from '../shared/identifiers.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../shared/json.js';
import { CAPTURED } from './capture.js';
import type { EventDefinition } from './define-event.js';
import { type DescribedEvent, eventJsonSchema } from './json-schema.js';
import { PERSONAL } from './personal.js';
import { SECRET } from './secret.js';

/** A field of a payload, for people. */
export interface EventField {
  readonly name: string;
  readonly required: boolean;
  /** `id`, `integer ≥ 0`, `a | b`, `list of {nodeId: id, occurrence: integer ≥ 1}`. */
  readonly type: string;
  readonly description: string;
  /** Its value is replaced by `[redacted]`. */
  readonly secret: boolean;
  /** It is encrypted with a key of the person that it is about. */
  readonly personal: boolean;
  /** It is kept only where the capture policy says so. */
  readonly captured: boolean;
}

/** The fields of a type's payload, in the order in which they were declared. */
export function eventFields(definition: DescribedEvent): readonly EventField[] {
  const root = eventJsonSchema(definition);
  const payload = resolve(part(part(root, 'properties'), 'payload'), root);
  const properties = part(payload, 'properties');
  const required = payload['required'];
  return Object.keys(properties).map((name) => {
    const field = part(properties, name);
    return {
      name,
      required: Array.isArray(required) && required.includes(name),
      type: typeInWords(field, root),
      description: typeof field['description'] === 'string' ? field['description'] : '',
      secret: field[SECRET] === true,
      personal: field[PERSONAL] === true,
      captured: field[CAPTURED] === true,
    };
  });
}

/** The severity of a type; `varies` where it depends on what happened. */
export function severityInWords({ severity }: Pick<EventDefinition, 'severity'>): Severity | 'varies' {
  return typeof severity === 'function' ? 'varies' : severity;
}

const DIGEST = '^[0-9a-f]{64}$';

/** What a schema allows, as people write it. */
function typeInWords(schema: JsonObject, root: JsonObject, within: readonly string[] = []): string {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    // What contains itself is named where it comes again.
    if (within.includes(reference)) return reference.slice(reference.lastIndexOf('/') + 1);
    return typeInWords(resolve(schema, root), root, [...within, reference]);
  }
  const inner = (of: JsonValue | undefined): string => typeInWords(isJsonObject(of) ? of : {}, root, within);
  const { const: constant, enum: values, anyOf, oneOf } = schema;
  if (constant !== undefined) return word(constant);
  if (Array.isArray(values)) return values.map(word).join(' | ');
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return options.map((option: JsonValue) => inner(option)).join(' or ');
  switch (schema['type']) {
    case 'string':
      return stringInWords(schema);
    case 'integer':
    case 'number':
      return numberInWords(schema['type'], schema);
    case 'array':
      return `list of ${inner(schema['items'])}`;
    case 'object':
      return objectInWords(schema, inner);
    case 'boolean':
    case 'null':
      return schema['type'];
    default:
      return 'any JSON';
  }
}

function stringInWords({ pattern, format, minLength, maxLength }: JsonObject): string {
  if (pattern === DIGEST) return 'SHA-256 in hex';
  if (minLength === 1 && maxLength === MAX_IDENTIFIER_LENGTH) return 'id';
  if (typeof format === 'string') return `string, ${format}`;
  if (maxLength === undefined) return minLength === undefined ? 'string' : `string, ≥ ${word(minLength)} characters`;
  return minLength === undefined
    ? `string, ≤ ${word(maxLength)} characters`
    : `string, ${word(minLength)} to ${word(maxLength)} characters`;
}

function numberInWords(name: string, { minimum, maximum }: JsonObject): string {
  const least = minimum === -Number.MAX_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `${name}, ${word(least)} to ${word(most)}`;
  if (least !== undefined) return `${name} ≥ ${word(least)}`;
  return most === undefined ? name : `${name} ≤ ${word(most)}`;
}

function objectInWords(schema: JsonObject, inner: (of: JsonValue | undefined) => string): string {
  const { properties, required, additionalProperties } = schema;
  if (!isJsonObject(properties)) {
    return isJsonObject(additionalProperties) ? `map to ${inner(additionalProperties)}` : 'object';
  }
  const fields = Object.entries(properties).map(([name, field]) => {
    const isRequired = Array.isArray(required) && required.includes(name);
    return `${name}${isRequired ? '' : '?'}: ${inner(field)}`;
  });
  return `{${fields.join(', ')}}`;
}

function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  return reference
    .split('/')
    .slice(1)
    .reduce((at, key) => part(at, key.replaceAll('~1', '/').replaceAll('~0', '~')), root);
}

function part(schema: JsonObject, key: string): JsonObject {
  const found = Object.hasOwn(schema, key) ? schema[key] : undefined;
  return isJsonObject(found) ? found : {};
}

function word(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
