import type { EventTypeInfo } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated, DealNoteAdded, DealWon } from '../../../support/deals.js';
import { ManualScheduler } from '../../../support/manual-scheduler.js';

const fail = (): never => {
  throw new Error('no');
};

describe('a subscription that somebody ends', () => {
  it.each(['sync', 'async'] as const)('waits for no other try: %s', async (mode) => {
    const scheduler = new ManualScheduler();
    const bus = makeBus({ scheduler });
    const subscription = bus.subscribe(DealCreated, fail, { mode, retry: { attempts: 3, delayMs: 60_000 } });
    const publishing = bus.publishAsync(deal());
    await scheduler.untilAsked(1);
    subscription.unsubscribe();
    expect((await publishing).outcomes).toMatchObject([{ status: 'failed', attempts: 1 }]);
    expect(await bus.deadLetters.count()).toBe(1);
  });

  it('by a signal is not given the one event that waits in its queue', async () => {
    const bus = makeBus();
    const controller = new AbortController();
    let handled = 0;
    const options = { mode: 'async', once: true, signal: controller.signal } as const;
    bus.subscribe(DealCreated, () => (handled += 1), options);
    const publishing = bus.publishAsync(deal());
    controller.abort();
    expect((await publishing).outcomes).toMatchObject([{ status: 'cancelled' }]);
    expect(handled).toBe(0);
  });
});

// To subscribe took as long as there were types, each time.
it('asks a topic once about each type, and not before an event of that is published', () => {
  const bus = makeBus();
  const events = [deal, () => new DealWon({ dealId: 'd' }), () => new DealNoteAdded({ dealId: 'd' })];
  for (const make of events) bus.publish(make());
  const asked: string[] = [];
  const seen: string[] = [];
  const topic = ({ type }: EventTypeInfo): boolean => asked.push(type) > 0;
  const subscription = bus.subscribe(topic, (event) => seen.push(event.type));
  for (let n = 0; n < 100; n += 1) bus.subscribe('**', () => undefined).unsubscribe();
  expect(asked).toStrictEqual([]);
  for (let n = 0; n < 3; n += 1) {
    bus.subscribe('**', () => undefined);
    for (const make of events.slice(0, 2)) bus.publish(make());
  }
  expect(asked).toStrictEqual(['deal.created', 'deal.won']);
  expect(seen).toHaveLength(6);
  subscription.unsubscribe();
  bus.publish(deal());
  expect(seen).toHaveLength(6);
});
