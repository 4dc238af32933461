import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { LatencySummary } from './bus-metrics.js';

/** What is known of one delivery beside the event. */
export interface Delivery {
  /** The event's number on this bus, from 1. */
  readonly sequence: number;
  /** Its position in the log, when it was recorded before it was published. */
  readonly position: number | undefined;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** Whether it comes from the history, because the subscription asked for a replay. */
  readonly isReplay: boolean;
  /** Aborts when the handler's time is up; `undefined` for a handler without `timeoutMs`. */
  readonly signal: AbortSignal | undefined;
}

/** Receives events. What it throws, or rejects with, reaches neither the publisher nor another handler. */
export type EventHandler<Value = DomainEvent> = (event: Value, delivery: Delivery) => unknown;

/** Receives several events at once, with the delivery of each. */
export type BatchHandler<Value = DomainEvent> = (events: readonly Value[], deliveries: readonly Delivery[]) => unknown;

/** When and how often to try a handler again. */
export interface RetryPolicy {
  /** How often to try in all, the first time included. */
  readonly attempts: number;
  /** How long to wait before the second try, in milliseconds; 100 when left out. */
  readonly delayMs?: number;
  /** What each wait is multiplied with for the next; 2 when left out. */
  readonly factor?: number;
  /** The longest wait, in milliseconds; 30,000 when left out. */
  readonly maxDelayMs?: number;
  /**
   * The part of each wait that is left to chance, from 0 to 1, so that those who failed together don't all come back
   * together; 0.5 when left out.
   */
  readonly jitter?: number;
  /** Whether a failure is worth another try; every one is when left out. */
  readonly retryIf?: (error: unknown, attempt: number) => boolean;
}

/** What becomes of an event when a handler's queue is full. */
export const OVERFLOW_POLICIES = ['error', 'drop-oldest', 'drop-newest', 'backpressure'] as const;

/**
 * What becomes of an event when a handler's queue is full.
 *
 * - `error`: `publish` throws, and the event reaches nobody
 * - `drop-oldest`: the event that has waited longest is left out
 * - `drop-newest`: the event itself is left out
 * - `backpressure`: `publishAsync` waits for room; `publish`, which can't wait, throws
 *
 * Waymark's own events are in the log before they are published, and can't be refused: under `error` they are left out
 * for that handler, and under `backpressure` the engine waits after it has published them.
 */
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

/** How to listen, in every mode. */
export interface CommonSubscribeOptions<Event extends DomainEvent = DomainEvent, Value = Event> {
  /**
   * For reports, and to find the handler again for a dead letter; the function's name when left out. Names that begin
   * with `waymark.` are Waymark's own.
   */
  readonly name?: string;
  /** Only events for which this holds. */
  readonly filter?: (event: Event) => boolean;
  /** What the handler is given instead of the event. Give the handler's parameter a type. */
  readonly map?: (event: Event) => Value;
  /** Ends after one event. */
  readonly once?: boolean;
  /** Ends when it aborts. */
  readonly signal?: AbortSignal;
  /** Begins with so many of the last events in the history that the topic and the filter take. */
  readonly replay?: number;
  /** Whether to try again when it fails; once is enough when left out. */
  readonly retry?: RetryPolicy;
  /** How long one try may take, in milliseconds. A handler that is not done by then has failed. */
  readonly timeoutMs?: number;
  /** Whether an event that it fails on for good is kept as a dead letter; `true` when left out. */
  readonly deadLetter?: boolean;
}

/** Called within the publish. */
export interface SyncSubscribeOptions<
  Event extends DomainEvent = DomainEvent,
  Value = Event,
> extends CommonSubscribeOptions<Event, Value> {
  readonly mode?: 'sync';
}

/** A queue in front of the handler. */
export interface QueueOptions {
  /** How many events may wait; 1,000 when left out, or the size of a batch if that is more, which it must hold. */
  readonly queueSize?: number;
  /** What happens when they are that many; `error` when left out. */
  readonly overflow?: OverflowPolicy;
}

