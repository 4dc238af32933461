import { BusEventDropped, type OverflowPolicy } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { deferred, settle } from '../../../support/deferred.js';
import { Marbles, nameOf } from '../../../support/marbles.js';

const full = (overflow: OverflowPolicy) => ({ mode: 'async', queueSize: 2, overflow }) as const;

describe('a full queue', () => {
  it('of drop-oldest leaves out what has waited longest', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.worker('slow', 3), full('drop-oldest'));
    expect(await marbles.play('a(bcde)--------')).toStrictEqual({ slow: 'a--(Ad)--(De)--E' });
    expect(marbles.bus.metrics()).toMatchObject({ dropped: 2, delivered: 3, queueDepth: 0 });
  });

  it('of drop-newest leaves out what comes', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.worker('slow', 3), full('drop-newest'));
    expect(await marbles.play('a(bcde)--------')).toStrictEqual({ slow: 'a--(Ab)--(Bc)--C' });
    expect(marbles.bus.metrics()).toMatchObject({ dropped: 2, delivered: 3 });
  });

  it('of backpressure lets publishAsync wait, who came first first', async () => {
    const marbles = new Marbles();
    marbles.bus.subscribe(DealCreated, marbles.worker('slow', 2), full('backpressure'));
    marbles.bus.subscribe(DealCreated, marbles.handler('accepted'));
    const outcomes: Promise<unknown>[] = [];
    const lanes = await marbles.play('(abcdef)------------', (event) => outcomes.push(marbles.bus.publishAsync(event)));
    expect(lanes).toStrictEqual({ accepted: '(abc)-d-e-f------', slow: 'a-(Ab)-(Bc)-(Cd)-(De)-(Ef)-F' });
    expect(lanes['accepted']?.replaceAll(/[-()]/g, '')).toBe('abcdef');
    await Promise.all(outcomes);
    expect(marbles.bus.metrics().dropped).toBe(0);
  });

  it('of error refuses the event, and nobody has it', async () => {
    const bus = makeBus();
    const gate = deferred();
    const others: string[] = [];
    bus.subscribe(DealCreated, (event) => others.push(nameOf(event)));
    bus.subscribe(DealCreated, () => gate.promise, { ...full('error'), name: 'stuck' });
    bus.publish(deal('a'));
    await settle();
    for (const name of ['b', 'c']) bus.publish(deal(name));
    expect(await codeOf(() => bus.publish(deal('d')))).toBe('WAYMARK_BUS_OVERFLOW');
    expect(await codeOf(bus.publishAsync(deal('e')))).toBe('WAYMARK_BUS_OVERFLOW');
    expect(others).toStrictEqual(['a', 'b', 'c']);
    expect(bus.metrics()).toMatchObject({ published: 3, dropped: 0 });
    gate.resolve();
    await bus.settled();
    bus.publish(deal('f'));
    expect(others).toStrictEqual(['a', 'b', 'c', 'f']);
  });

  it('of backpressure refuses publish, which can not wait', async () => {
    const bus = makeBus();
    const gate = deferred();
    bus.subscribe(DealCreated, () => gate.promise, full('backpressure'));
    for (const name of ['a', 'b']) bus.publish(deal(name));
    expect(await codeOf(() => bus.publish(deal('c')))).toBe('WAYMARK_BUS_OVERFLOW');
    gate.resolve();
  });

  // Each of them found room when it was published, as long as nobody counted those that were on their way.
  it.each(['error', 'backpressure'] as const)('of %s holds no more for events that a handler publishes', (overflow) => {
    const bus = makeBus();
    let refused = 0;
    bus.subscribe(DealWon, () => new Promise(() => undefined), { mode: 'async', queueSize: 3, overflow });
    bus.subscribe(DealCreated, () => {
      for (let n = 0; n < 10; n += 1) {
        try {
          bus.publish(new DealWon({ dealId: String(n) }));
        } catch {
          refused += 1;
        }
      }
    });
    bus.publish(deal());
    expect([refused, bus.metrics().queueDepth]).toStrictEqual([7, 3]);
  });

  it('stops nobody from publishing what its filter does not take', async () => {
    const bus = makeBus();
    const filter = (event: DealCreated): boolean => nameOf(event) === 'a';
    for (const overflow of ['error', 'backpressure'] as const) {
      bus.subscribe(DealCreated, () => new Promise(() => undefined), { mode: 'async', queueSize: 1, overflow, filter });
    }
    bus.publish(deal('a'));
    bus.publish(deal('b'));
    expect((await bus.publishAsync(deal('c'))).outcomes).toStrictEqual([]);
  });

  it('tells of every drop: in the metrics, of the subscription, by an event, and to whoever waits', async () => {
    const bus = makeBus();
    const reports: unknown[] = [];
    bus.subscribe(BusEventDropped, ({ payload, context }) => reports.push([payload, context.causationId]));
    bus.subscribe(DealCreated, () => new Promise(() => undefined), {
      ...full('drop-newest'),
      queueSize: 1,
      name: 'slow',
    });
    bus.publish(deal());
    const event = deal();
    const { outcomes } = await bus.publishAsync(event);
    expect(outcomes).toMatchObject([{ handler: 'slow', status: 'dropped', attempts: 0 }]);
    const payload = { eventType: 'deal.created', handler: 'slow', policy: 'drop-newest', dropped: 1 };
    expect(reports).toStrictEqual([[payload, event.id]]);
    expect(bus.subscriptions().find(({ name }) => name === 'slow')).toMatchObject({ dropped: 1, running: 1 });
    expect(bus.metrics().dropped).toBe(1);
  });

  it('tells who waits for an event that was left out for a later one', async () => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => new Promise(() => undefined), { ...full('drop-oldest'), queueSize: 1 });
    const oldest = bus.publishAsync(deal('a'));
    bus.publish(deal('b'));
    expect((await oldest).outcomes).toMatchObject([{ status: 'dropped' }]);
  });

  it.each(['batch', 'async'] as const)(
    'in the mode %s stays as long as it may be, whatever is published',
    async (mode) => {
      const bus = makeBus();
      const options = { mode, queueSize: 100, overflow: 'drop-oldest' } as const;
      const handle = (): Promise<void> => new Promise(() => undefined);
      if (mode === 'batch') bus.subscribe(DealCreated, handle, { ...options, mode });
      else bus.subscribe(DealCreated, handle, { ...options, mode, concurrency: 2, key: nameOf });
      bus.publish(deal('a'));
      await settle();
      for (let n = 0; n < 100_000; n += 1) bus.publish(deal(String(n)));
      expect(bus.metrics().queueDepth).toBe(100);
      await settle();
      expect(bus.metrics().running).toBeLessThanOrEqual(100);
      expect(bus.metrics().queueDepth + bus.metrics().dropped + bus.metrics().running).toBe(100_001);
    },
  );
});

