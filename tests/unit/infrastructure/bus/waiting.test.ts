import type { BusSubscription } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated, DealNoteAdded, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

const won = (dealId = 'd'): DealWon => new DealWon({ dealId });
const note = (): DealNoteAdded => new DealNoteAdded({ dealId: 'd' });

// Each of these hung: everybody waited for somebody else, and by different means.
describe('handlers that wait for each other', () => {
  it('in full queues, of which each waits for room in the other', async () => {
    const bus = makeBus();
    const options = { mode: 'async', queueSize: 1, overflow: 'backpressure' } as const;
    const cross = (next: () => DealCreated | DealWon) => async (event: DealCreated | DealWon) => {
      await settle();
      if (nameOf(event) === 'root') await bus.publishAsync(next());
    };
    bus.subscribe(
      DealCreated,
      cross(() => won()),
      options,
    );
    bus.subscribe(
      DealWon,
      cross(() => deal()),
      options,
    );
    await Promise.all([deal('root'), deal('root'), won('root'), won('root')].map((event) => bus.publishAsync(event)));
    await bus.settled();
    expect(bus.metrics()).toMatchObject({ published: 8, delivered: 8, running: 0, queueDepth: 0 });
  });

  it.each(['first', 'last'])('of whom one waits for everything, %s', async (when) => {
    const bus = makeBus();
    const pause = when === 'first' ? Promise.resolve.bind(Promise) : settle;
    bus.subscribe(
      DealCreated,
      async () => void (await Promise.all([bus.publishAsync(won()), bus.publishAsync(note())])),
      {
        mode: 'async',
      },
    );
    let isFirst = true;
    const waitForAll = async (): Promise<void> => {
      if (!isFirst) return;
      isFirst = false;
      await pause();
      await bus.settled();
    };
    bus.subscribe(DealWon, waitForAll, { mode: 'async' });
    const answer = async (): Promise<void> => {
      if (when === 'first') await settle();
      await bus.publishAsync(won());
    };
    bus.subscribe(DealNoteAdded, answer, { mode: 'async' });
    bus.publish(deal());
    await bus.settled();
    expect(bus.metrics()).toMatchObject({ delivered: 4, running: 0 });
  });

  it("of whom one waits for the other's subscription", async () => {
    const bus = makeBus();
    const others: BusSubscription[] = [];
    bus.subscribe(
      DealCreated,
      async () => {
        await settle();
        await others[0]?.settled();
      },
      { mode: 'async' },
    );
    others.push(bus.subscribe(DealWon, async () => void (await bus.publishAsync(deal())), { mode: 'async' }));
    bus.publish(deal());
    bus.publish(won());
    await bus.settled();
    expect(bus.metrics()).toMatchObject({ delivered: 3, running: 0 });
  });

  it('in a batch, for its own subscription', async () => {
    const bus = makeBus();
    const batches: number[] = [];
    const self: BusSubscription = bus.subscribe(
      DealCreated,
      async (events) => {
        await self.settled();
        batches.push(events.length);
      },
      { mode: 'batch', size: 3 },
    );
    for (let n = 0; n < 3; n += 1) bus.publish(deal());
    await bus.settled();
    expect(batches).toStrictEqual([3]);
  });
});
