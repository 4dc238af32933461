import type { EventEmitter } from 'node:events';
import { DomainEvent } from '../../domain/events/domain-event.js';
import { makeRoomForListener } from './spare-listener.js';
import type { EndPoint } from './end-point.js';

/** One `emit` of an EventEmitter. */
export interface EmitterMessage {
  readonly name: string | symbol;
  readonly args: readonly unknown[];
}

/**
 * An EventEmitter as one side of a {@link BusBridge}. A bridge that is not told otherwise emits an event under its type
 * with the event as the only argument, and takes in events that are emitted so.
 *
 * An emitter throws what a listener throws, and an `error` that nobody listens to: both are failures of the bridge, and
 * `emit` for a name that comes in never throws because of it. Listening to `error` is listening: Node throws it no
 * more.
 *
 * @param names what comes in; nothing when left out. What goes out may have any name
 * @example
 * import { EventEmitter } from 'node:events';
 *
 * const emitter = new EventEmitter();
 * const endPoint = eventEmitterEndPoint(emitter, ['line', 'close']);
 * using bridge = new BusBridge(waymark.bus, endPoint, {
 *   topic: 'deal.*',
 *   incoming: ({ name, args }) => (name === 'line' ? new DealCreated({ dealId: String(args[0]) }) : undefined),
 * }).enable();
 */
export function eventEmitterEndPoint(
  emitter: EventEmitter,
  names: readonly (string | symbol)[] = [],
): EndPoint<EmitterMessage, EventEmitter> {
  const distinct = [...new Set(names)];
  return {
    kind: 'event emitter',
    target: new WeakRef(emitter),
    receive(target, receiver) {
      // An `emit` that is going on still calls a listener that was taken off meanwhile.
      let isListening = true;
      const listeners = distinct.map((name) => {
        const listener = (...args: readonly unknown[]): void => {
          if (isListening) receiver.message({ name, args });
        };
        return { name, listener };
      });
      const takeRoomBack = makeRoomForListener(target);
      for (const { name, listener } of listeners) target.on(name, listener);
      return () => {
        isListening = false;
        for (const { name, listener } of listeners) target.off(name, listener);
        takeRoomBack();
      };
    },
    send(target, { name, args }) {
      target.emit(name, ...args);
    },
    wrap: (event) => ({ name: event.type, args: [event] }),
    unwrap: ({ args: [first] }) => (DomainEvent.isEvent(first) ? first : undefined),
    isSame: (sent, received) =>
      sent.name === received.name &&
      sent.args.length === received.args.length &&
      sent.args.every((arg, index) => Object.is(arg, received.args[index])),
  };
}
