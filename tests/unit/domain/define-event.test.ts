import { z } from 'zod';
import {
  type AnyEventClass,
  defineEvent,
  DomainEvent,
  EventCatalog,
  InvalidEventError,
  NodeFailed,
  UnknownEvent,
  WAYMARK_EVENTS,
} from '../../../src/index.js';
import { caught, caughtWaymark, codeOf } from '../../support/caught.js';
import { deal, DealCreated } from '../../support/deals.js';

const options = {
  version: 1,
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A fixture.',
  message: () => 'a fixture',
} as const;

describe('declaring a type', () => {
  it.each(['deal', 'Deal.created', 'deal.', '.created', 'deal..created', 'deal created', 'deal.*', '__proto__.x', ''])(
    'refuses the name %j',
    async (type) => {
      const error = await caughtWaymark(() => defineEvent(type, { ...options, payload: z.object({}) }));
      expect(error.code).toBe('WAYMARK_INVALID_EVENT_TYPE');
      expect(error.message).toContain(JSON.stringify(type));
    },
  );

  it.each([0, -1, 1.5, Number.NaN])('refuses version %p', async (version) => {
    const declare = (): unknown => defineEvent('deal.x', { ...options, version, payload: z.object({}) });
    expect(await codeOf(declare)).toBe('WAYMARK_INVALID_EVENT_TYPE');
  });

  it('gives no outcome unless one is named', () => {
    expect(DealCreated.definition.outcome).toBe('none');
  });
});

describe('validation', () => {
  it('names the type and every wrong field', async () => {
    const wrong = { executionId: '', nodeId: 'n', occurrence: 0, attempt: 1, durationMs: -1, recoverable: 'yes' };
    const error = await caught(() => new NodeFailed(wrong as never));
    expect(error).toBeInstanceOf(InvalidEventError);
    const { code, message, eventType, issues } = error as InvalidEventError;
    expect(code).toBe('WAYMARK_INVALID_EVENT');
    expect(eventType).toBe('node.failed');
    expect(message).toContain('node.failed');
    const wrongFields = ['durationMs', 'error', 'executionId', 'occurrence', 'recoverable'];
    expect([...new Set(issues.map((issue) => issue.path.join('.')))].toSorted()).toStrictEqual(wrongFields);
    for (const field of wrongFields) expect(message).toContain(field);
  });

  it.each([
    ['an unknown key', { dealId: 'd', extra: 1 }, 'extra'],
    ['nothing', undefined, 'deal.created'],
    ['null', null, 'deal.created'],
    ['a list', [], 'deal.created'],
    ['a missing field', {}, 'dealId'],
  ])('refuses %s', async (_, payload, named) => {
    const error = await caughtWaymark(() => new DealCreated(payload as never));
    expect(error.code).toBe('WAYMARK_INVALID_EVENT');
    expect(error.message).toContain(named);
  });

  it('is strict even where the schema was declared loose', async () => {
    class Loose extends defineEvent('deal.loosened', { ...options, payload: z.looseObject({ a: z.string() }) }) {}
    expect(await codeOf(() => new Loose({ a: 'x', b: 1 }))).toBe('WAYMARK_INVALID_EVENT');
  });

  it('refuses what is valid to the schema and is not JSON', async () => {
    class Anything extends defineEvent('deal.anything', { ...options, payload: z.object({ data: z.unknown() }) }) {}
    const error = await caughtWaymark(() => new Anything({ data: { when: new Date(0) } }));
    expect(error.code).toBe('WAYMARK_INVALID_EVENT');
    expect(error.message).toContain('/data/when');
  });

  it('fills in the defaults of the schema', () => {
    class WithDefault extends defineEvent('deal.defaulted', {
      ...options,
      payload: z.object({ stage: z.string().default('new') }),
    }) {}
    expect(new WithDefault({}).payload).toStrictEqual({ stage: 'new' });
  });
});

