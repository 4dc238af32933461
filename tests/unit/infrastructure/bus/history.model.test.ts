import fc from 'fast-check';
import type { DomainEvent, HistoryQuery } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { DealCreated, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

interface Entry {
  readonly sequence: number;
  readonly event: DomainEvent;
  readonly position: number | undefined;
}

const START = Date.UTC(2026, 0, 1);
const timeOf = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();
const sizeOf = (event: DomainEvent): number => Buffer.byteLength(JSON.stringify(event));

const published = fc.record({
  isWon: fc.boolean(),
  size: fc.nat(300),
  isRecorded: fc.boolean(),
  second: fc.nat(9),
});
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const query = fc.record({
  topic: maybe(fc.constantFrom('deal.won', 'deal.*', 'node.*')),
  after: maybe(fc.integer({ min: -1, max: 20 })),
  afterPosition: maybe(fc.integer({ min: -1, max: 60 })),
  since: maybe(fc.nat(9).map(timeOf)),
  until: maybe(fc.nat(9).map(timeOf)),
  limit: maybe(fc.nat(8)),
});

/** What a list of everything would answer. */
function naive(all: readonly Entry[], kept: readonly Entry[], wanted: HistoryQuery) {
  const { topic, after = 0, afterPosition, since, until, limit = Number.POSITIVE_INFINITY } = wanted;
  const events = kept
    .filter(({ sequence }) => sequence > after)
    .filter(({ position }) => afterPosition === undefined || (position !== undefined && position > afterPosition))
    .filter(
      ({ event }) =>
        (since === undefined || event.occurredAt >= since) && (until === undefined || event.occurredAt < until),
    )
    .filter(({ event }) => topic === undefined || topic === 'deal.*' || event.type === topic)
    .map(({ event }) => event);
  return {
    events: limit === 0 ? [] : events.slice(-limit),
    oldest: kept[0]?.sequence ?? 0,
    newest: all.length,
    // What the numbers alone choose of everything that was published, against what is there of it.
    gap: all.some(
      (entry) =>
        entry.sequence > after &&
        (afterPosition === undefined || (entry.position !== undefined && entry.position > afterPosition)) &&
        !kept.includes(entry),
    ),
  };
}

it('answers like a list would, bounded in events and in bytes', () => {
  fc.assert(
    fc.property(
      fc.record({ historySize: fc.nat(8), historyBytes: maybe(fc.nat(2_500)) }),
      fc.array(published, { maxLength: 20 }),
      fc.array(query, { minLength: 1, maxLength: 4 }),
      ({ historySize, historyBytes }, events, queries) => {
        const bus = makeBus({ historySize, ...(historyBytes === undefined ? {} : { historyBytes }) });
        const all: Entry[] = [];
        let kept: Entry[] = [];
        for (const [index, { isWon, size, isRecorded, second }] of events.entries()) {
          const event = new (isWon ? DealWon : DealCreated)(
            { dealId: 'x'.repeat(size) },
            { occurredAt: timeOf(second) },
          );
          const entry = { sequence: index + 1, event, position: isRecorded ? index * 3 : undefined };
          all.push(entry);
          kept = historySize === 0 ? [] : [...kept, entry].slice(-historySize);
          const bytes = (): number => kept.reduce((sum, { event: held }) => sum + sizeOf(held), 0);
          while (historyBytes !== undefined && bytes() > historyBytes) kept.shift();
          if (entry.position === undefined) bus.publish(event);
          else bus.publishRecorded(event, entry.position);
          for (const wanted of queries) {
            const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
            expect(bus.history(given)).toStrictEqual(naive(all, kept, given));
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

it('keeps nothing of an event that is larger than everything it may keep', () => {
  const bus = makeBus({ historyBytes: 1_000 });
  bus.publish(new DealCreated({ dealId: 'small' }));
  bus.publish(new DealCreated({ dealId: 'x'.repeat(2_000) }));
  expect(bus.history()).toStrictEqual({ events: [], oldest: 0, newest: 2, gap: true });
  bus.publish(new DealCreated({ dealId: 'next' }));
  expect(bus.history()).toMatchObject({ oldest: 3, newest: 3, gap: true });
});

it('gives whoever comes late everything once, and in order, whenever that is', async () => {
  const plan = fc.record({
    /** How many events each event leads to, by its number. */
    follow: fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }),
    /** At which deliveries somebody subscribes, and how. */
    joins: fc.array(
      fc.record({ at: fc.nat(20), mode: fc.constantFrom('sync', 'async', 'batch'), order: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ follow, joins }) => {
      const bus = makeBus({ maxDepth: 1_000 });
      const lanes: string[][] = [];
      let budget = 20;
      let names = 0;
      let deliveries = 0;
      const join = (mode: string): void => {
        const lane: string[] = [];
        lanes.push(lane);
        const handle = (given: DealCreated | readonly DealCreated[]): void => {
          lane.push(...[given].flat().map(nameOf));
          // Those who are given the past publish, and bring others along, as well.
          step();
        };
        bus.subscribe(DealCreated, handle as never, { mode, replay: 1_000 } as never);
      };
      const step = (): void => {
        const at = (deliveries += 1);
        for (const { mode } of joins.filter((joining) => joining.at === at)) join(mode);
        for (let n = 0; n < (follow[at % follow.length] ?? 0) && budget > 0; n += 1) {
          budget -= 1;
          bus.publish(new DealCreated({ dealId: String((names += 1)) }));
        }
      };
      bus.subscribe(DealCreated, step);
      for (let root = 0; root < 4; root += 1) bus.publish(new DealCreated({ dealId: `root${root}` }));
      join('sync');
      await bus.settled();
      await settle();
      const expected = bus.history().events.map(nameOf);
      for (const lane of lanes) expect(lane).toStrictEqual(expected);
    }),
    { numRuns: 200 },
  );
});
