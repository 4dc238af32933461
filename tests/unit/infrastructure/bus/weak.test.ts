import { jest } from '@jest/globals';
import { BusHandlerCollected, type EventBus } from '../../../../src/index.js';
import { makeBus } from '../../../support/bus.js';
import { codeOf } from '../../../support/caught.js';
import { COLLECTING_MS, collectGarbage } from '../../../support/collect-garbage.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';
import { settle } from '../../../support/deferred.js';

class Panel {
  readonly shown: string[] = [];
}

/** Subscribes a panel that nobody holds. */
function subscribeNobody(bus: EventBus, seen: string[]): { unsubscribe(): void; readonly active: boolean } {
  return bus.subscribeWeak(DealCreated, new Panel(), (panel, event) => seen.push(event.type + panel.shown.length), {
    name: 'panel',
  });
}

jest.setTimeout(COLLECTING_MS);

describe('a weak handler', () => {
  it('ends when its target is gone, and that is told', async () => {
    const bus = makeBus();
    const seen: string[] = [];
    const told: unknown[] = [];
    bus.subscribe(BusHandlerCollected, ({ payload }) => told.push(payload));
    const subscription = subscribeNobody(bus, seen);
    bus.publish(deal());
    expect(bus.subscriptions()[1]).toMatchObject({ name: 'panel', isWeak: true });
    await collectGarbage(() => told.length > 0);
    expect(told).toStrictEqual([{ handler: 'panel', topic: 'deal.created' }]);
    bus.publish(deal());
    expect(seen).toStrictEqual(['deal.created0']);
    expect(subscription.active).toBe(false);
    expect(bus.metrics()).toMatchObject({ collected: 1, subscriptions: 1 });
  });

  it('stays for as long as somebody holds its target', async () => {
    const bus = makeBus();
    const panel = new Panel();
    bus.subscribeWeak(DealCreated, panel, ({ shown }, { payload }) => shown.push(payload.dealId));
    const others: string[] = [];
    subscribeNobody(bus, others);
    await collectGarbage(() => bus.metrics().collected === 1);
    bus.publish(deal('a'));
    expect(panel.shown).toStrictEqual(['a']);
    expect(others).toStrictEqual([]);
  });

  it('that has ended before is not told of', async () => {
    const bus = makeBus();
    subscribeNobody(bus, []).unsubscribe();
    subscribeNobody(bus, []);
    // The first one's target goes at the same time at the latest.
    await collectGarbage(() => bus.metrics().collected === 1);
    expect(bus.metrics().collected).toBe(1);
  });

  it('has the other modes and options as well', async () => {
    const bus = makeBus();
    const panel = new Panel();
    const show = async ({ shown }: Panel, { payload }: DealCreated): Promise<void> => {
      await settle();
      shown.push(payload.dealId);
    };
    bus.publish(deal('past'));
    bus.subscribeWeak(DealCreated, panel, show, {
      mode: 'async',
      replay: 1,
      filter: ({ payload }) => payload.dealId !== 'x',
    });
    for (const name of ['a', 'x', 'b']) bus.publish(deal(name));
    await bus.settled();
    expect(panel.shown).toStrictEqual(['past', 'a', 'b']);
  });

  it('needs a target that can be held weakly', async () => {
    for (const target of [undefined, null, 'panel', 1]) {
      expect(await codeOf(() => makeBus().subscribeWeak('**', target as never, () => undefined))).toBe(
        'WAYMARK_INVALID_ARGUMENT',
      );
    }
    expect(await codeOf(() => makeBus().subscribeWeak('**', {}, 'handler' as never))).toBe('WAYMARK_INVALID_HANDLER');
  });
});

it('takes what is published from a finalizer of the host', async () => {
  const bus = makeBus();
  const seen: string[] = [];
  bus.subscribe('deal.*', (event) => seen.push(event.type));
  const registry = new FinalizationRegistry(() => bus.publish(new DealWon({ dealId: 'd' })));
  (() => registry.register(new Panel(), undefined))();
  await collectGarbage(() => seen.length > 0);
  expect(seen).toStrictEqual(['deal.won']);
});
