import { getEventListeners, getMaxListeners } from 'node:events';
import { BusBridge, BusHandlerFailed, eventTargetEndPoint } from '../../../../src/index.js';
import { handlersOf, heardOn, makeBridgedBus } from '../../../support/bridges.js';
import { deal, DealCreated, DealWon } from '../../../support/deals.js';

describe('a bridge to an EventTarget', () => {
  it('dispatches an event under its type, and takes one in that is dispatched so', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const target = new EventTarget();
    const details: unknown[] = [];
    target.addEventListener('deal.created', (event) => void details.push((event as CustomEvent).detail));
    using bridge = new BusBridge(bus, eventTargetEndPoint(target, ['deal.created', 'deal.won'])).enable();
    const created = deal('1');
    const won = new DealWon({ dealId: '1' });
    bus.publish(created);
    target.dispatchEvent(new CustomEvent('deal.won', { detail: won }));
    expect(details).toStrictEqual([created]);
    expect(heard).toStrictEqual([created, won]);
    expect(bridge.counters).toStrictEqual({ sent: 1, received: 1, skipped: 2, ignored: 0, failed: 0 });
  });

  it('maps both ways', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const target = new EventTarget();
    const types: string[] = [];
    target.addEventListener('ready', ({ type }) => void types.push(type));
    using bridge = new BusBridge(bus, eventTargetEndPoint(target, ['stop']), {
      topic: DealCreated,
      outgoing: () => new Event('ready'),
      incoming: ({ type }) => new DealWon({ dealId: type }),
    }).enable();
    bus.publish(deal());
    target.dispatchEvent(new Event('stop'));
    expect(types).toStrictEqual(['ready']);
    expect(heard[1]?.payload).toStrictEqual({ dealId: 'stop' });
    expect(bridge.counters).toMatchObject({ sent: 1, received: 1 });
  });

  it('leaves what carries no event, and reports what can not be dispatched', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const target = new EventTarget();
    using bridge = new BusBridge(bus, eventTargetEndPoint(target, ['stop']), {
      topic: DealCreated,
      outgoing: () => ({}) as Event,
    }).enable();
    target.dispatchEvent(new Event('stop'));
    bus.publish(deal());
    expect(heard.filter((event) => BusHandlerFailed.is(event))).toHaveLength(1);
    expect(bridge.counters).toMatchObject({ ignored: 1, failed: 1 });
  });

  it('leaves nothing behind when it is disabled, or the bus closes', async () => {
    const bus = makeBridgedBus();
    const target = new EventTarget();
    const limit = getMaxListeners(target);
    const bridge = new BusBridge(bus, eventTargetEndPoint(target, ['a', 'b', 'a'])).enable();
    expect([getEventListeners(target, 'a').length, getEventListeners(target, 'b').length]).toStrictEqual([1, 1]);
    bridge.disable();
    expect([getEventListeners(target, 'a'), handlersOf(bus), getMaxListeners(target)]).toStrictEqual([[], [], limit]);
    bridge.enable();
    await bus.close();
    expect([getEventListeners(target, 'a'), bridge.enabled]).toStrictEqual([[], false]);
  });
});
