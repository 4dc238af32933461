import { EventEmitter, getEventListeners } from 'node:events';
import { Subject } from 'rxjs';
import {
  BusBridge,
  busEndPoint,
  type DomainEvent,
  type EndPoint,
  eventEmitterEndPoint,
  eventTargetEndPoint,
  subjectEndPoint,
} from '../../../../src/index.js';
import { handlersOf, heardOn, makeBridgedBus } from '../../../support/bridges.js';
import { codeOf } from '../../../support/caught.js';
import { deal } from '../../../support/deals.js';

describe('a bridge', () => {
  it('is off until it is enabled, and enables and disables once, however often it is told to', () => {
    const bus = makeBridgedBus();
    const emitter = new EventEmitter();
    const bridge = new BusBridge(bus, eventEmitterEndPoint(emitter, ['line']));
    const state = (): readonly unknown[] => [bridge.enabled, emitter.listenerCount('line'), handlersOf(bus).length > 0];
    expect(state()).toStrictEqual([false, 0, false]);
    bridge.enable().enable();
    expect(state()).toStrictEqual([true, 1, true]);
    expect(bus.subscriptions().filter(({ isWeak }) => isWeak)).toMatchObject([
      { name: 'bridge to event emitter', topic: '**', mode: 'sync' },
    ]);
    bridge.disable();
    bridge.disable();
    expect(state()).toStrictEqual([false, 0, false]);
    bridge.enable();
    bridge[Symbol.dispose]();
    expect(state()).toStrictEqual([false, 0, false]);
  });

  it('leaves no handler on either side, however often it is enabled and disabled', () => {
    const bus = makeBridgedBus();
    const other = makeBridgedBus();
    const emitter = new EventEmitter();
    const subject = new Subject<DomainEvent>();
    const target = new EventTarget();
    const bridges = [
      new BusBridge(bus, eventEmitterEndPoint(emitter, ['line'])),
      new BusBridge(bus, subjectEndPoint(subject), { outgoing: (event) => event }),
      new BusBridge(bus, eventTargetEndPoint(target, ['line'])),
      new BusBridge(bus, busEndPoint(other)),
    ];
    for (let round = 0; round < 10_000; round += 1) {
      for (const bridge of bridges) bridge.enable();
      for (const bridge of bridges) bridge.disable();
    }
    expect([bus.metrics().subscriptions, other.metrics().subscriptions]).toStrictEqual([0, 0]);
    expect([emitter.listenerCount('line'), emitter.getMaxListeners()]).toStrictEqual([0, 10]);
    expect([subject.observed, getEventListeners(target, 'line').length]).toStrictEqual([false, 0]);
  });

  it('carries nothing while it is disabled', () => {
    const [here, there] = [makeBridgedBus(), makeBridgedBus()];
    const heard = heardOn(there);
    const bridge = new BusBridge(here, busEndPoint(there)).enable();
    bridge.disable();
    here.publish(deal());
    expect(heard).toStrictEqual([]);
  });

  it('works for a mechanism of a host', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const handlers = new Set<(text: string) => void>();
    const sent: string[] = [];
    const endPoint: EndPoint<string> = {
      kind: 'set of handlers',
      target: new WeakRef(handlers),
      receive(target, receiver) {
        const handler = (text: string): void => receiver.message(text);
        (target as typeof handlers).add(handler);
        return () => (target as typeof handlers).delete(handler);
      },
      send: (_, message) => void sent.push(message),
    };
    using bridge = new BusBridge(bus, endPoint, { outgoing: ({ type }) => type, incoming: (text) => deal(text) });
    bridge.enable();
    bus.publish(deal('1'));
    for (const handler of handlers) handler('2');
    expect(sent).toStrictEqual(['deal.created']);
    expect(heard.map(({ payload }) => payload)).toStrictEqual([{ dealId: '1' }, { dealId: '2' }]);
    expect(bridge.name).toBe('bridge to set of handlers');
    bridge.disable();
    expect(handlers.size).toBe(0);
  });

  it('stops listening to what has ended while it began to listen', () => {
    const bus = makeBridgedBus();
    const ended = {};
    let listeners = 0;
    const bridge = new BusBridge<string>(
      bus,
      {
        kind: 'end',
        target: new WeakRef(ended),
        receive(_, receiver) {
          listeners += 1;
          receiver.end();
          return () => (listeners -= 1);
        },
        send: () => undefined,
      },
      { outgoing: ({ type }) => type, incoming: (text) => deal(text) },
    );
    expect(bridge.enable().enabled).toBe(false);
    expect([listeners, handlersOf(bus), typeof ended]).toStrictEqual([0, [], 'object']);
  });

  it('leaves no half of it when one side can not be listened to', async () => {
    const [here, there] = [makeBridgedBus(), makeBridgedBus()];
    await there.close();
    const bridge = new BusBridge(here, busEndPoint(there));
    expect(await codeOf(() => bridge.enable())).toBe('WAYMARK_BUS_CLOSED');
    expect([bridge.enabled, handlersOf(here)]).toStrictEqual([false, []]);
    const invalid = new BusBridge(here, busEndPoint(makeBridgedBus()), { topic: 'Not A Topic' });
    expect(await codeOf(() => invalid.enable())).toBe('WAYMARK_INVALID_TOPIC');
    expect([invalid.enabled, handlersOf(here)]).toStrictEqual([false, []]);
  });

  it('refuses what makes no bridge', async () => {
    const bus = makeBridgedBus();
    const endPoint = subjectEndPoint(new Subject<DomainEvent>());
    const refused = [
      () => new BusBridge(bus, busEndPoint(bus)),
      () => new BusBridge(bus, endPoint, { outgoing: false, incoming: false }),
      () => new BusBridge(bus, endPoint, { outgoing: 'identity' as never }),
      () => new BusBridge(bus, endPoint, { incomming: () => undefined } as object),
      () => new BusBridge(bus, endPoint, { onError: true as never }),
      () => new BusBridge(bus, endPoint, { name: '' }),
    ];
    const codes = await Promise.all(refused.map(codeOf));
    expect(new Set(codes)).toStrictEqual(new Set(['WAYMARK_INVALID_ARGUMENT']));
  });
});
