import {
  BusDeadLettered,
  BusHandlerFailed,
  type Delivery,
  type EventBus,
  type RxEventBus,
} from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';
import { ManualScheduler } from '../../../support/manual-scheduler.js';
import { Marbles, nameOf } from '../../../support/marbles.js';

const failing = (): never => {
  throw new RangeError('no');
};

/** Collects the attempts that the bus tells of. */
function attemptsOf(bus: EventBus): number[] {
  const attempts: number[] = [];
  bus.subscribe(BusHandlerFailed, ({ payload }) => attempts.push(payload.attempt));
  return attempts;
}

describe('a retry', () => {
  it('waits longer each time, up to a limit', async () => {
    const marbles = new Marbles();
    const attempts = attemptsOf(marbles.bus);
    const handle = (event: DealCreated): void => {
      marbles.mark('try', nameOf(event));
      failing();
    };
    const retry = { attempts: 5, delayMs: 10, factor: 2, maxDelayMs: 30 };
    marbles.bus.subscribe(DealCreated, handle, { retry });
    marbles.bus.subscribe(BusDeadLettered, () => marbles.mark('parked', 'x'));
    expect(await marbles.play('a-------------')).toStrictEqual({ try: 'aa-a--a--a----', parked: '---------x----' });
    expect(attempts).toStrictEqual([1, 2, 3, 4, 5]);
    expect(marbles.bus.metrics()).toMatchObject({ failed: 5, retried: 4, deadLettered: 1 });
    expect(marbles.bus.subscriptions()[1]).toMatchObject({ delivered: 1, failures: 5, retries: 4, lastError: 'no' });
  });

  it('leaves a part of each wait to chance, which is given', async () => {
    const scheduler = new ManualScheduler();
    const chances = [0, 0.5, 1];
    const bus = makeBus({ scheduler, random: () => chances.shift() ?? 0 });
    bus.subscribe(DealCreated, failing, { retry: { attempts: 4, delayMs: 100, factor: 1, jitter: 0.5 } });
    bus.publish(deal());
    for (const turn of [1, 2, 3]) {
      await scheduler.untilAsked(turn);
      scheduler.elapse();
    }
    await bus.settled();
    expect(scheduler.asked).toStrictEqual([100, 75, 50]);
  });

  it.each([0, 1])('of no delay never waits for what is no number', async (delayMs) => {
    const asked: number[] = [];
    const delay = async (ms: number): Promise<void> => void asked.push(ms);
    const bus = makeBus({ scheduler: { delay }, random: () => 0 });
    bus.subscribe(DealCreated, failing, { retry: { attempts: 1_200, delayMs, maxDelayMs: 5 } });
    bus.publish(deal());
    await bus.settled();
    expect(asked).toHaveLength(1_199);
    expect(asked.every((ms) => ms >= 0 && ms <= 5)).toBe(true);
  });

  it('keeps those behind it waiting in the mode async, and nobody in the mode sync', async () => {
    const marbles = new Marbles();
    const handle =
      (lane: string) =>
      (event: DealCreated, { attempt }: Delivery) => {
        marbles.mark(lane, nameOf(event));
        if (nameOf(event) === 'a' && attempt === 1) failing();
      };
    const retry = { attempts: 2, delayMs: 20 };
    marbles.bus.subscribe(DealCreated, handle('async'), { mode: 'async', retry });
    marbles.bus.subscribe(DealCreated, handle('sync'), { retry });
    expect(await marbles.play('(ab)---')).toStrictEqual({ async: 'a-(ab)-', sync: '(ab)-a-' });
  });

  it('is made for a whole batch, counted once', async () => {
    const bus = makeBus({ scheduler: { delay: async () => undefined } });
    const sizes: string[] = [];
    const handle = (events: readonly DealCreated[], deliveries: readonly Delivery[]): void => {
      sizes.push(`${events.length} ${deliveries.map(({ attempt }) => attempt).join('')}`);
      failing();
    };
    bus.subscribe(DealCreated, handle, { mode: 'batch', retry: { attempts: 2 }, name: 'batches' });
    for (const name of ['a', 'b', 'c']) bus.publish(deal(name));
    await bus.settled();
    expect(sizes).toStrictEqual(['3 111', '3 222']);
    // Each event can be sent again by itself.
    expect(bus.metrics()).toMatchObject({ failed: 2, retried: 1, deadLettered: 3 });
    expect((await bus.deadLetters.list()).map(({ event }) => event.payload)).toMatchObject([
      { dealId: 'a' },
      { dealId: 'b' },
      { dealId: 'c' },
    ]);
  });

  it('is asked for by a predicate', async () => {
    const bus = makeBus({ scheduler: { delay: async () => undefined } });
    const asked: unknown[] = [];
    const retryIf = (error: unknown, attempt: number): boolean => {
      asked.push([(error as Error).message, attempt]);
      return attempt < 2;
    };
    bus.subscribe(DealCreated, failing, { retry: { attempts: 9, retryIf } });
    const { outcomes } = await bus.publishAsync(deal());
    expect(outcomes).toMatchObject([{ status: 'failed', attempts: 2, error: { message: 'no' } }]);
    expect(asked).toStrictEqual([
      ['no', 1],
      ['no', 2],
    ]);
  });

  it.each([
    ['an error', new Error('predicate')],
    ['what can not even be printed', Object.create(null) as unknown],
  ])('is not made when its predicate throws %s', async (_, thrown) => {
    const bus = makeBus();
    const retryIf = (): never => {
      throw thrown;
    };
    bus.subscribe(DealCreated, failing, { retry: { attempts: 3, retryIf } });
    const { outcomes } = await bus.publishAsync(deal());
    expect(outcomes).toMatchObject([{ status: 'failed', attempts: 1, error: { cause: { message: 'no' } } }]);
  });

  it('is not made for who has left, and is not waited for by who closes', async () => {
    const scheduler = new ManualScheduler();
    const bus = makeBus({ scheduler });
    let tries = 0;
    const handle = (): never => {
      tries += 1;
      return failing();
    };
    const left = bus.subscribe(DealCreated, handle, { retry: { attempts: 5 } });
    bus.publish(deal());
    await scheduler.untilAsked(1);
    left.unsubscribe();
    scheduler.elapse();
    await bus.settled();
    expect(tries).toBe(1);
    bus.subscribe(DealCreated, handle, { retry: { attempts: 3 } });
    bus.publish(deal());
    await bus.close();
    expect(tries).toBe(4);
  });
});

