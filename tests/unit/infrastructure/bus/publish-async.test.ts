import type { EventBus, HandlerOutcome } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { deferred, settle } from '../../../support/deferred.js';
import { nameOf } from '../../../support/marbles.js';

const won = (dealId = 'd'): DealWon => new DealWon({ dealId });
const statuses = (outcomes: readonly HandlerOutcome[]): readonly string[] =>
  outcomes.map(({ handler, status }) => `${handler} ${status}`);

describe('publishAsync', () => {
  it('resolves when all have finished, with what came of it, in the order of subscription', async () => {
    const bus = makeBus();
    const gate = deferred();
    bus.subscribe(DealCreated, () => gate.promise, { name: 'slow', mode: 'async' });
    bus.subscribe(DealCreated, () => undefined, { name: 'sync' });
    bus.subscribe(DealCreated, () => Promise.reject(new Error('no')), { name: 'failing' });
    bus.subscribe(DealCreated, () => undefined, { name: 'batch', mode: 'batch' });
    bus.subscribe(DealCreated, () => undefined, { name: 'filtered', filter: () => false });
    let result: Awaited<ReturnType<EventBus['publishAsync']>> | undefined;
    const publishing = bus.publishAsync(deal()).then((given) => (result = given));
    await settle();
    expect(result).toBeUndefined();
    gate.resolve();
    await publishing;
    expect(statuses(result?.outcomes ?? [])).toStrictEqual([
      'slow handled',
      'sync handled',
      'failing failed',
      'batch queued',
    ]);
    expect(result).toMatchObject({ sequence: 1 });
    expect(result?.outcomes[2]).toMatchObject({ attempts: 1, error: { message: 'no' } });
  });

  it('takes its turn with publish', async () => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe(DealCreated, (event) => seen.push(nameOf(event)));
    const first = bus.publishAsync(deal('a'));
    bus.publish(deal('b'));
    await first;
    expect(seen).toStrictEqual(['a', 'b']);
  });

  it('tells of a handler that left before its turn', async () => {
    const bus = makeBus();
    const subscription = bus.subscribe(DealCreated, () => undefined, { mode: 'async', name: 'gone' });
    const publishing = bus.publishAsync(deal());
    subscription.unsubscribe();
    expect(statuses((await publishing).outcomes)).toStrictEqual(['gone cancelled']);
  });

  it('rejects for what is no event, and after close', async () => {
    const bus = makeBus();
    expect(await codeOf(bus.publishAsync({} as never))).toBe('WAYMARK_INVALID_EVENT');
    await bus.close();
    expect(await codeOf(bus.publishAsync(deal()))).toBe('WAYMARK_BUS_CLOSED');
  });

  it('rejects for who waits for room when the bus closes', async () => {
    const bus = makeBus();
    const gate = deferred();
    const seen: string[] = [];
    const handle = async (event: DealCreated): Promise<void> => {
      seen.push(nameOf(event));
      await gate.promise;
    };
    bus.subscribe(DealCreated, handle, { mode: 'async', queueSize: 1, overflow: 'backpressure' });
    const publishing = ['a', 'b', 'c'].map((name) => bus.publishAsync(deal(name)));
    await settle();
    const late = codeOf(publishing[2] as Promise<unknown>);
    const closing = bus.close();
    expect(await late).toBe('WAYMARK_BUS_CLOSED');
    gate.resolve();
    await closing;
    expect(seen).toStrictEqual(['a', 'b']);
  });

  it('lets who waits for room go when the queue has left', async () => {
    const bus = makeBus();
    const full = bus.subscribe(DealCreated, () => undefined, { mode: 'async', queueSize: 1, overflow: 'backpressure' });
    bus.publish(deal());
    const publishing = bus.publishAsync(deal());
    full.unsubscribe();
    expect((await publishing).outcomes).toStrictEqual([]);
  });
});

describe('publishAsync in a handler', () => {
  it.each([
    ['async', {}],
    ['async', { concurrency: 3 }],
    ['async', { queueSize: 1, overflow: 'backpressure' }],
    ['async', { key: () => 'one' }],
    ['batch', { size: 1 }],
    ['batch', { size: 1, queueSize: 1, overflow: 'backpressure' }],
  ] as const)('of its own queue does not wait for itself: %s %p', async (mode, options) => {
    const bus = makeBus();
    const seen: string[] = [];
    const found: string[] = [];
    const handle = async (given: DealCreated | readonly DealCreated[]): Promise<void> => {
      const event = [given].flat()[0] as DealCreated;
      seen.push(nameOf(event));
      if (nameOf(event).length > 3) return;
      const { outcomes } = await bus.publishAsync(deal(`${nameOf(event)}+`));
      found.push(...statuses(outcomes));
    };
    bus.subscribe(DealCreated, handle as never, { mode, name: 'self', ...options } as never);
    bus.publish(deal('a'));
    await bus.settled();
    expect(seen).toStrictEqual(['a', 'a+', 'a++', 'a+++']);
    expect(found).toStrictEqual(Array.from({ length: 3 }, () => 'self queued'));
  });

  it('may go from one to the other and back', async () => {
    const bus = makeBus();
    const seen: string[] = [];
    const options = { mode: 'async', queueSize: 1, overflow: 'backpressure' } as const;
    bus.subscribe(
      DealCreated,
      async (event) => {
        seen.push(`there ${nameOf(event)}`);
        await bus.publishAsync(won(nameOf(event)));
      },
      options,
    );
    bus.subscribe(
      DealWon,
      async (event) => {
        seen.push(`back ${nameOf(event)}`);
        if (nameOf(event).length < 3) await bus.publishAsync(deal(`${nameOf(event)}+`));
      },
      options,
    );
    await bus.publishAsync(deal('a'));
    await bus.settled();
    expect(seen).toStrictEqual(['there a', 'back a', 'there a+', 'back a+', 'there a++', 'back a++']);
  });

  // Each is in the middle of an event of its own, and what it waits for is queued behind that of the other.
  it('may cross with another', async () => {
    const bus = makeBus();
    const cross = (next: () => DealCreated | DealWon) => async (event: DealCreated | DealWon) => {
      await settle();
      if (nameOf(event) === 'root') await bus.publishAsync(next());
    };
    bus.subscribe(
      DealCreated,
      cross(() => won('x')),
      { mode: 'async' },
    );
    bus.subscribe(
      DealWon,
      cross(() => deal('x')),
      { mode: 'async' },
    );
    bus.publish(deal('root'));
    bus.publish(won('root'));
    await bus.settled();
    expect(bus.metrics()).toMatchObject({ published: 4, delivered: 4, running: 0 });
  });

  // Before the first await of an async function in the mode sync.
  it('waits for no queue that its own publisher is busy with', async () => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe(
      DealCreated,
      async (event) => {
        seen.push(nameOf(event));
        if (nameOf(event) === 'a') await bus.publishAsync(won());
      },
      { mode: 'async', queueSize: 1, overflow: 'backpressure' },
    );
    bus.subscribe(DealWon, async () => {
      await bus.publishAsync(deal('b'));
      await bus.publishAsync(deal('c'));
    });
    bus.publish(deal('a'));
    await bus.settled();
    expect(seen).toStrictEqual(['a', 'b', 'c']);
  });
});
