import type { EventBus } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { deferred, settle } from '../../../support/deferred.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { ManualScheduler } from '../../../support/manual-scheduler.js';
import { nameOf } from '../../../support/marbles.js';

const won = (): DealWon => new DealWon({ dealId: 'd' });
const never = (): Promise<void> => new Promise(() => undefined);
type Wait = (bus: EventBus) => Promise<void>;

describe.each<[string, Wait]>([
  ['close', (bus) => bus.close()],
  ['settled', (bus) => bus.settled()],
])('%s in a handler', (_, wait) => {
  it.each<[string, object, (wait: () => Promise<void>, event: DealCreated) => unknown]>([
    ['a plain function that returns it', {}, (call, event) => (nameOf(event) === 'a' ? call() : undefined)],
    ['a plain function that does not', {}, (call, event) => void (nameOf(event) === 'a' && void call())],
    ['a plain function with a filter', { filter: () => true }, (call) => call()],
    ['an async function', {}, async (call) => call()],
    ['an async function, later', {}, async (call) => settle().then(call)],
    ['the mode async', { mode: 'async' }, async (call) => call()],
    ['the mode async, several at a time', { mode: 'async', concurrency: 2 }, async (call) => settle().then(call)],
    ['the mode async, by key', { mode: 'async', concurrency: 2, key: () => 'one' }, async (call) => call()],
    ['the mode batch', { mode: 'batch' }, async (call) => settle().then(call)],
    ['the mode batch, several batches', { mode: 'batch', size: 2 }, async (call) => call()],
  ])('does not wait for itself, and everything is delivered: %s', async (__, options, handle) => {
    const bus = makeBus();
    const seen: string[] = [];
    const note = (given: DealCreated | readonly DealCreated[]): unknown => {
      const events = [given].flat();
      seen.push(...events.map(nameOf));
      return handle(() => wait(bus), events[0] as DealCreated);
    };
    // Whether it is an async function is a part of the case.
    const handler = handle.constructor.name === 'AsyncFunction' ? async (given: never) => note(given) : note;
    bus.subscribe(DealCreated, handler as never, options as never);
    bus.subscribe(DealWon, () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) bus.publish(deal(name));
    });
    bus.publish(won());
    await wait(bus);
    expect(seen).toStrictEqual(['a', 'b', 'c', 'd', 'e']);
    expect(bus.metrics()).toMatchObject({ running: 0, queueDepth: 0 });
  });

  it('is waited for by whoever waits outside', async () => {
    const bus = makeBus();
    const gate = deferred();
    let isDone = false;
    bus.subscribe(DealCreated, async () => {
      await wait(bus);
      await gate.promise;
      isDone = true;
    });
    bus.publish(deal());
    const waiting = wait(bus).then(() => isDone);
    await settle();
    gate.resolve();
    expect(await waiting).toBe(true);
  });

  it('may be called by several at once, one within the other too', async () => {
    const bus = makeBus();
    let done = 0;
    const handle = async (): Promise<void> => {
      await wait(bus);
      done += 1;
    };
    for (const mode of ['sync', 'async', 'batch'] as const) bus.subscribe(DealWon, handle, { mode } as never);
    bus.subscribe(DealWon, () => wait(bus));
    bus.subscribe(DealCreated, async () => void (await bus.publishAsync(won())), { mode: 'async' });
    bus.publish(deal());
    await settle();
    await wait(bus);
    expect(done).toBe(3);
  });
});

describe('settled', () => {
  it('may be asked for by a plain function that asks for the past as well', async () => {
    const bus = makeBus();
    const seen: string[] = [];
    bus.subscribe(DealWon, () => {
      const settling = bus.settled();
      bus.subscribe(DealCreated, (event) => seen.push(nameOf(event)), { replay: 5 });
      return settling;
    });
    bus.publish(deal('a'));
    bus.publish(won());
    await bus.settled();
    expect(seen).toStrictEqual(['a']);
  });

  it("is nobody else's wait where a filter asks for it", async () => {
    const bus = makeBus();
    let isDone = false;
    let isEarly: boolean | undefined;
    const filter = (): boolean => {
      void bus.settled().then(() => (isEarly ??= !isDone));
      return false;
    };
    bus.subscribe(DealCreated, () => undefined, { filter });
    bus.subscribe(DealCreated, () => settle().then(() => (isDone = true)), { filter: () => true });
    bus.publish(deal());
    await bus.settled();
    expect(isEarly).toBe(false);
  });

  it('flushes batches that come about while it waits', async () => {
    const bus = makeBus();
    const batches: number[] = [];
    bus.subscribe(DealWon, (events) => batches.push(events.length), { mode: 'batch', delayMs: 1_000_000 });
    bus.subscribe(DealCreated, async () => {
      await settle();
      bus.publish(won());
    });
    bus.publish(deal());
    await bus.settled();
    expect(batches).toStrictEqual([1]);
  });

  it('waits for retries, and for what is put aside', async () => {
    const scheduler = new ManualScheduler();
    const bus = makeBus({ scheduler });
    const failing = (): never => {
      throw new Error('no');
    };
    bus.subscribe(DealCreated, failing, { retry: { attempts: 2 } });
    bus.publish(deal());
    let isSettled = false;
    const settling = bus.settled().then(() => (isSettled = true));
    await scheduler.untilAsked(1);
    await settle();
    expect(isSettled).toBe(false);
    scheduler.elapse();
    await settling;
    expect(bus.metrics()).toMatchObject({ retried: 1, deadLettered: 1 });
  });
});