/** Called from a queue of its own, after the publish. */
export interface AsyncSubscribeOptions<Event extends DomainEvent = DomainEvent, Value = Event>
  extends CommonSubscribeOptions<Event, Value>, QueueOptions {
  readonly mode: 'async';
  /** How many events it may work on at a time; 1 when left out. */
  readonly concurrency?: number;
  /** Events of one key are handled one after another, in their order, whatever the concurrency. */
  readonly key?: (event: Event) => string;
}

/** Called with several events at once. */
export interface BatchSubscribeOptions<Event extends DomainEvent = DomainEvent, Value = Event>
  extends CommonSubscribeOptions<Event, Value>, QueueOptions {
  readonly mode: 'batch';
  /** How many events make a batch; 100 when left out. */
  readonly size?: number;
  /** How long the first event of a batch waits for more, in milliseconds; 100 when left out. */
  readonly delayMs?: number;
}

/** How to listen to one event at a time. */
export type SubscribeOptions<Event extends DomainEvent = DomainEvent, Value = Event> =
  SyncSubscribeOptions<Event, Value> | AsyncSubscribeOptions<Event, Value>;

/** Options with a `map`: the handler is given what it returns. */
export type Mapped<Options extends { readonly map?: unknown }> = Options & {
  readonly map: NonNullable<Options['map']>;
};

/** Options without a `map`: the handler is given the event. */
export type Unmapped<Options> = Options & { readonly map?: undefined };

/** How a subscription takes its events. */
export type SubscriptionMode = 'sync' | 'async' | 'batch';

/** A handler's registration. `using` ends it at the end of the block. */
export interface BusSubscription extends Disposable {
  readonly active: boolean;
  /**
   * Ends it: no event is delivered after this returns, and what waits in its queue is left. Doing it again changes
   * nothing.
   */
  unsubscribe(): void;
  /**
   * Resolves when its handler is done with everything that it was given before this call; a batch that gathers is begun
   * at once. Called from within the handler, it does not wait for that.
   */
  settled(): Promise<void>;
}

/** What there is to know about a subscription. */
export interface SubscriptionInfo {
  readonly name: string;
  /** The topic, in words. */
  readonly topic: string;
  readonly mode: SubscriptionMode;
  /** Whether its target is held weakly. */
  readonly isWeak: boolean;
  /** Events that wait in its queue. */
  readonly queueDepth: number;
  /** Events that it is working on, or waits to try again. */
  readonly running: number;
  readonly delivered: number;
  /** Tries that failed. */
  readonly failures: number;
  readonly retries: number;
  readonly dropped: number;
  readonly deadLettered: number;
  /** Milliseconds since it was made. */
  readonly ageMs: number;
  /** How long it took; in `sync` mode measured for one event in 64. */
  readonly handling: LatencySummary;
  /** What it failed with last, in words. */
  readonly lastError: string | undefined;
}

/** What came of an event at one handler. */
export interface HandlerOutcome {
  readonly handler: string;
  /**
   * - `handled`: it is done
   * - `failed`: every try failed; the event is a dead letter, unless the subscription wants none
   * - `dropped`: its queue was full
   * - `cancelled`: it ended before it was its turn, or the bus closed and had no more time for it; or, for a dead
   *   letter, its filter takes the event no more
   * - `queued`: nobody waited for it: it takes batches, or it waits for this very publish
   */
  readonly status: 'handled' | 'failed' | 'dropped' | 'cancelled' | 'queued';
  /** How often it was tried. */
  readonly attempts: number;
  /** From the publish to the end, in milliseconds. */
  readonly durationMs: number;
  /** What the last try failed with. */
  readonly error?: unknown;
}

/** What came of a publish. */
export interface PublishResult {
  readonly sequence: number;
  /**
   * One for each handler that took the event, in the order of subscription; not for Waymark's own, whose names begin
   * with `waymark.`.
   */
  readonly outcomes: readonly HandlerOutcome[];
}
