import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { BusHistory } from '../../application/bus/event-bus.port.js';

/**
 * The last N events. Adding costs the same however many there are: sequence numbers have no gaps, so an event's place follows from its
 * number.
 */
export class HistoryRing {
  readonly #capacity: number;
  readonly #events: DomainEvent[] = [];
  #newest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Keeps an event under the next sequence number. */
  push(event: DomainEvent): void {
    // Number 1 lies at index 0, and the ring fills before it turns.
    if (this.#capacity > 0) this.#events[this.#newest % this.#capacity] = event;
    this.#newest += 1;
  }

  /** The events after a sequence number, oldest first, the newest `limit` of those that match. */
  read(after: number, limit: number, matches: (type: string) => boolean): BusHistory {
    const newest = this.#newest;
    const oldest = this.#events.length === 0 ? 0 : newest - this.#events.length + 1;
    const events: DomainEvent[] = [];
    for (let sequence = newest; sequence >= Math.max(oldest, after + 1, 1) && events.length < limit; sequence -= 1) {
      const event = this.#events[(sequence - 1) % this.#capacity];
      if (event !== undefined && matches(event.type)) events.push(event);
    }
    const firstKept = oldest === 0 ? newest + 1 : oldest;
    return { events: events.reverse(), oldest, newest, gap: after + 1 < firstKept };
  }
}
