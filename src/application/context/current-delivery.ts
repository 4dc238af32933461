import type { DomainEvent } from '../../domain/events/domain-event.js';

// One variable, because a bus sets it for every event: asynchronous storage would cost more than all the rest of a
// publish. It is set and put back within one stack of calls, so that no other work can see it in between.
let delivering: DomainEvent | undefined;

/** The event whose handlers are being called right now, on this stack; `undefined` outside of deliveries. */
export function currentDelivery(): DomainEvent | undefined {
  return delivering;
}

/** Says which event is being delivered from now on. Whoever says so puts back what was there before. */
export function setCurrentDelivery(event: DomainEvent | undefined): void {
  delivering = event;
}
