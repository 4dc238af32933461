import { DomainEvent } from '../../domain/events/domain-event.js';
import { makeRoomForListener } from './spare-listener.js';
import type { EndPoint } from './end-point.js';

/**
 * An EventTarget as one side of a {@link BusBridge}. A bridge that is not told otherwise dispatches a `CustomEvent` with
 * the type of the event and the event as its `detail`, and takes in events that are dispatched so.
 *
 * What a listener of the target throws, Node throws into the process, with a bridge as without.
 *
 * @param types what comes in; nothing when left out. What goes out may have any type
 * @example
 * const target = new EventTarget();
 * using bridge = new BusBridge(waymark.bus, eventTargetEndPoint(target, ['abort']), {
 *   topic: 'execution.*',
 *   incoming: () => new DealArchived({ dealId: 'd-1' }),
 * }).enable();
 */
export function eventTargetEndPoint(target: EventTarget, types: readonly string[] = []): EndPoint<Event, EventTarget> {
  const distinct = [...new Set(types)];
  return {
    kind: 'event target',
    target: new WeakRef(target),
    receive(listened, receiver) {
      const listener = (event: Event): void => receiver.message(event);
      const takeRoomBack = makeRoomForListener(listened);
      for (const type of distinct) listened.addEventListener(type, listener);
      return () => {
        for (const type of distinct) listened.removeEventListener(type, listener);
        takeRoomBack();
      };
    },
    send(listened, event) {
      listened.dispatchEvent(event);
    },
    wrap: (event) => new CustomEvent(event.type, { detail: event }),
    unwrap(event) {
      const { detail } = event as Event & { readonly detail?: unknown };
      return DomainEvent.isEvent(detail) ? detail : undefined;
    },
  };
}
