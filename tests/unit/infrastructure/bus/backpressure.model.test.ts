import fc from 'fast-check';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

const subscriber = fc.record({
  topic: fc.constantFrom('deal.*', 'deal.created', 'deal.won'),
  queueSize: fc.integer({ min: 1, max: 3 }),
  concurrency: fc.integer({ min: 1, max: 2 }),
  /** How many turns it takes for an event. */
  turns: fc.nat(3),
});

it('lets every publisher through, in order where they wait for one queue, and no queue holds more than it may', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(subscriber, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom(DealCreated, DealWon), { minLength: 1, maxLength: 12 }),
      async (subscribers, types) => {
        const bus = makeBus();
        const lanes: { readonly topic: string; readonly seen: string[] }[] = [];
        const overfull: unknown[] = [];
        for (const [index, { topic, queueSize, concurrency, turns }] of subscribers.entries()) {
          const seen: string[] = [];
          lanes.push({ topic, seen });
          const work = async (event: DealCreated): Promise<void> => {
            seen.push(`${event.type} ${nameOf(event)}`);
            const { queueDepth } = bus.subscriptions()[index] ?? { queueDepth: 0 };
            if (queueDepth > queueSize) overfull.push([index, queueDepth]);
            for (let turn = 0; turn < turns; turn += 1) await settle();
          };
          bus.subscribe(topic, work as never, { mode: 'async', queueSize, concurrency, overflow: 'backpressure' });
        }
        const publishing = types.map((type, index) => bus.publishAsync(new type({ dealId: String(index) })));
        const results = await Promise.all(publishing);
        for (const { topic, seen } of lanes) {
          for (const type of ['deal.created', 'deal.won']) {
            const isWanted = topic === 'deal.*' || topic === type;
            const expected = types
              .map((given, index) => `${given.type} ${index}`)
              .filter((name) => name.startsWith(type));
            const found = seen.filter((name) => name.startsWith(type));
            // Who waits for several queues may be overtaken in one while waiting for another.
            const isOrdered = lanes.length === 1;
            if (!isOrdered) found.sort((one, other) => expected.indexOf(one) - expected.indexOf(other));
            expect(found).toStrictEqual(isWanted ? expected : []);
          }
        }
        expect(overfull).toStrictEqual([]);
        expect(results.every(({ outcomes }) => outcomes.every(({ status }) => status === 'handled'))).toBe(true);
        expect(bus.metrics()).toMatchObject({ dropped: 0, running: 0, queueDepth: 0 });
      },
    ),
    { numRuns: 60 },
  );
});

it('keeps the order of those who wait when the engine takes a place in between', async () => {
  const bus = makeBus();
  const seen: string[] = [];
  const work = async (event: DealCreated): Promise<void> => {
    seen.push(nameOf(event));
    // Whoever waits for the place has been woken, and is not there yet.
    if (nameOf(event) === 'a') for (const name of ['x', 'y']) bus.publishRecorded(deal(name), 1);
    await settle();
  };
  bus.subscribe(DealCreated, work, { mode: 'async', queueSize: 1, overflow: 'backpressure' });
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => bus.publishAsync(deal(name))));
  expect(seen).toStrictEqual(['a', 'x', 'y', 'b', 'c', 'd']);
});
