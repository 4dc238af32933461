import type { Observable } from 'rxjs';
import type {
  BusHistory,
  BusMetrics,
  BusSubscription,
  Delivery,
  RecordedEventBus,
  EventHandler,
  EventOf,
  HistoryQuery,
  SubscribeOptions,
  Topic,
} from '../../application/bus/event-bus.port.js';
import { currentDelivery, setCurrentDelivery } from '../../application/context/current-delivery.js';
import { errorRecord } from '../../application/context/error-record.js';
import type { EventFactory } from '../../application/context/event-factory.js';
import { runFollowing } from '../../application/context/run-with-context.js';
import { EventIntake } from '../../application/events/event-intake.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { EventCatalog } from '../../domain/events/event-catalog.js';
import { BusHandlerFailed } from '../../domain/events/families/bus.events.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import {
  assertKeys,
  assertOptional,
  assertOptionalSignal,
  type KeysOf,
  wholeNumber,
} from '../../domain/shared/options.js';
import { HandlerSubscription } from './handler-subscription.js';
import { HistoryRing } from './history-ring.js';
import { IsolatedObservable } from './isolated-observable.js';
import { compileTopic } from './topic.js';
import { TopicIndex } from './topic-index.js';

/** How a bus is set up. */
export interface RxEventBusOptions {
  /** How many events the history keeps; 1,000 when left out. */
  readonly historySize?: number;
  /** What may come in, and in which form; everything as it is when left out. */
  readonly intake?: { admit(event: DomainEvent): DomainEvent };
  /** How long a chain of events, each published by a handler of the one before, may grow; 100 when left out. */
  readonly maxDepth?: number;
}

/** An event that is being delivered, or waits for it. */
interface Queued {
  readonly event: DomainEvent;
  readonly delivery: Delivery;
  /** The delivery whose handler published it. */
  readonly parent: Queued | undefined;
  readonly depth: number;
}

const DEFAULT_HISTORY = 1_000;
const DEFAULT_DEPTH = 100;
const SUBSCRIBE_KEYS: KeysOf<SubscribeOptions> = { name: true, filter: true, once: true, signal: true };
const HISTORY_KEYS: KeysOf<HistoryQuery> = { topic: true, after: true, limit: true };
const everything = (): boolean => true;

/** The event bus, in process, on RxJS. See {@link EventBus} for what it promises. */
export class RxEventBus implements RecordedEventBus {
  readonly #factory: EventFactory;
  readonly #intake: NonNullable<RxEventBusOptions['intake']>;
  readonly #history: HistoryRing;
  readonly #maxDepth: number;
  readonly #index = new TopicIndex<HandlerSubscription>();
  readonly #queue: Queued[] = [];
  readonly #completions = new Set<() => void>();
  #current: Queued | undefined;
  #sequence = 0;
  #delivered = 0;
  #failed = 0;
  #unsettled = 0;
  readonly #onSettled: (() => void)[] = [];
  #closed = false;

  /** @throws InvalidArgumentError when an option is not a whole number, or too small */
  constructor(factory: EventFactory, options: RxEventBusOptions = {}) {
    this.#factory = factory;
    this.#intake = options.intake ?? new EventIntake(new EventCatalog(), true);
    this.#history = new HistoryRing(wholeNumber(options.historySize ?? DEFAULT_HISTORY, 'history size', 0));
    this.#maxDepth = wholeNumber(options.maxDepth ?? DEFAULT_DEPTH, 'depth of publishing', 1);
  }

  publish(event: DomainEvent): void {
    this.#publish(event, undefined);
  }

  publishRecorded(event: DomainEvent, position: number): void {
    this.#publish(event, position);
  }

