import { z } from 'zod';
import {
  type AnyEventClass,
  defineEvent,
  type DomainEvent,
  EventCatalog,
  type EventRecord,
  type JsonObject,
  UnknownEvent,
  WaymarkError,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { SequenceIds } from '../../../support/sequence-ids.js';

const options = {
  severity: 'info',
  category: 'workflow',
  emitter: 'host',
  description: 'A fixture.',
} as const;

/** Version 1 had a name, version 2 split it, version 3 nests it. */
class ClientAdded extends defineEvent('client.added', {
  ...options,
  version: 3,
  aliases: ['customer.added', 'customer.created'],
  message: ({ client }) => `${client.first} ${client.last}`,
  upcasters: {
    1: ({ name, ...rest }) => {
      const [first = '', last = ''] = (name as string).split(' ');
      return { ...rest, first, last };
    },
    2: ({ first = '', last = '', ...rest }) => ({ ...rest, client: { first, last } }),
  },
  payload: z.object({ id: z.string(), client: z.strictObject({ first: z.string(), last: z.string() }) }),
}) {}

const context = { id: 'e-1', occurredAt: '2026-01-01T00:00:00.000Z', stream: 'client', actor: 'user:ada' };
const record = (schemaVersion: number, payload: JsonObject, type = 'client.added'): EventRecord => ({
  type,
  ...context,
  schemaVersion,
  payload,
});
const catalog = new EventCatalog([ClientAdded]);
const newest = { id: 'c', client: { first: 'Ada', last: 'Lovelace' } };

describe('an older event', () => {
  it.each([
    [1, { id: 'c', name: 'Ada Lovelace' }],
    [2, { id: 'c', first: 'Ada', last: 'Lovelace' }],
    [3, newest],
  ])('of version %i goes up all the way to the newest', (version, payload) => {
    const stored = record(version, payload);
    const before = structuredClone(stored);
    const event = catalog.decode(stored);
    expect(event).toBeInstanceOf(ClientAdded);
    expect(event.payload).toStrictEqual(newest);
    expect(event.context).toStrictEqual({ ...context, schemaVersion: 3 });
    expect(Object.isFrozen(event.payload) && Object.isFrozen((event.payload as typeof newest).client)).toBe(true);
    expect(stored).toStrictEqual(before);
  });

  it('whose upcaster throws is told by type and version, with the cause', async () => {
    const error = await caughtWaymark(() => catalog.decode(record(1, { id: 'c' })));
    expect(error.code).toBe('WAYMARK_UPCAST_FAILED');
    expect(error.message).toContain('client.added of version 1');
    expect(error.details).toMatchObject({ version: 1 });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it('can be read, whatever today would say of it: a schema is for what is made', () => {
    const event = catalog.decode(record(3, { id: 7, more: true }));
    expect(event.payload).toStrictEqual({ id: 7, more: true });
  });
});

describe('a declaration', () => {
  const declare = (version: number, upcasters?: Readonly<Record<number, (payload: JsonObject) => JsonObject>>) => () =>
    defineEvent('client.x', {
      ...options,
      version,
      message: () => '',
      payload: z.object({}),
      ...(upcasters === undefined ? {} : { upcasters }),
    });
  const same = (payload: JsonObject): JsonObject => payload;

  it.each([
    ['none', 2, undefined, 1],
    ['the first', 3, { 2: same }, 1],
    ['the last', 3, { 1: same }, 2],
    ['a function', 2, { 1: 'same' as never }, 1],
  ] as const)('is refused without a way from every version: %s is missing', async (_, version, upcasters, from) => {
    const error = await caughtWaymark(declare(version, upcasters));
    expect(error.code).toBe('WAYMARK_INVALID_EVENT_TYPE');
    expect(error.message).toContain(`client.x has version ${version}, and no way from version ${from}`);
    expect(error.hint).toContain(`upcasters: { ${from}:`);
  });

  it('is taken with all of them', () => {
    expect(declare(3, { 1: same, 2: same })().definition.version).toBe(3);
  });
});

describe('an alias', () => {
  it.each(['customer.added', 'customer.created'])('%s stands for its type', (alias) => {
    expect(catalog.find(alias)).toBe(ClientAdded);
    expect(catalog.get(alias)).toBe(ClientAdded);
    const event = catalog.decode(record(1, { id: 'c', name: 'Ada Lovelace' }, alias));
    expect(event).toBeInstanceOf(ClientAdded);
    expect([event.type, event.payload]).toStrictEqual(['client.added', newest]);
    expect(ClientAdded.is(event)).toBe(true);
  });

  it('is not a type: lists and families have none of it', () => {
    expect(catalog.list().map((definition) => definition.type)).toStrictEqual(['client.added']);
    expect([...catalog.families()]).toStrictEqual([['client', 1]]);
  });

  const typed = (type: string, aliases: readonly string[] = []): AnyEventClass =>
    class extends defineEvent(type, { ...options, version: 1, aliases, message: () => '', payload: z.object({}) }) {};

  it.each([
    ['that is a type', typed('buyer.added', ['client.added']), 'client.added'],
    ['that is an alias already', typed('buyer.added', ['customer.added']), 'customer.added'],
    ['of which one is taken', typed('buyer.added', ['buyer.new', 'customer.created']), 'customer.created'],
  ])('%s is refused, and nothing of its type is registered', async (_, added, name) => {
    const own = new EventCatalog([ClientAdded]);
    const error = await caughtWaymark(() => own.register(added));
    expect(error.code).toBe('WAYMARK_DUPLICATE_EVENT_TYPE');
    expect(error.message).toContain(name);
    expect([own.find('buyer.added'), own.find('buyer.new')]).toStrictEqual([undefined, undefined]);
  });

  it('keeps its name from a type that comes later', async () => {
    const own = new EventCatalog([ClientAdded]);
    expect(await codeOf(() => own.register(typed('customer.added')))).toBe('WAYMARK_DUPLICATE_EVENT_TYPE');
    expect(own.find('customer.added')).toBe(ClientAdded);
  });

  it('is fine twice, where the same class is registered twice', () => {
    const own = new EventCatalog([ClientAdded]);
    own.register(ClientAdded, ClientAdded);
    expect(own.list()).toHaveLength(1);
  });

  it('has to be a name as a type has', async () => {
    expect(await codeOf(() => typed('buyer.added', ['Buyer Added']))).toBe('WAYMARK_INVALID_EVENT_TYPE');
  });
});

describe('what this build does not know', () => {
  const payload = JSON.parse('{"b":[1,{"__proto__":"x"}],"a":"\\u0000 é 😀","n":1e-7}') as JsonObject;
  const unknown = [
    ['a type', record(1, payload, 'plugin.done')],
    ['a newer version', record(4, payload)],
    ['a version that there can not be', record(0, payload)],
  ] as const;

  it.each(unknown)('%s: is kept with everything', (_, stored) => {
    const event = catalog.decode(stored);
    expect(event).toBeInstanceOf(UnknownEvent);
    expect(event.toJSON()).toStrictEqual(stored);
    expect(JSON.stringify(event)).toBe(JSON.stringify(stored));
    expect(Object.isFrozen(event) && Object.isFrozen(event.payload)).toBe(true);
  });

  it('is not appended again under a version that there can not be', async () => {
    await using waymark = await openWaymark();
    await expect(waymark.log.append([catalog.decode(record(0, payload))])).rejects.toThrow(/schemaVersion/);
  });

  it.each(unknown.slice(0, 2))('%s: can be appended again, byte for byte', async (_, stored) => {
    const [clock, ids] = [new FakeClock(), new SequenceIds()];
    await using first = await openWaymark({ clock, ids });
    first.catalog.register(ClientAdded);
    const [entry] = await first.log.append([catalog.decode(stored)]);
    expect(entry?.event.toJSON()).toStrictEqual(stored);
    await using second = await openWaymark({ clock, ids });
    second.catalog.register(ClientAdded);
    const [again] = await second.log.append([entry?.event as DomainEvent]);
    expect(again?.event).toBeInstanceOf(UnknownEvent);
    // The leaf is a digest of the stored bytes.
    expect(again?.leafHash).toBe(entry?.leafHash);
  });

  it('is not handed to functions that expect another shape', async () => {
    class Judged extends defineEvent('client.judged', {
      ...options,
      version: 1,
      severity: ({ mark }) => (mark.points > 5 ? 'info' : 'error'),
      message: ({ mark }) => `${mark.points} points`,
      payload: z.object({ mark: z.strictObject({ points: z.number() }) }),
    }) {}
    await using waymark = await openWaymark();
    waymark.catalog.register(Judged);
    const newer = new UnknownEvent('client.judged', { grade: 'A' }, { ...context, schemaVersion: 2 });
    const [entry] = await waymark.log.append([newer]);
    expect(entry).toMatchObject({ severity: 'info', category: 'workflow', message: 'client.judged' });
    await waymark.log.append([new Judged({ mark: { points: 1 } }, { id: 'e-2' })]);
    expect(await waymark.log.get('e-2')).toMatchObject({ severity: 'error', message: '1 points' });
  });

  it('is an UnknownEvent to nobody who knows it later', async () => {
    await using waymark = await openWaymark();
    await waymark.log.append([
      new UnknownEvent('client.added', { id: 'c', name: 'Ada Lovelace' }, { ...context, schemaVersion: 1 }),
    ]);
    expect((await waymark.log.get('e-1')).event).toBeInstanceOf(UnknownEvent);
    waymark.catalog.register(ClientAdded);
    expect((await waymark.log.get('e-1')).event).toBeInstanceOf(ClientAdded);
  });

  it('has a code of its own where it is asked for by name', async () => {
    const error = await caughtWaymark(() => catalog.get('plugin.done'));
    expect(WaymarkError.is(error, 'WAYMARK_UNKNOWN_EVENT_TYPE')).toBe(true);
    expect(catalog.find('plugin.done')).toBeUndefined();
  });
});