describe('a time limit', () => {
  it('ends a try, tells the handler by its signal, and counts as a failure', async () => {
    const marbles = new Marbles();
    const reasons: unknown[] = [];
    const handle = async (event: DealCreated, { signal, attempt }: Delivery): Promise<void> => {
      marbles.mark('try', nameOf(event));
      signal?.addEventListener('abort', () => {
        marbles.mark('signal', String(attempt));
        reasons.push((signal.reason as { code: string }).code);
      });
      await (attempt === 1 ? new Promise(() => undefined) : undefined);
    };
    marbles.bus.subscribe(DealCreated, handle, { mode: 'async', timeoutMs: 30, retry: { attempts: 2, delayMs: 10 } });
    expect(await marbles.play('(ab)----------')).toStrictEqual({
      try: 'a---(ab)---b--',
      signal: '---1---1---',
    });
    expect(reasons).toStrictEqual(['WAYMARK_HANDLER_TIMEOUT', 'WAYMARK_HANDLER_TIMEOUT']);
  });

  it('is left alone by a handler that returns in time', async () => {
    const scheduler = new ManualScheduler();
    const bus = makeBus({ scheduler });
    const signals: (AbortSignal | undefined)[] = [];
    bus.subscribe(DealCreated, (_, { signal }) => void signals.push(signal), { timeoutMs: 5 });
    bus.subscribe(DealCreated, async (_, { signal }) => void signals.push(signal), { timeoutMs: 5, mode: 'async' });
    bus.subscribe(DealCreated, async (_, { signal }) => void signals.push(signal));
    const { outcomes } = await bus.publishAsync(deal());
    scheduler.elapse();
    await settle();
    expect(outcomes.map(({ status }) => status)).toStrictEqual(['handled', 'handled', 'handled']);
    expect(signals.map((signal) => signal?.aborted)).toStrictEqual([false, undefined, false]);
  });
});

