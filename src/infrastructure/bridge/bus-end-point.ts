import type { EventBus } from '../../application/bus/event-bus.port.js';
import type { Topic } from '../../application/bus/topic.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { EndPoint } from './end-point.js';

/**
 * Another bus of Waymark's as one side of a {@link BusBridge}. Events cross as they are, with their id and their
 * context. A bus that closes ends the bridge, and so does one that is collected: the bus at the other end then tells of
 * it as `bus.handler_collected`.
 *
 * @param topic what comes in; everything when left out
 * @example
 * await using other = await createWaymark({ storage: 'memory:' });
 * using bridge = new BusBridge(waymark.bus, busEndPoint(other.bus, 'deal.*'), { topic: 'deal.*' }).enable();
 */
export function busEndPoint(bus: EventBus, topic: Topic = '**'): EndPoint<DomainEvent, EventBus> {
  return {
    kind: 'bus',
    target: new WeakRef(bus),
    receive(target, receiver) {
      const owner = receiver.owner.deref();
      // A side that is gone listens to nothing.
      if (owner === undefined) return () => undefined;
      // The owner comes as an argument, too: enclosed, it would be kept by the bus.
      const subscription = target.subscribeWeak(topic, owner, (_, event) => receiver.message(event), {
        name: receiver.name,
      });
      const stopWatching = whenClosed(target, () => receiver.end());
      return (reason) => {
        stopWatching();
        // The bus notices by itself that the owner was collected, and reports it.
        if (reason === 'disabled') subscription.unsubscribe();
      };
    },
    send(target, event) {
      target.publish(event);
    },
    isEnd: (error) => WaymarkError.is(error, 'WAYMARK_BUS_CLOSED'),
    wrap: (event) => event,
    unwrap: (event) => event,
  };
}

/**
 * Calls back when a bus closes.
 *
 * @returns takes it back
 */
export function whenClosed(bus: EventBus, closed: () => void): () => void {
  const { closing } = bus;
  if (closing.aborted) closed();
  closing.addEventListener('abort', closed, { once: true });
  return () => closing.removeEventListener('abort', closed);
}
