import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import {
  captured,
  defineEvent,
  type EventDefinition,
  eventJsonSchema,
  type JsonObject,
  NodeFailed,
  REDACTED,
  secret,
  WAYMARK_EVENTS,
} from '../../../../src/index.js';
import { eventFields } from '../../../../src/domain/events/event-fields.js';
import { exampleRecord } from '../../../../src/domain/events/example-record.js';
import { eventsJsonSchema } from '../../../../src/domain/events/json-schema.js';

const definitions = WAYMARK_EVENTS.map((event) => event.definition as unknown as EventDefinition);

/** An event with everything that a record may hold, as whoever is given the schema would meet it. */
const recordOf = (definition: EventDefinition): JsonObject => ({
  ...(structuredClone(exampleRecord(definition)) as unknown as JsonObject),
  causationId: 'event-0',
  source: 'waymark',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});

describe.each(definitions.map((definition) => [definition.type, definition] as const))(
  'the JSON Schema of %s',
  (type, definition) => {
    const schema = eventJsonSchema(definition);
    const record = recordOf(definition);
    let isValid: ValidateFunction;
    beforeAll(() => {
      isValid = strictAjv().compile(schema);
    });

    it('takes an event with everything, and one with only what is required', () => {
      expect(isValid(record) ? [] : isValid.errors).toStrictEqual([]);
      expect(isValid(onlyRequired(record, schema))).toBe(true);
      expect(isValid({ ...record, payload: onlyRequired(payloadOf(record), payloadSchemaOf(schema)) })).toBe(true);
    });

    it('takes none that lacks what is required', () => {
      for (const name of requiredOf(schema)) {
        expect([name, isValid(without(record, name))]).toStrictEqual([name, false]);
      }
      const payload = payloadOf(record);
      for (const name of requiredOf(payloadSchemaOf(schema))) {
        expect([name, isValid({ ...record, payload: without(payload, name) })]).toStrictEqual([name, false]);
      }
    });

    it('requires what the type itself requires', () => {
      const required = Object.entries(definition.schema.shape)
        .filter(([, field]) => !z.safeParse(field, undefined).success)
        .map(([name]) => name);
      expect(requiredOf(payloadSchemaOf(schema))).toStrictEqual(required);
    });

    it('takes none with a key that nobody declared', () => {
      expect(isValid({ ...record, surplus: 1 })).toBe(false);
      expect(isValid({ ...record, payload: { ...payloadOf(record), surplus: 1 } })).toBe(false);
    });

    it('takes none with a value of the wrong kind', () => {
      for (const name of Object.keys(record)) {
        expect([name, isValid({ ...record, [name]: ['wrong'] })]).toStrictEqual([name, false]);
      }
      for (const { name, type: kind } of eventFields(definition)) {
        if (kind === 'any JSON') continue;
        for (const value of [null, { wrong: true }, [[]], kind.startsWith('string') ? 1 : '']) {
          const mutated = { ...record, payload: { ...payloadOf(record), [name]: value } };
          expect([name, value, isValid(mutated)]).toStrictEqual([name, value, false]);
        }
      }
    });

    it('takes no other type and no other version', () => {
      expect(isValid({ ...record, type: `${type}_x` })).toBe(false);
      expect(isValid({ ...record, schemaVersion: definition.version + 1 })).toBe(false);
      expect(isValid({ ...record, occurredAt: '2026-13-01T12:00:00.000Z' })).toBe(false);
      expect(isValid({ ...record, occurredAt: '2026-01-01T12:00:00Z' })).toBe(false);
      expect(isValid({ ...record, traceparent: '00-0-0-00' })).toBe(false);
    });

    it('describes every part, down to the last field', () => {
      expect(undescribed(schema)).toStrictEqual([]);
      expect(eventFields(definition).map(({ name }) => name)).toStrictEqual(Object.keys(definition.schema.shape));
    });
  },
);