describe('an event', () => {
  it('is frozen as deep as it goes', () => {
    const event = new DealCreated({ dealId: 'd', tags: ['a'] });
    const parts = [event, event.payload, event.payload.tags, event.context];
    expect(parts.map((part) => Object.isFrozen(part))).toStrictEqual([true, true, true, true]);
    expect(() => Object.assign(event, { payload: {} })).toThrow(TypeError);
  });

  it("neither touches nor shares the caller's object", () => {
    const tags = ['a'];
    const payload = { dealId: 'd', tags };
    const event = new DealCreated(payload);
    tags.push('b');
    payload.dealId = 'changed';
    expect(event.payload).toStrictEqual({ dealId: 'd', tags: ['a'] });
    expect(Object.isFrozen(tags)).toBe(false);
  });

  it('is recognised by its type, across two definitions of it', () => {
    class Twin extends defineEvent('deal.created', { ...options, payload: z.object({ dealId: z.string() }) }) {}
    const event = deal();
    expect(Twin.is(event)).toBe(true);
    expect(event).not.toBeInstanceOf(Twin);
    expect(NodeFailed.is(event)).toBe(false);
    expect([null, undefined, 'deal.created', { type: 'deal.created' }].some((value) => Twin.is(value))).toBe(false);
    expect(DomainEvent.isEvent(event)).toBe(true);
  });

  it('is plain data as JSON', () => {
    const event = new DealCreated({ dealId: 'd' }, { id: 'e-1', occurredAt: '2026-01-01T00:00:00.000Z' });
    const text = JSON.stringify(event);
    expect(JSON.parse(text)).toStrictEqual({
      type: 'deal.created',
      id: 'e-1',
      occurredAt: '2026-01-01T00:00:00.000Z',
      stream: 'deal',
      schemaVersion: 1,
      payload: { dealId: 'd' },
    });
  });
});

describe('the catalog', () => {
  it('knows every type that Waymark declares, each by a name and a class of its own', () => {
    const catalog = new EventCatalog(WAYMARK_EVENTS);
    const types = catalog.list().map((definition) => definition.type);
    expect(new Set(types).size).toBe(WAYMARK_EVENTS.length);
    for (const declared of WAYMARK_EVENTS as readonly AnyEventClass[]) {
      expect(catalog.find(declared.type)).toBe(declared);
      // node.retry_scheduled → NodeRetryScheduled
      const words = declared.type.split(/[._]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
      expect((declared as unknown as { name: string }).name).toBe(words.join(''));
    }
  });

  it('describes every type and every field, for the generated reference', () => {
    for (const { type, description, schema } of new EventCatalog(WAYMARK_EVENTS).list()) {
      expect([type, description.length > 10]).toStrictEqual([type, true]);
      const fields = Object.entries(schema.shape);
      const undescribed = fields.filter(([, field]) => !(unwrap(field).description ?? field.description));
      expect([type, undescribed.map(([name]) => name)]).toStrictEqual([type, []]);
    }
  });

  it('takes a class twice, and never two classes of one name', async () => {
    class Impostor extends defineEvent('deal.created', { ...options, payload: z.object({}) }) {}
    const catalog = new EventCatalog([DealCreated]);
    catalog.register(DealCreated);
    expect(catalog.list()).toHaveLength(1);
    expect(await codeOf(() => catalog.register(Impostor))).toBe('WAYMARK_DUPLICATE_EVENT_TYPE');
    expect(catalog.find('deal.created')).toBe(DealCreated);
  });

  it('gives a record back as an event of its class, equal to what was recorded', () => {
    const event = new DealCreated({ dealId: 'd', tags: ['x'] }, { actor: 'user:ada' });
    const decoded = new EventCatalog([DealCreated]).decode(structuredClone(event.toJSON()));
    expect(decoded).toBeInstanceOf(DealCreated);
    expect(decoded).toStrictEqual(event);
    expect(Object.isFrozen(decoded.payload)).toBe(true);
  });

  it('restores what was recorded even where the schema of today is stricter', () => {
    const record = { ...deal().toJSON(), payload: { since_renamed: true } };
    expect(new EventCatalog([DealCreated]).decode(record).payload).toStrictEqual({ since_renamed: true });
  });

  it.each([
    ['a type that it does not know', { type: 'plugin.loaded' }],
    ['a version that it does not know', { schemaVersion: 2 }],
  ])('keeps everything of %s', (_, change) => {
    const record = { ...deal().toJSON(), ...change };
    const decoded = new EventCatalog([DealCreated]).decode(record);
    expect(decoded).toBeInstanceOf(UnknownEvent);
    expect(decoded.toJSON()).toStrictEqual(record);
    expect(DomainEvent.isEvent(decoded)).toBe(true);
  });
});

function unwrap(field: z.ZodType): z.ZodType {
  return field.type === 'optional' ? (field as z.ZodOptional<z.ZodType>).unwrap() : field;
}