  subscribe<T extends Topic>(
    topic: T,
    handler: EventHandler<EventOf<T>>,
    options: SubscribeOptions<EventOf<T>> = {},
  ): BusSubscription {
    if (this.#closed) throw closedError();
    if (typeof handler !== 'function') {
      throw new WaymarkError('WAYMARK_INVALID_HANDLER', `A handler must be a function, and this is ${typeof handler}.`);
    }
    assertSubscribeOptions(options);
    const subscription = new HandlerSubscription(
      compileTopic(topic),
      handler as EventHandler,
      options as SubscribeOptions,
      (ended) => this.#index.remove(ended),
    );
    if (subscription.active) this.#index.add(subscription);
    return subscription;
  }

  on<T extends Topic>(topic: T): Observable<EventOf<T>> {
    compileTopic(topic);
    let last: DomainEvent | undefined;
    const report = (error: unknown): void => this.#handlerFailed(last, 'observer', error);
    return new IsolatedObservable<EventOf<T>>((subscriber) => {
      const complete = (): void => {
        try {
          subscriber.complete();
        } catch (error) {
          // What a teardown throws must keep neither the others nor the bus from ending.
          report(error);
        }
      };
      if (this.#closed) return complete();
      const subscription = this.subscribe(topic, (event) => {
        last = event;
        subscriber.next(event);
      });
      this.#completions.add(complete);
      return () => {
        subscription.unsubscribe();
        this.#completions.delete(complete);
      };
    }, report);
  }

  history(query: HistoryQuery = {}): BusHistory {
    assertKeys(query, HISTORY_KEYS, 'history option');
    const { topic, after = 0, limit } = query;
    wholeNumber(after, 'sequence number after which to begin', -1);
    if (limit !== undefined) wholeNumber(limit, 'limit', 0);
    const matches = topic === undefined ? everything : compileTopic(topic);
    return this.#history.read(after, limit ?? Number.POSITIVE_INFINITY, matches);
  }

  metrics(): BusMetrics {
    return {
      published: this.#sequence,
      delivered: this.#delivered,
      failed: this.#failed,
      subscriptions: this.#index.size,
    };
  }

  async settled(): Promise<void> {
    while (this.#unsettled > 0) await new Promise<void>((resolve) => this.#onSettled.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const complete of this.#completions) complete();
    await this.settled();
    for (const subscription of this.#index.clear()) subscription.unsubscribe();
  }

  #publish(event: DomainEvent, position: number | undefined): void {
    const admitted = this.#intake.admit(event);
    if (this.#closed) {
      // What is in the log already is not lost when there is nobody left to tell.
      if (position !== undefined) return;
      throw closedError();
    }
    const parent = this.#current;
    if (parent !== undefined && parent.depth >= this.#maxDepth) throw runawayError(parent, admitted);
    this.#accept(admitted, position, parent);
  }

  /** Gives an event its number. The outermost call delivers it and everything that it leads to. */
  #accept(event: DomainEvent, position: number | undefined, parent: Queued | undefined): void {
    this.#history.push(event);
    this.#sequence += 1;
    const queued = { event, delivery: { sequence: this.#sequence, position }, parent, depth: (parent?.depth ?? 0) + 1 };
    if (parent !== undefined) {
      this.#queue.push(queued);
      return;
    }
    // A handler of another bus may be what published it.
    const outer = currentDelivery();
    try {
      this.#deliver(queued);
      // By index, because the queue grows while it is walked.
      for (let index = 0; index < this.#queue.length; index += 1) this.#deliver(this.#queue[index] as Queued);
    } finally {
      this.#queue.length = 0;
      this.#current = undefined;
      setCurrentDelivery(outer);
    }
  }

  #deliver(queued: Queued): void {
    this.#current = queued;
    const { event, delivery } = queued;
    setCurrentDelivery(event);
    for (const subscription of this.#index.of(event.type)) {
      if (!subscription.active) continue;
      try {
        if (!subscription.wants(event)) continue;
        this.#delivered += 1;
        const result = subscription.isAsync
          ? callFollowing(subscription.handler, event, delivery)
          : subscription.handler(event, delivery);
        if (isThenable(result)) this.#await(result, event, subscription.name);
      } catch (error) {
        this.#handlerFailed(event, subscription.name, error);
      }
    }
  }

  #await(result: PromiseLike<unknown>, event: DomainEvent, handler: string): void {
    this.#unsettled += 1;
    void Promise.resolve(result)
      .catch((error: unknown) => this.#handlerFailed(event, handler, error))
      .finally(() => {
        this.#unsettled -= 1;
        if (this.#unsettled === 0) for (const resolve of this.#onSettled.splice(0)) resolve();
      });
  }

  /**
   * Counts a failure and tells of it. A failure to handle such a report is only counted, or reports would never end.
   */
  #handlerFailed(event: DomainEvent | undefined, handler: string, thrown: unknown): void {
    this.#failed += 1;
    if (event === undefined || BusHandlerFailed.is(event)) return;
    const payload = { eventId: event.id, eventType: event.type, handler, error: errorRecord(thrown), attempt: 1 };
    const { id: causationId, correlationId } = event.context;
    let report: DomainEvent;
    try {
      report = this.#factory.make(BusHandlerFailed, payload, { causationId, correlationId });
    } catch {
      // Limits so low that no report fits: the failure is counted, and must still reach nobody else.
      return;
    }
    this.#accept(report, undefined, this.#current);
  }
}

/** Out of the loop of a delivery, which must not make a function for each handler that needs none. */
function callFollowing(handler: EventHandler, event: DomainEvent, delivery: Delivery): unknown {
  return runFollowing(event, () => handler(event, delivery));
}

/** Promises of other kinds (Bluebird, query builders) fail like any other. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function assertSubscribeOptions(options: SubscribeOptions<never>): void {
  assertKeys(options, SUBSCRIBE_KEYS, 'subscribe option');
  assertOptional(options.name, 'string', 'name of a handler');
  assertOptional(options.filter, 'function', 'filter');
  assertOptional(options.once, 'boolean', 'once');
  assertOptionalSignal(options.signal);
}

function closedError(): WaymarkError {
  return new WaymarkError('WAYMARK_BUS_CLOSED', 'The bus is closed.', {
    hint: 'Publish and subscribe before closing, or make a new instance.',
  });
}

function runawayError(from: Queued, event: DomainEvent): WaymarkError {
  const types: string[] = [event.type];
  for (let at: Queued | undefined = from; at !== undefined; at = at.parent) {
    types.unshift(at.event.type);
    // The shortest end of the chain that comes back to where it began is the cycle.
    if (at.event.type === event.type) break;
  }
  return new WaymarkError(
    'WAYMARK_BUS_RUNAWAY',
    `Handlers publish in a circle: ${types.join(' → ')} (after ${from.depth} events in a chain).`,
    {
      hint: 'Let one of these handlers stop, or raise maxDepth if the chain is meant to be that long.',
      details: { types },
    },
  );
}