describe('a JSON Schema', () => {
  it('has an address that is stable, and the meaning of the type', () => {
    expect(eventJsonSchema(NodeFailed.definition)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:waymark:event:node.failed:1',
      title: 'node.failed',
      description: NodeFailed.definition.description,
    });
  });

  it('shares the error record, whose references resolve from the root', () => {
    const schema = eventJsonSchema(NodeFailed.definition) as unknown as { $defs: Record<string, unknown> };
    expect(Object.keys(schema.$defs)).toStrictEqual(['ErrorRecord']);
    expect(JSON.stringify(schema)).not.toContain('__schema');
    const isValid = strictAjv().compile(schema as unknown as JsonObject);
    const record = recordOf(NodeFailed.definition);
    const failedBy = (cause: unknown): unknown => ({
      ...record,
      payload: { ...payloadOf(record), error: { name: 'E', message: 'm', cause: { name: 'E', message: 'm', cause } } },
    });
    expect(isValid(failedBy({ name: 'E', message: 'deep' }))).toBe(true);
    expect(isValid(failedBy({ name: 'E' }))).toBe(false);
    expect(isValid(failedBy('deep'))).toBe(false);
  });

  it('says what is stored: a secret is redacted, a default filled in, and both keep their marks', () => {
    class CallMade extends defineEvent('crm.call_made', {
      version: 1,
      severity: 'info',
      category: 'operations',
      emitter: 'host',
      description: 'A call was made to the CRM.',
      message: () => 'called',
      payload: z.object({
        apiKey: secret(z.string().min(8)).describe('The key'),
        token: secret(z.string()).optional().describe('Another'),
        body: captured(z.unknown()).optional().describe('What was sent'),
        tries: z.int().default(1).describe('How often'),
      }),
    }) {}
    const definition = CallMade.definition as unknown as EventDefinition;
    const schema = eventJsonSchema(definition);
    expect(payloadSchemaOf(schema)).toMatchObject({
      required: ['apiKey', 'tries'],
      properties: {
        apiKey: { const: REDACTED, 'x-waymark-secret': true, description: 'The key' },
        token: { const: REDACTED, 'x-waymark-secret': true, description: 'Another' },
        body: { 'x-waymark-captured': true, description: 'What was sent' },
      },
    });
    const isValid = strictAjv().compile(schema);
    const made = new CallMade({ apiKey: '12345678', token: 'abc', body: { a: [1] } });
    expect(isValid(made.toJSON())).toBe(true);
    expect(isValid({ ...made.toJSON(), payload: { apiKey: '12345678', tries: 1 } })).toBe(false);
    expect(isValid(exampleRecord(definition))).toBe(true);
    expect(
      eventFields(definition).map(({ name, secret: isSecret, captured: isCaptured }) => [name, isSecret, isCaptured]),
    ).toStrictEqual([
      ['apiKey', true, false],
      ['token', true, false],
      ['body', false, true],
      ['tries', false, false],
    ]);
  });

  it('leaves open what Zod can say and JSON Schema can not', () => {
    const schema = z.object({ size: z.string().transform(Number).describe('A size') });
    const described = eventJsonSchema({ type: 'a.b', version: 1, description: 'x', schema });
    expect(payloadSchemaOf(described)).toMatchObject({ properties: { size: { description: 'A size' } } });
  });

  it('exists for all types at once', () => {
    const isValid = strictAjv().compile(eventsJsonSchema(definitions));
    for (const definition of definitions) {
      expect([definition.type, isValid(recordOf(definition))]).toStrictEqual([definition.type, true]);
    }
    const failed = recordOf(NodeFailed.definition);
    expect(isValid({ ...failed, type: 'node.completed' })).toBe(false);
    expect(isValid({ ...failed, payload: { ...payloadOf(failed), error: {} } })).toBe(false);
  });
});

describe('the fields of a type, for people', () => {
  it.each([
    ['node.failed', 'error', '{name: string, message: string, code?: string, stack?: string, cause?: ErrorRecord}'],
    ['node.failed', 'occurrence', 'integer ≥ 1'],
    ['node.progressed', 'fraction', 'number, 0 to 1'],
    ['node.progressed', 'message', 'string, ≤ 1000 characters'],
    ['node.suspended', 'awaiting', 'approval | timer | signal'],
    ['checkpoint.created', 'stateHash', 'SHA-256 in hex'],
    ['checkpoint.created', 'nextNodeIds', 'list of id'],
    ['checkpoint.created', 'terminal', 'boolean'],
    ['decision.made', 'decision', 'string, 10 to 500 characters'],
    ['execution.started', 'input', 'any JSON'],
    ['checkpoint.rollback_completed', 'rolledBackNodes', 'list of {nodeId: id, occurrence: integer ≥ 1}'],
  ])('of %s: %s is %s', (type, name, words) => {
    const definition = definitions.find((each) => each.type === type) as EventDefinition;
    expect(eventFields(definition).find((field) => field.name === name)?.type).toBe(words);
  });
});

function strictAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: true,
    strictTuples: true,
    strictRequired: true,
    allErrors: false,
  });
  addFormats.default(ajv);
  return ajv.addVocabulary(['x-waymark-secret', 'x-waymark-captured', 'x-personal']);
}

function payloadOf(record: JsonObject): JsonObject {
  return record['payload'] as JsonObject;
}

function payloadSchemaOf(schema: JsonObject): JsonObject {
  return (schema['properties'] as JsonObject)['payload'] as JsonObject;
}

function requiredOf(schema: JsonObject): readonly string[] {
  return (schema['required'] ?? []) as readonly string[];
}

function onlyRequired(value: JsonObject, schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => requiredOf(schema).includes(name)));
}

function without(value: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

/** Where a schema has a property that nothing is said about: of the record, of its payload, of what that holds. */
function undescribed(schema: unknown, path = ''): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, part]: [string, unknown]) => {
    const inner = undescribed(part, `${path}/${key}`);
    if (key !== 'properties') return inner;
    const silent = Object.entries(part as Record<string, { description?: string }>)
      .filter(([, { description = '' }]) => description.length < 3)
      .map(([name]) => `${path}/${key}/${name}`);
    return [...silent, ...inner];
  });
}
