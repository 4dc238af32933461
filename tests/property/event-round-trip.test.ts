import fc from 'fast-check';
import {
  type AnyEventClass,
  createWaymark,
  type DomainEvent,
  EventCatalog,
  type EventRecord,
  WAYMARK_EVENTS,
  type Waymark,
} from '../../src/index.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { arbitraryOf, identifiers } from '../support/zod-arbitrary.js';

// Whatever a type's schema takes is given back as it was: class, payload and context; from JSON, from memory and from
// SQLite.

const events: readonly AnyEventClass[] = WAYMARK_EVENTS;
const catalog = new EventCatalog(events);

/** What may be said of an event's surroundings. */
const contexts = fc.record(
  {
    occurredAt: fc
      .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    correlationId: identifiers,
    causationId: identifiers,
    actor: identifiers,
    source: identifiers,
    traceparent: fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  },
  { requiredKeys: [] },
);

/** Events of a type, each of which holds what it was given and nothing else. */
const eventsOf = (type: AnyEventClass): fc.Arbitrary<DomainEvent> =>
  fc.tuple(arbitraryOf(type.definition.schema as never), contexts).map(([payload, context]) => {
    const event = new type(payload, context);
    // As text, where a key named __proto__ is told from a prototype.
    if (JSON.stringify(event.payload) === JSON.stringify(payload)) return event;
    throw new Error(`${type.type} does not hold what it was given: ${JSON.stringify([payload, event.payload])}`);
  });

function expectSame(read: DomainEvent, made: DomainEvent): void {
  expect(read.constructor).toBe(made.constructor);
  // As text: it tells a key named __proto__ or constructor from what an object inherits, and the order of keys.
  expect(JSON.stringify(read.payload)).toBe(JSON.stringify(made.payload));
  expect(read.context).toStrictEqual(made.context);
}

describe.each(events.map((type) => [type.type, type] as const))('%s', (_, type) => {
  it('takes what its schema takes, and comes back from JSON as it was', () => {
    fc.assert(
      fc.property(eventsOf(type), (event) => {
        const stored = JSON.stringify(event);
        const read = catalog.decode(JSON.parse(stored) as EventRecord);
        expectSame(read, event);
        expect(JSON.stringify(read)).toBe(stored);
      }),
      { numRuns: 15 },
    );
  });
});

describe.each([
  ['memory', () => 'memory:'],
  ['SQLite', (path: string) => `sqlite:${path}`],
] as const)('a store in %s', (_, storage) => {
  const folder = makeTemporaryFolder();
  const url = storage(folder.file('waymark.db'));
  // The same for both stores; a failure names the seed's event by its type.
  const made = events.map((type, index) => ({ type, events: fc.sample(eventsOf(type), { numRuns: 8, seed: index }) }));
  const read = new Map<string, DomainEvent>();
  let waymark: Waymark;

  beforeAll(async () => {
    waymark = await createWaymark({ storage: url, capture: true });
    // Types of hosts come in by both doors: every second event over the bus.
    const overTheBus = (type: AnyEventClass, index: number): boolean =>
      type.definition.emitter === 'host' && index % 2 === 0;
    for (const { type, events: ofType } of made) {
      for (const event of ofType.filter((_event, index) => overTheBus(type, index))) waymark.bus.publish(event);
    }
    await waymark.flush();
    await waymark.log.append(
      made.flatMap(({ type, events: ofType }) => ofType.filter((_event, index) => !overTheBus(type, index))),
    );
    if (url !== 'memory:') {
      await waymark.close();
      waymark = await createWaymark({ storage: url, capture: true });
    }
    for (const { event } of await waymark.log.query({}, { limit: 10_000 })) read.set(event.id, event);
  }, 30_000);
  afterAll(async () => {
    await waymark.close();
    folder.remove();
  });

  it.each(made.map(({ type, events: ofType }) => [type.type, ofType] as const))(
    'gives back %s as it was',
    (_type, ofType) => {
      expect(ofType.length).toBeGreaterThan(0);
      for (const event of ofType) expectSame(read.get(event.id)!, event);
    },
  );

  it('has each once, and a log that verifies', async () => {
    expect(read.size).toBe(made.reduce((sum, { events: ofType }) => sum + ofType.length, 0));
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });
});
