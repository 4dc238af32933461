import { ObjectUnsubscribedError, type Subject } from 'rxjs';
import { DomainEvent } from '../../domain/events/domain-event.js';
import type { EndPoint } from './end-point.js';

/**
 * An RxJS Subject as one side of a {@link BusBridge}. Of what comes in, a bridge that is not told otherwise takes the
 * events. What goes out it has to be told: only the host knows that a Subject takes events (`outgoing: (event) =>
 * event`).
 *
 * A Subject that completes ends the bridge, and one that fails ends it with a failure. What an observer of the Subject
 * throws, RxJS throws into the process, with a bridge as without.
 *
 * @example
 * import { Subject } from 'rxjs';
 *
 * const amounts = new Subject<number>();
 * using bridge = new BusBridge(waymark.bus, subjectEndPoint(amounts), {
 *   topic: DealCreated,
 *   outgoing: ({ payload }) => payload.dealId.length,
 *   incoming: (amount) => new DealCreated({ dealId: `deal-${amount}` }),
 * }).enable();
 */
export function subjectEndPoint<Value>(subject: Subject<Value>): EndPoint<Value, Subject<Value>> {
  return {
    kind: 'subject',
    target: new WeakRef(subject),
    receive(target, receiver) {
      const subscription = target.subscribe({
        next: (value) => receiver.message(value),
        complete: () => receiver.end(),
        error: (error: unknown) => receiver.end({ error }),
      });
      return () => subscription.unsubscribe();
    },
    send(target, value) {
      target.next(value);
    },
    isEnd: (error) => error instanceof ObjectUnsubscribedError,
    unwrap: (value) => (DomainEvent.isEvent(value) ? value : undefined),
  };
}
