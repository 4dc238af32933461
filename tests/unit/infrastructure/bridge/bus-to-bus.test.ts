import { BusBridge, busEndPoint, BusHandlerFailed, type RxEventBus } from '../../../../src/index.js';
import { handlersOf, heardOn, makeBridgedBus } from '../../../support/bridges.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';

describe('a bridge between two buses', () => {
  let here: RxEventBus;
  let there: RxEventBus;
  beforeEach(() => {
    here = makeBridgedBus();
    there = makeBridgedBus();
  });

  it('carries events as they are, both ways, and none back', () => {
    const [heardHere, heardThere] = [heardOn(here), heardOn(there)];
    using bridge = new BusBridge(here, busEndPoint(there)).enable();
    const [first, second] = [deal(), deal()];
    here.publish(first);
    there.publish(second);
    expect([heardHere, heardThere]).toStrictEqual([
      [first, second],
      [first, second],
    ]);
    expect(bridge.counters).toStrictEqual({ sent: 1, received: 1, skipped: 2, ignored: 0, failed: 0 });
  });

  it('carries the topics that it is told to, one way if it is told so', () => {
    const [heardHere, heardThere] = [heardOn(here), heardOn(there)];
    using bridge = new BusBridge(here, busEndPoint(there, DealWon), { topic: DealCreated, incoming: false }).enable();
    here.publish(deal('1'));
    here.publish(new DealWon({ dealId: '1' }));
    there.publish(new DealWon({ dealId: '2' }));
    expect(heardHere).toHaveLength(2);
    expect(heardThere.map(({ type }) => type)).toStrictEqual(['deal.created', 'deal.won']);
    expect(bridge.counters).toMatchObject({ sent: 1, received: 0 });
  });

  it('knows an event again that was made anew on the way', () => {
    const [heardHere, heardThere] = [heardOn(here), heardOn(there)];
    using bridge = new BusBridge(here, busEndPoint(there), {
      topic: DealCreated,
      outgoing: ({ payload }) => new DealWon({ dealId: payload.dealId }),
    }).enable();
    // Published by a handler: the bus delivers it when the bridge has sent it already.
    there.subscribe('execution.**', () => undefined);
    there.subscribe(DealCreated, () => here.publish(deal('2')));
    there.publish(deal('1'));
    expect(heardHere.map(({ type }) => type)).toStrictEqual(['deal.created', 'deal.created']);
    expect(heardThere.map(({ type }) => type)).toStrictEqual(['deal.created', 'deal.won']);
    expect(bridge.counters).toMatchObject({ sent: 1, received: 1 });
  });

  it('delivers once over two bridges between the same buses', () => {
    const [heardHere, heardThere] = [heardOn(here), heardOn(there)];
    using _one = new BusBridge(here, busEndPoint(there)).enable();
    using _two = new BusBridge(there, busEndPoint(here)).enable();
    here.publish(deal());
    there.publish(deal());
    expect([heardHere.length, heardThere.length]).toStrictEqual([2, 2]);
  });

  it('carries nothing to a bus that has had it, though it was not let over before', () => {
    const [heardHere, heardThere] = [heardOn(here), heardOn(there)];
    using bridge = new BusBridge(here, busEndPoint(there), {
      outgoing: ({ type }) => (type === 'deal.created' ? undefined : new DealWon({ dealId: type })),
    }).enable();
    const event = deal();
    here.publish(event);
    there.publish(event);
    expect([heardHere, heardThere]).toStrictEqual([[event], [event]]);
    expect(bridge.counters).toMatchObject({ received: 0, ignored: 1, skipped: 1 });
  });

  it('goes around a ring once', () => {
    const third = makeBridgedBus();
    const heard = [here, there, third].map(heardOn);
    const ring = [
      new BusBridge(here, busEndPoint(there), { incoming: false }),
      new BusBridge(there, busEndPoint(third), { incoming: false }),
      new BusBridge(third, busEndPoint(here), { incoming: false }),
    ].map((bridge) => bridge.enable());
    there.publish(deal());
    expect(heard.map((events) => events.length)).toStrictEqual([1, 1, 1]);
    for (const bridge of ring) bridge.disable();
  });

  it('stops, by the bus, a ring that makes every event anew', () => {
    const heard = heardOn(here);
    const third = makeBridgedBus();
    const anew = { topic: DealCreated, incoming: false, outgoing: () => deal() } as const;
    const ring = [
      new BusBridge(here, busEndPoint(there), anew),
      new BusBridge(there, busEndPoint(third), anew),
      new BusBridge(third, busEndPoint(here), anew),
    ].map((bridge) => bridge.enable());
    expect(() => here.publish(deal())).not.toThrow();
    expect(heard.filter((event) => DealCreated.is(event))).toHaveLength(100);
    expect(ring.at(-1)?.lastError).toContain('Handlers publish in a circle');
  });

  it('forgets the oldest ids in the end', () => {
    const heard = heardOn(there);
    using bridge = new BusBridge(here, busEndPoint(there)).enable();
    const first = deal();
    const publish = (count: number): void => {
      for (let index = 0; index < count; index += 1) here.publish(deal());
    };
    here.publish(first);
    publish(14_999);
    here.publish(first);
    expect([heard.length, bridge.counters.sent]).toStrictEqual([15_000, 15_000]);
    publish(20_001);
    here.publish(first);
    expect(heard.at(-1)).toBe(first);
  });

  it('ends with either bus, and leaves nothing on the other', async () => {
    const third = makeBridgedBus();
    const bridges = [new BusBridge(here, busEndPoint(there)), new BusBridge(third, busEndPoint(here))];
    for (const bridge of bridges) bridge.enable();
    await here.close();
    expect(bridges.map(({ enabled }) => enabled)).toStrictEqual([false, false]);
    expect([here, there, third].map(handlersOf)).toStrictEqual([[], [], []]);
  });

  it('carries what was published before the bus closed', async () => {
    const heard = heardOn(there);
    here.subscribe(DealCreated, () => {
      here.publish(new DealWon({ dealId: '1' }));
      void here.close();
    });
    new BusBridge(here, busEndPoint(there)).enable();
    here.publish(deal('1'));
    await here.close();
    expect(heard.map(({ type }) => type)).toStrictEqual(['deal.created', 'deal.won']);
  });

  it('fails once into a bus that is closed, when it only sends', async () => {
    const heard = heardOn(here);
    const bridge = new BusBridge(here, busEndPoint(there), { incoming: false }).enable();
    await there.close();
    here.publish(deal());
    here.publish(deal());
    expect(heard.filter((event) => BusHandlerFailed.is(event))).toHaveLength(1);
    expect([bridge.enabled, bridge.counters.failed, handlersOf(here)]).toStrictEqual([false, 1, []]);
  });

  it('carries what one bus tells of others, and not what it tells of the bridge', () => {
    const heard = heardOn(there);
    using bridge = new BusBridge(here, busEndPoint(there), {
      name: 'over',
      outgoing: (event) => {
        if (DealWon.is(event)) throw new Error('no way');
        return event;
      },
    }).enable();
    here.subscribe(
      DealCreated,
      () => {
        throw new Error('tired');
      },
      { name: 'other', deadLetter: false },
    );
    here.publish(deal());
    here.publish(new DealWon({ dealId: '1' }));
    expect(heard.filter((event) => BusHandlerFailed.is(event))).toMatchObject([{ payload: { handler: 'other' } }]);
    expect(bridge.counters.failed).toBe(1);
  });
});