describe('what a handler fails on for good', () => {
  it('is parked, unless it wants none', async () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, failing, { name: 'kept' });
    bus.subscribe(DealCreated, failing, { name: 'left', deadLetter: false });
    const event = deal();
    bus.publishRecorded(event, 7);
    await bus.settled();
    const letters = await bus.deadLetters.list();
    expect(letters).toMatchObject([
      { handler: 'kept', topic: 'deal.created', attempts: 1, position: 7, error: { name: 'RangeError' } },
    ]);
    expect(letters[0]?.event).toMatchObject({ id: event.id });
    expect(bus.metrics()).toMatchObject({ failed: 2, deadLettered: 1, unparked: 0 });
  });

  it.each(['sync', 'async', 'batch'] as const)('is sent again, in the mode %s, to that handler only', async (mode) => {
    const bus = makeBus();
    const others: string[] = [];
    let isDown = true;
    const seen: string[] = [];
    const handle = (given: unknown): void => {
      if (isDown) failing();
      seen.push(...[given].flat().map((event) => nameOf(event as DealCreated)));
    };
    bus.subscribe(DealCreated, handle, { name: 'crm', mode } as never);
    bus.subscribe(DealCreated, (event) => others.push(nameOf(event)));
    bus.publish(deal('a'));
    await bus.settled();
    const [letter] = await bus.deadLetters.list();
    expect(await bus.deadLetters.redrive(letter?.id ?? '')).toMatchObject({ status: 'failed' });
    expect(await bus.deadLetters.count()).toBe(1);
    isDown = false;
    expect(await bus.deadLetters.redrive(letter?.id ?? '')).toMatchObject({ status: 'handled', handler: 'crm' });
    expect([seen, others, await bus.deadLetters.count()]).toStrictEqual([['a'], ['a'], 0]);
  });

  it('stays when it fails in the map again', async () => {
    const bus: RxEventBus = makeBus();
    bus.subscribe(DealCreated, (_: string) => undefined, { map: failing, name: 'mapped' });
    bus.publish(deal());
    await bus.settled();
    const [letter] = await bus.deadLetters.list();
    expect(await bus.deadLetters.redrive(letter?.id ?? '')).toMatchObject({
      status: 'failed',
      error: { message: 'no' },
    });
    expect(await bus.deadLetters.redriveAll()).toStrictEqual({ handled: 0, failed: 1, skipped: 0 });
    expect(await bus.deadLetters.count()).toBe(1);
  });
});

describe('handlers with queues that publish in a circle', () => {
  it('are stopped before the rest of the process starves, with an error that names the circle', async () => {
    const bus = makeBus();
    const messages: string[] = [];
    bus.subscribe(BusHandlerFailed, (event) => messages.push(event.payload.error.message));
    bus.subscribe(DealCreated, () => bus.publish(new DealWon({ dealId: 'd' })), { mode: 'async', name: 'there' });
    bus.subscribe(DealWon, () => bus.publish(deal('d')), { mode: 'async', name: 'back' });
    bus.publish(deal('d'));
    await bus.settled();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(
      /^Handlers publish in a circle: (deal\.(created|won) → ){2}deal\.(created|won) \(after/,
    );
    expect(bus.metrics()).toMatchObject({ running: 0, queueDepth: 0, deadLettered: 1 });
  });

  it('may go on for ever when the event loop has its turns in between', async () => {
    const bus = makeBus();
    let rounds = 0;
    bus.subscribe(
      DealCreated,
      async () => {
        rounds += 1;
        if (rounds % 5_000 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
        if (rounds < 30_000) bus.publish(deal('d'));
      },
      { mode: 'async' },
    );
    bus.publish(deal('d'));
    await bus.settled();
    expect([rounds, bus.metrics().failed]).toStrictEqual([30_000, 0]);
  });
});
