import type { BusHistory } from '../../application/bus/event-bus.port.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { EventDelivery } from './event-delivery.js';

/** Which part of the ring. */
export interface RingQuery {
  /** Only events with a higher sequence number. */
  readonly after: number;
  /** Only events up to this number. */
  readonly upTo?: number;
  /** The newest so many of those that match. */
  readonly limit: number;
  readonly matches: (event: DomainEvent, position: number | undefined) => boolean;
  /** Asks for recorded events at a higher position alone: no other counts as missing. */
  readonly afterPosition?: number | undefined;
}

/** A part of the ring, with the delivery of each event. */
export interface RingPart extends BusHistory {
  readonly deliveries: readonly EventDelivery[];
}

/** How much a ring holds. */
export interface RingLimits {
  readonly events: number;
  /** How many bytes they may have together, as JSON; without a limit when left out. */
  readonly bytes?: number;
}

/**
 * The last N events. Adding costs the same however many there are: sequence numbers have no gaps, so an event's place
 * follows from its number.
 */
export class HistoryRing {
  readonly #capacity: number;
  readonly #maxBytes: number | undefined;
  readonly #events: (DomainEvent | undefined)[] = [];
  readonly #positions: (number | undefined)[] = [];
  /** The size of each event, where there is a limit to it. */
  readonly #sizes: number[] = [];
  #bytes = 0;
  #newest = 0;
  /** How many events are held. */
  #count = 0;
  /** Of the recorded events that are held no more: the highest position, and the newest one's sequence number. */
  #lostPosition = -1;
  #lostRecorded = 0;

  constructor(limits: RingLimits) {
    this.#capacity = limits.events;
    this.#maxBytes = limits.bytes;
  }

  /** Keeps an event under the next sequence number. */
  push(event: DomainEvent, position: number | undefined): void {
    // Number 1 lies at index 0, and the ring fills before it turns.
    const slot = this.#newest % this.#capacity;
    this.#newest += 1;
    if (this.#capacity === 0) return this.#lose(this.#newest, position);
    if (this.#count === this.#capacity) this.#lose(this.#newest - this.#capacity, this.#positions[slot]);
    if (this.#maxBytes !== undefined) this.#weigh(event, slot);
    this.#events[slot] = event;
    this.#positions[slot] = position;
    if (this.#count < this.#capacity) this.#count += 1;
    if (this.#maxBytes !== undefined) this.#evict(this.#maxBytes);
  }

  read({ after, upTo = this.#newest, limit, matches, afterPosition }: RingQuery): RingPart {
    const newest = this.#newest;
    const firstKept = newest - this.#count + 1;
    const events: DomainEvent[] = [];
    const deliveries: EventDelivery[] = [];
    const first = Math.max(firstKept, after + 1);
    for (let sequence = upTo; sequence >= first && events.length < limit; sequence -= 1) {
      const slot = (sequence - 1) % this.#capacity;
      const event = this.#events[slot];
      if (event === undefined || !matches(event, this.#positions[slot])) continue;
      events.push(event);
      deliveries.push(new EventDelivery(sequence, this.#positions[slot]));
    }
    return {
      events: events.reverse(),
      deliveries: deliveries.reverse(),
      oldest: this.#count === 0 ? 0 : firstKept,
      newest,
      gap:
        afterPosition === undefined
          ? Math.max(after, 0) + 1 < firstKept
          : this.#lostRecorded > after && this.#lostPosition > afterPosition,
    };
  }

  #weigh(event: DomainEvent, slot: number): void {
    // What the slot held is overwritten, if it is held still.
    if (this.#count === this.#capacity) this.#bytes -= this.#sizes[slot] ?? 0;
    const size = Buffer.byteLength(JSON.stringify(event));
    this.#sizes[slot] = size;
    this.#bytes += size;
  }

  #evict(maxBytes: number): void {
    while (this.#bytes > maxBytes && this.#count > 0) {
      const slot = (this.#newest - this.#count) % this.#capacity;
      this.#bytes -= this.#sizes[slot] ?? 0;
      this.#lose(this.#newest - this.#count + 1, this.#positions[slot]);
      this.#events[slot] = undefined;
      this.#count -= 1;
    }
  }

  #lose(sequence: number, position: number | undefined): void {
    if (position === undefined) return;
    this.#lostRecorded = sequence;
    if (position > this.#lostPosition) this.#lostPosition = position;
  }
}