describe('close', () => {
  it('refuses everything from then on, and may be repeated', async () => {
    const bus = makeBus();
    let isDone = false;
    bus.subscribe(DealCreated, () => settle().then(() => (isDone = true)));
    bus.publish(deal());
    const [first, second] = [bus.close(), bus.close()];
    expect(await codeOf(() => bus.publish(deal()))).toBe('WAYMARK_BUS_CLOSED');
    await Promise.all([first, second, bus.close({ graceMs: 60_000 })]);
    expect(isDone).toBe(true);
    expect(await codeOf(() => bus.subscribeWeak('**', {}, () => undefined))).toBe('WAYMARK_BUS_CLOSED');
    expect(bus.history().newest).toBe(1);
  });

  it.each<[string, object]>([
    ['a grace that is no number', { graceMs: '1' }],
    ['a negative grace', { graceMs: -1 }],
    ['an option that there is not', { grace: 1 }],
  ])('refuses %s, and stays open', async (_, options) => {
    const bus = makeBus();
    expect(await codeOf(() => bus.close(options))).toBe('WAYMARK_INVALID_ARGUMENT');
    bus.publish(deal());
  });

  it.each(['sync', 'async', 'batch'] as const)('gives up who never settles after its grace: %s', async (mode) => {
    const scheduler = new ManualScheduler();
    const bus = makeBus({ scheduler });
    const subscription = bus.subscribe(DealCreated, never, (mode === 'batch' ? { mode, size: 1 } : { mode }) as never);
    bus.publish(deal());
    await settle();
    const closing = bus.close({ graceMs: 50 });
    await settle();
    scheduler.elapse();
    await closing;
    expect([scheduler.asked.at(-1), subscription.active]).toStrictEqual([50, false]);
  });

  it('gives up by the grace of a later call too, and then for all', async () => {
    const scheduler = new ManualScheduler();
    const bus = makeBus({ scheduler });
    bus.subscribe(DealCreated, never);
    bus.publish(deal());
    const first = bus.close();
    const second = bus.close({ graceMs: 5 });
    await scheduler.untilAsked(1);
    scheduler.elapse();
    await Promise.all([first, second, bus.close()]);
    expect(bus.metrics()).toMatchObject({ subscriptions: 0, running: 0 });
  });

  it('of Waymark gives handlers closeGraceMs', async () => {
    const waymark = await openWaymark({ closeGraceMs: 1 });
    waymark.bus.subscribe(DealCreated, never);
    waymark.bus.publish(deal());
    await waymark.flush();
    await waymark.close();
    expect(waymark.bus.metrics()).toMatchObject({ running: 0, subscriptions: 0 });
  });

  it('tells who waits for a handler that was given up', async () => {
    const scheduler = new ManualScheduler();
    const bus = makeBus({ scheduler });
    bus.subscribe(DealCreated, never, { name: 'stuck', mode: 'async' });
    const publishing = bus.publishAsync(deal());
    const settling = bus.settled();
    const closing = bus.close({ graceMs: 5 });
    await scheduler.untilAsked(1);
    scheduler.elapse();
    await Promise.all([closing, settling]);
    expect((await publishing).outcomes).toMatchObject([{ handler: 'stuck', status: 'cancelled' }]);
  });

  it('of Waymark does not wait for a plain handler that returns it', async () => {
    const scheduler = new ManualScheduler();
    const waymark = await openWaymark({ scheduler });
    let closing: Promise<void> | undefined;
    waymark.bus.subscribe(DealCreated, () => (closing = waymark.close()));
    waymark.bus.publish(deal());
    await closing;
    expect(closing).toBeDefined();
  });
});