describe('an event of the engine', () => {
  it.each([
    ['error', 2, 3],
    ['drop-newest', 2, 3],
    ['drop-oldest', 2, 3],
    ['backpressure', 5, 0],
  ] as const)('is never refused: under %s %d wait and %d are left out', (overflow, queueDepth, dropped) => {
    const bus = makeBus();
    bus.subscribe(DealCreated, () => new Promise(() => undefined), full(overflow));
    for (let position = 0; position < 5; position += 1) bus.publishRecorded(deal(), position);
    expect(bus.metrics()).toMatchObject({ queueDepth, dropped });
  });

  it('waits for room after it was published, where a queue must not drop', async () => {
    const bus = makeBus();
    const gates = [deferred(), deferred(), deferred()];
    let next = 0;
    bus.subscribe(DealCreated, () => gates[(next += 1) - 1]?.promise, { ...full('backpressure'), queueSize: 1 });
    expect(bus.room()).toBeUndefined();
    for (let position = 0; position < 3; position += 1) bus.publishRecorded(deal(), position);
    let hasRoom = false;
    const room = bus.room()?.then(() => (hasRoom = true));
    await settle();
    expect(hasRoom).toBe(false);
    gates[0]?.resolve();
    await settle();
    expect(hasRoom).toBe(false);
    gates[1]?.resolve();
    await room;
    expect(bus.room()).toBeUndefined();
    gates[2]?.resolve();
  });

  it('that tells of the bus itself is left out too, and that is not told of', () => {
    const bus = makeBus();
    bus.subscribe('bus.*', () => new Promise(() => undefined), { mode: 'async', queueSize: 1 });
    bus.subscribe(
      DealCreated,
      () => {
        throw new Error('always');
      },
      { deadLetter: false },
    );
    for (let n = 0; n < 5; n += 1) bus.publish(deal());
    expect(bus.metrics()).toMatchObject({ queueDepth: 1, dropped: 4, failed: 5, published: 10 });
  });
});
