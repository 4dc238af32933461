import type { Observable } from 'rxjs';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { BusMetrics, BusTrace } from './bus-metrics.js';
import type { DeadLetterBox } from './dead-letter-box.port.js';
import type {
  BatchHandler,
  BatchSubscribeOptions,
  BusSubscription,
  Delivery,
  EventHandler,
  Mapped,
  PublishResult,
  SubscribeOptions,
  SubscriptionInfo,
  Unmapped,
} from './subscription.js';
import type { EventOf, Topic } from './topic.js';

/** Which part of the history. Everything that is given must hold. */
export interface HistoryQuery {
  readonly topic?: Topic;
  /** Only events with a higher sequence number. */
  readonly after?: number;
  /** Only events that were recorded before they were published, at a higher position in the log. */
  readonly afterPosition?: number;
  /** Only events that occurred at this time or later, ISO 8601. */
  readonly since?: string;
  /** Only events that occurred before this time, ISO 8601. */
  readonly until?: string;
  /** The newest so many of them. */
  readonly limit?: number;
}

/** A part of the history. */
export interface BusHistory {
  readonly events: readonly DomainEvent[];
  /** The sequence numbers that the ring spans; 0 while it is empty. */
  readonly oldest: number;
  readonly newest: number;
  /**
   * Whether events after `after` have been evicted: what is here is not everything. With `afterPosition`, whether
   * recorded events after that position have.
   */
  readonly gap: boolean;
}

/**
 * In-process publish/subscribe.
 *
 * Order is breadth-first: an event published from inside a handler is delivered after the present one has reached every
 * subscriber, so all subscribers see one and the same order. A handler's failure is counted, reported as
 * `bus.handler_failed`, tried again as its subscription says, kept as a dead letter in the end, and goes no further.
 * Whoever subscribes during a delivery gets the next event; whoever unsubscribes gets none any more, not even the
 * present one.
 *
 * An event that is made in a handler follows from the one that is handled: its `causationId` is that one's id, and it
 * takes over its `correlationId`, unless it is given others, or made under a `runWithContext` of the handler's own. In
 * an `async` function, and in every handler of the mode `async`, that holds after an `await` too. In a plain function of
 * the mode `sync` it holds until the function returns; once the function has returned a promise, later calls are treated
 * like those of an `async` function. A batch follows from its last event. Other asynchronous context, such as
 * OpenTelemetry's, is the publisher's.
 *
 * Handlers that publish in a circle are stopped, whether they do so within the publish, from queues, or after promises.
 * What filters and taps publish comes after the event that they were asked about, or told of. A filter is asked once for
 * each event: when that is delivered or, where a queue is full that must not drop it, before it is published.
 */
export interface EventBus {
  /**
   * Publishes an event. When the outermost call returns, it and all that its handlers published has reached every
   * handler in the mode `sync`, and the queue of every other.
   *
   * @throws InvalidEventError for a value that is no event; WaymarkError `WAYMARK_BUS_CLOSED` after close, `WAYMARK_BUS_RUNAWAY` when handlers publish in a circle,
   *   `WAYMARK_BUS_OVERFLOW` when a queue is full that must not drop anything: the event has reached nobody then
   */
  publish(event: DomainEvent): void;

  /**
   * Publishes an event and resolves when every handler, in the mode `sync` or `async`, has finished with it, retries
   * included. A handler's failure is an outcome, not a rejection. While a queue with the policy `backpressure` is full,
   * it waits.
   *
   * @throws as {@link publish} does, as a rejection
   * @example
   * const { outcomes } = await waymark.bus.publishAsync(new DealCreated({ dealId: 'd-1' }));
   * for (const { handler, status } of outcomes) console.log(handler, status);
   */
  publishAsync(event: DomainEvent): Promise<PublishResult>;

  /**
   * Listens.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_TOPIC` for a malformed pattern, `WAYMARK_INVALID_HANDLER` for something
   *   that is no function; WaymarkError `WAYMARK_BUS_CLOSED` after close
   * @example
   * waymark.bus.subscribe('node.*', async (event) => store(event), { mode: 'async', retry: { attempts: 5 } });
   * waymark.bus.subscribe('**', async (events) => storeAll(events), { mode: 'batch', size: 500, delayMs: 200 });
   */
  subscribe<T extends Topic, Value>(
    topic: T,
    handler: BatchHandler<Value>,
    options: Mapped<BatchSubscribeOptions<EventOf<T>, Value>>,
  ): BusSubscription;
  subscribe<T extends Topic>(
    topic: T,
    handler: BatchHandler<EventOf<T>>,
    options: Unmapped<BatchSubscribeOptions<EventOf<T>>>,
  ): BusSubscription;
  subscribe<T extends Topic, Value>(
    topic: T,
    handler: EventHandler<Value>,
    options: Mapped<SubscribeOptions<EventOf<T>, Value>>,
  ): BusSubscription;
  subscribe<T extends Topic>(
    topic: T,
    handler: EventHandler<EventOf<T>>,
    options?: Unmapped<SubscribeOptions<EventOf<T>>>,
  ): BusSubscription;

  /**
   * Listens for as long as somebody else holds on to `target`, which the bus holds weakly. When the target is garbage
   * collected, the subscription ends, and `bus.handler_collected` tells of it. The handler is given the target: one that
   * encloses it would keep it.
   *
   * @throws as {@link subscribe} does
   * @example
   * class Panel {
   *   show(event: DomainEvent): void {
   *     console.log(event.type);
   *   }
   * }
   * waymark.bus.subscribeWeak('node.*', new Panel(), (panel, event) => panel.show(event));
   */
  subscribeWeak<Target extends object, T extends Topic>(
    topic: T,
    target: Target,
    handler: (target: Target, event: EventOf<T>, delivery: Delivery) => unknown,
    options?: SubscribeOptions<EventOf<T>>,
  ): BusSubscription;

  /** The same as an RxJS Observable. It completes when the bus closes. */
  on<T extends Topic>(topic: T): Observable<EventOf<T>>;

  /** The last events, oldest first. @throws InvalidArgumentError for a query that there is not */
  history(query?: HistoryQuery): BusHistory;

  /** Events that handlers failed on for good. */
  readonly deadLetters: DeadLetterBox;

  metrics(): BusMetrics;

  /** Who listens, in the order of subscription. */
  subscriptions(): readonly SubscriptionInfo[];

  /**
   * Watches everything that the bus does, step by step. For debugging: it makes every publish slower. An observer that
   * throws or rejects is taken off, with a process warning.
   *
   * @example
   * using tap = waymark.bus.tap(({ step, eventType, handler }) => console.error(step, eventType, handler));
   */
  tap(observer: (trace: BusTrace) => void): Disposable;

  /**
   * Resolves when nothing is left to do: queues are empty, batches flushed, retries over, and every promise that a
   * handler returned has settled. Called from within a handler, it does not wait for that one; but a plain function of
   * the mode `sync` has to call it before it returns: afterwards nobody can tell on whose behalf it is called.
   */
  settled(): Promise<void>;

  /** Aborts when the bus begins to close. */
  readonly closing: AbortSignal;

  /**
   * Takes no more events, and resolves when handlers have done what was published before. Waits between retries are cut
   * short. Idempotent; called from within a handler, it does not wait for that one. Handlers that are not done after the
   * grace are given up: the outcome of their events is `cancelled`.
   *
   * @param options `graceMs`: how long to wait for handlers, in milliseconds; without a limit when left out
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
