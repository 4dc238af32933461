import { type DomainEvent, EventFactory, type EventBus, RxEventBus } from '../../src/index.js';
import { FakeClock } from './fake-clock.js';
import { SequenceIds } from './sequence-ids.js';

let buses = 0;

/** A bus that shares no ids with others: bridges know events by them. */
export function makeBridgedBus(): RxEventBus {
  buses += 1;
  return new RxEventBus(new EventFactory(new FakeClock(), new SequenceIds(`bus-${buses}`)));
}

/** The events that a bus delivers from now on, as they come. */
export function heardOn(bus: EventBus): DomainEvent[] {
  const heard: DomainEvent[] = [];
  bus.subscribe('**', (event) => void heard.push(event), { name: 'listener' });
  return heard;
}

/** The handlers of a bus, by name, those apart that the tests put there. */
export function handlersOf(bus: EventBus): readonly string[] {
  return bus
    .subscriptions()
    .map(({ name }) => name)
    .filter((name) => name !== 'listener');
}
