import { BehaviorSubject, Subject } from 'rxjs';
import {
  BusBridge,
  BusHandlerFailed,
  type DomainEvent,
  type EventRecord,
  subjectEndPoint,
} from '../../../../src/index.js';
import { handlersOf, heardOn, makeBridgedBus } from '../../../support/bridges.js';
import { deal, DealCreated } from '../../../support/deals.js';

const identity = (event: DomainEvent): DomainEvent => event;

describe('a bridge to a Subject', () => {
  it('carries events both ways, each once', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const subject = new Subject<DomainEvent>();
    const values: DomainEvent[] = [];
    subject.subscribe((event) => values.push(event));
    using bridge = new BusBridge(bus, subjectEndPoint(subject), { outgoing: identity }).enable();
    const [first, second] = [deal(), deal()];
    bus.publish(first);
    subject.next(second);
    expect([heard, values]).toStrictEqual([
      [first, second],
      [first, second],
    ]);
    expect(bridge.counters).toMatchObject({ sent: 1, received: 1, skipped: 2 });
  });

  it('sends nothing that it is not told how', () => {
    const bus = makeBridgedBus();
    const subject = new Subject<string>();
    const values: string[] = [];
    subject.subscribe((value) => values.push(value));
    using bridge = new BusBridge(bus, subjectEndPoint(subject)).enable();
    bus.publish(deal());
    expect([values, bridge.counters.sent]).toStrictEqual([[], 0]);
  });

  it('maps values', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const subject = new Subject<number>();
    const values: number[] = [];
    subject.subscribe((value) => values.push(value));
    using bridge = new BusBridge(bus, subjectEndPoint(subject), {
      topic: DealCreated,
      outgoing: ({ payload }) => Number(payload.dealId),
      incoming: (amount) => (amount < 0 ? undefined : deal(String(amount))),
    }).enable();
    bus.publish(deal('1'));
    subject.next(2);
    subject.next(-3);
    expect(values).toStrictEqual([1, 2, -3]);
    expect(heard.map(({ payload }) => payload)).toStrictEqual([{ dealId: '1' }, { dealId: '2' }]);
    expect(bridge.counters).toMatchObject({ sent: 1, received: 1, ignored: 1 });
  });

  it('knows an event again that comes back later, though it would be made anew', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const subject = new Subject<DomainEvent>();
    let mapped = 0;
    using bridge = new BusBridge(bus, subjectEndPoint(subject), {
      outgoing: identity,
      incoming: () => {
        mapped += 1;
        return deal();
      },
    }).enable();
    const event = deal();
    bus.publish(event);
    subject.next(event);
    expect([heard, mapped, bridge.counters.skipped]).toStrictEqual([[event], 0, 2]);
  });

  it('knows an event again by its id, in whatever form it was sent', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const subject = new Subject<string>();
    const sent: string[] = [];
    subject.subscribe((text) => sent.push(text));
    using bridge = new BusBridge(bus, subjectEndPoint(subject), {
      topic: DealCreated,
      outgoing: (event) => JSON.stringify(event),
      incoming(text) {
        const { payload, type: _, ...context } = JSON.parse(text) as EventRecord;
        return DealCreated.restore(payload, context);
      },
    }).enable();
    bus.publish(deal());
    subject.next(sent[0] ?? '');
    expect([heard.length, bridge.counters.sent, bridge.counters.skipped]).toStrictEqual([1, 1, 2]);
  });

  it('ends with the Subject, and leaves nothing on the bus', () => {
    const bus = makeBridgedBus();
    const subject = new Subject<DomainEvent>();
    const bridge = new BusBridge(bus, subjectEndPoint(subject), { outgoing: identity }).enable();
    subject.complete();
    expect([bridge.enabled, bridge.counters.failed, handlersOf(bus)]).toStrictEqual([false, 0, []]);
    expect(bridge.enable().enabled).toBe(false);
    expect(handlersOf(bus)).toStrictEqual([]);
  });

  it('counts the error that a Subject ends with', () => {
    const bus = makeBridgedBus();
    const subject = new Subject<DomainEvent>();
    const bridge = new BusBridge(bus, subjectEndPoint(subject), { outgoing: identity }).enable();
    subject.error(new Error('the source is gone'));
    expect([bridge.enabled, bridge.counters.failed, bridge.lastError]).toStrictEqual([
      false,
      1,
      'Error: the source is gone',
    ]);
  });

  it('ends when it sends into a Subject that is closed', () => {
    const bus = makeBridgedBus();
    const heard = heardOn(bus);
    const subject = new Subject<DomainEvent>();
    const bridge = new BusBridge(bus, subjectEndPoint(subject), { outgoing: identity, incoming: false }).enable();
    subject.unsubscribe();
    bus.publish(deal());
    bus.publish(deal());
    expect([bridge.enabled, bridge.counters.failed, handlersOf(bus)]).toStrictEqual([false, 1, []]);
    expect(heard.filter((event) => BusHandlerFailed.is(event))).toHaveLength(1);
  });

  it('leaves nothing at a Subject when it is disabled, or the bus closes', async () => {
    const bus = makeBridgedBus();
    const subject = new BehaviorSubject<DomainEvent>(deal());
    const bridge = new BusBridge(bus, subjectEndPoint(subject), { outgoing: identity }).enable();
    expect(subject.observed).toBe(true);
    bridge.disable();
    expect(subject.observed).toBe(false);
    bridge.enable();
    await bus.close();
    expect(subject.observed).toBe(false);
  });
});
