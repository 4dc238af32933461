import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { BusHistory } from '../../application/bus/event-bus.port.js';

/**
 * The last N events. Adding costs the same however many there are: sequence numbers have no gaps, so an event's place
 * follows from its number.
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
    const firstKept = newest - this.#events.length + 1;
    const first = Math.max(firstKept, after + 1);
    const events: DomainEvent[] = [];
    for (let sequence = newest; sequence >= first && events.length < limit; sequence -= 1) {
      const event = this.#events[(sequence - 1) % this.#capacity];
      if (event !== undefined && matches(event.type)) events.push(event);
    }
    const oldest = this.#events.length === 0 ? 0 : firstKept;
    return { events: events.reverse(), oldest, newest, gap: Math.max(after, 0) + 1 < firstKept };
  }
}
