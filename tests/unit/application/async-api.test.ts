import { type Diagnostic, Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import {
  asyncApiDocument,
  defineEvent,
  EventCatalog,
  type JsonObject,
  secret,
  WAYMARK_EVENTS,
} from '../../../src/index.js';

const VERSION = '1.2.3';

// AsyncAPI's own parser reads the document as any tool does: its structure, its references. It does not look at
// examples.
describe('the AsyncAPI document', () => {
  const catalog = new EventCatalog(WAYMARK_EVENTS);
  const document = asyncApiDocument(catalog, { version: VERSION });

  it('is valid, and describes every type in the channel of its family', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
    expect(diagnostics.filter(isSevere)).toStrictEqual([]);
    const channels = parsed?.channels().all() ?? [];
    expect(channels.map((channel) => [channel.id(), channel.address(), channel.messages().length])).toStrictEqual(
      Array.from(catalog.families(), ([family, count]) => [family, `${family}.*`, count]),
    );
    expect(
      new Set(
        parsed
          ?.allMessages()
          .all()
          .map((message) => message.name()),
      ),
    ).toStrictEqual(new Set(catalog.list().map(({ type }) => type)));
  });

  it('has schemas, of draft 7, that take their examples and nothing else', () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ components: document['components'] }, 'urn:waymark:document');
    const { messages } = document['components'] as unknown as {
      messages: Record<string, { payload: { $ref: string }; examples: { payload: JsonObject }[] }>;
    };
    for (const [type, { payload, examples }] of Object.entries(messages)) {
      const isValid = (value: unknown): unknown => ajv.validate(`urn:waymark:document${payload.$ref}`, value);
      const [example] = examples.map((each) => each.payload);
      expect([type, isValid(example)]).toStrictEqual([type, true]);
      expect([type, isValid({ ...example, payload: { surplus: 1 } })]).toStrictEqual([type, false]);
    }
    const failed = messages['node.failed']?.examples[0]?.payload;
    const withError = { ...failed, payload: { ...(failed?.['payload'] as JsonObject), error: { name: 'E' } } };
    expect(ajv.validate('urn:waymark:document#/components/schemas/node.failed', withError)).toBe(false);
  });

  it('says of each message what the catalog says of its type', () => {
    const { messages } = document['components'] as unknown as { messages: Record<string, JsonObject> };
    expect(messages['tool.completed']).toMatchObject({
      name: 'tool.completed',
      tags: [{ name: 'tool_usage' }],
      payload: { $ref: '#/components/schemas/tool.completed' },
      'x-waymark-version': 1,
      'x-waymark-severity': 'info',
      'x-waymark-outcome': 'success',
      'x-waymark-emitter': 'host',
      'x-waymark-aliases': ['tool.success', 'agent.tool_completed'],
    });
    expect(messages['system.health_checked']).toMatchObject({ 'x-waymark-severity': 'varies' });
    expect(document['info']).toMatchObject({ title: 'Waymark events', version: VERSION });
  });

  it('lets hosts record what they may record, and only that', () => {
    const operations = document['operations'] as unknown as Record<string, { action: string; messages: unknown[] }>;
    expect(Object.keys(operations).filter((name) => name.startsWith('node.'))).toStrictEqual(['node.send']);
    expect(operations['llm.send']).toMatchObject({ action: 'send' });
    expect(operations['llm.receive']).toMatchObject({ action: 'receive' });
    const received = Object.values(operations).filter(({ action }) => action === 'receive');
    expect(received.reduce((sum, { messages }) => sum + messages.length, 0)).toBe(
      catalog.list({ emitter: 'host' }).length,
    );
  });

  it('shares one error record, and keeps apart what only has its name', async () => {
    const other = (type: string, field: z.ZodType): ReturnType<typeof make> => make(type, field);
    const record = (limit: number): z.ZodType => {
      const titled: z.ZodType = z.lazy(() =>
        z.strictObject({ text: z.string().max(limit), next: titled.optional() }).meta({ title: 'Link' }),
      );
      return titled;
    };
    const own = new EventCatalog([other('a.one', record(1)), other('a.two', record(2)), other('b.three', record(1))]);
    const made = asyncApiDocument(own, { version: VERSION });
    const { schemas } = made['components'] as unknown as { schemas: object };
    expect(Object.keys(schemas)).toStrictEqual(['Link', 'a.one', 'a.two', 'a.two.Link', 'b.three']);
    const { diagnostics } = await new Parser().parse(JSON.stringify(made));
    expect(diagnostics.filter(isSevere)).toStrictEqual([]);
  });

  it("takes a host's types, with their secrets, and those that no example can be made for", async () => {
    const own = new EventCatalog([
      make('crm.called', secret(z.string().min(8))),
      make('crm.coded', z.string().regex(/^\d{3}-[xyz]$/)),
    ]);
    const made = asyncApiDocument(own, { version: VERSION, title: 'CRM' });
    const { messages, schemas } = made['components'] as unknown as Record<string, Record<string, JsonObject>>;
    expect(messages?.['crm.called']).toMatchObject({ examples: [{ payload: { payload: { field: '[redacted]' } } }] });
    expect(messages?.['crm.coded']).not.toHaveProperty('examples');
    expect(schemas?.['crm.called']).toMatchObject({
      properties: { payload: { properties: { field: { 'x-waymark-secret': true } } } },
    });
    const { diagnostics } = await new Parser().parse(JSON.stringify(made));
    expect(diagnostics.filter(isSevere)).toStrictEqual([]);
  });
});

function make(type: string, field: z.ZodType) {
  return class extends defineEvent(type, {
    version: 1,
    severity: 'info',
    category: 'operations',
    emitter: 'host',
    description: 'Something was done.',
    message: () => 'done',
    payload: z.object({ field: field.describe('What') }),
  }) {};
}

/** Errors and warnings, except the advice to use whatever version of the specification came out last. */
function isSevere({ severity, code }: Diagnostic): boolean {
  return Number(severity) <= 1 && code !== 'asyncapi-latest-version';
}
