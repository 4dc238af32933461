import type { Observable } from 'rxjs';
import type { AnyEventClass } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';

/**
 * What to listen to: a type (`node.completed`), a pattern (`node.*` for one segment, `**` for any number), an event
 * class, or a list of these.
 */
export type Topic = string | AnyEventClass | readonly (string | AnyEventClass)[];

/** The event that a topic delivers: typed by its class where it has one. */
export type EventOf<T extends Topic> = T extends AnyEventClass
  ? InstanceType<T>
  : T extends readonly (infer Item)[]
    ? Item extends AnyEventClass
      ? InstanceType<Item>
      : DomainEvent
    : DomainEvent;

/** What is known of one delivery beside the event. */
export interface Delivery {
  /** The event's number on this bus, from 1. */
  readonly sequence: number;
  /** Its position in the log, when it was recorded before it was published. */
  readonly position: number | undefined;
}

/** Receives events. What it throws, or rejects with, reaches neither the publisher nor another handler. */
export type EventHandler<Event extends DomainEvent = DomainEvent> = (event: Event, delivery: Delivery) => unknown;

/** How to listen. */
export interface SubscribeOptions<Event extends DomainEvent = DomainEvent> {
  /** For reports; the function's name when left out. */
  readonly name?: string;
  /** Only events for which this holds. */
  readonly filter?: (event: Event) => boolean;
  /** Ends after one event. */
  readonly once?: boolean;
  /** Ends when it aborts. */
  readonly signal?: AbortSignal;
}

/** A handler's registration. `using` ends it at the end of the block. */
export interface BusSubscription extends Disposable {
  readonly active: boolean;
  /** Ends it: no event is delivered after this returns. Doing it again changes nothing. */
  unsubscribe(): void;
}

/** Which part of the history. */
export interface HistoryQuery {
  readonly topic?: Topic;
  /** Only events with a higher sequence number. */
  readonly after?: number;
  /** The newest so many of them. */
  readonly limit?: number;
}

/** A part of the history. */
export interface BusHistory {
  readonly events: readonly DomainEvent[];
  /** The sequence numbers that the ring spans; 0 while it is empty. */
  readonly oldest: number;
  readonly newest: number;
  /** Whether events after `after` have been evicted: what is here is not everything. */
  readonly gap: boolean;
}

/** Counters since the bus was made. */
export interface BusMetrics {
  readonly published: number;
  readonly delivered: number;
  readonly failed: number;
  readonly subscriptions: number;
}

/**
 * In-process publish/subscribe.
 *
 * Order is breadth-first: an event published from inside a handler is delivered after the present one has reached every
 * subscriber, so all subscribers see one and the same order. A handler's failure is counted, reported as
 * `bus.handler_failed`, and goes no further. Whoever subscribes during a delivery gets the next event; whoever
 * unsubscribes gets none any more, not even the present one.
 *
 * An event that is made in a handler follows from the one that is handled: its `causationId` is that one's id, and it
 * takes over its `correlationId`, unless it is given others, or made under a `runWithContext` of the handler's own. In
 * an `async` function that holds after an `await` too; in a plain function that returns a promise, until the function
 * returns.
 */
export interface EventBus {
  /**
   * Publishes an event. When the outermost call returns, it and all that its handlers published has reached every
   * handler.
   *
   * @throws InvalidEventError for a value that is no event; WaymarkError `WAYMARK_BUS_CLOSED` after close,
   *   `WAYMARK_BUS_RUNAWAY` when handlers publish in a circle
   */
  publish(event: DomainEvent): void;

  /**
   * @throws InvalidArgumentError `WAYMARK_INVALID_TOPIC` for a malformed pattern
   * @example
   * using subscription = waymark.bus.subscribe('node.*', (event) => console.log(event.type));
   */
  subscribe<T extends Topic>(
    topic: T,
    handler: EventHandler<EventOf<T>>,
    options?: SubscribeOptions<EventOf<T>>,
  ): BusSubscription;

  /** The same as an RxJS Observable. It completes when the bus closes. */
  on<T extends Topic>(topic: T): Observable<EventOf<T>>;

  /** The last events, oldest first. */
  history(query?: HistoryQuery): BusHistory;

  metrics(): BusMetrics;

  /** Resolves when every promise that a handler returned has settled. */
  settled(): Promise<void>;

  /** Takes no more events and resolves when handlers have settled. Idempotent. */
  close(): Promise<void>;
}

/** The bus as Waymark's own code uses it. */
export interface RecordedEventBus extends EventBus {
  /**
   * Publishes an event that is in the log already, so that nobody records it again. Not for hosts: whoever says so of
   * an event that is not there loses it.
   *
   * @param position its position in the log
   */
  publishRecorded(event: DomainEvent, position: number): void;
}
