import type { Delivery } from '../../application/bus/subscription.js';
import { runawayError } from './bus-errors.js';
import { captureScope, currentCall } from '../../application/context/run-with-context.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Clock } from '../../domain/shared/clock.js';
import { type BusReports, isOfTheBus } from './bus-reports.js';
import { HandlerRun, type Subscriber } from './handler-run.js';
import type { HandlerRunner } from './handler-runner.js';
import type { FilterAnswers } from './filter-answers.js';
import type { OutcomeTracker } from './outcome-tracker.js';
import type { QueueRoom } from './queue-room.js';
import type { RunLedger } from './run-ledger.js';

/** What a dispatch works with. */
export interface HandlerDispatchParts {
  readonly ledger: RunLedger;
  readonly room: QueueRoom;
  readonly reports: BusReports;
  readonly runner: HandlerRunner;
  readonly clock: Clock;
}

/**
 * How many events may follow each other from handler to handler, through queues and promises, before the event loop has
 * a turn. Beyond that nothing else in the process would ever have one.
 */
const LONGEST_CHAIN = 10_000;
const PAUSE = 'let one of them pause for a turn of the event loop (setImmediate) if it is meant to go on for ever';

/** What an event brings along beside its delivery. */
export interface Baggage {
  /** Who waits for the outcomes. */
  readonly tracker: OutcomeTracker | undefined;
  /** Those in whose queue a place is kept for it. */
  readonly reserved?: Set<Subscriber> | undefined;
  /** What filters said that were asked before it was published. */
  readonly answers?: FilterAnswers | undefined;
}

/** Gives one event to one handler: at once, or to its queue. */
export class HandlerDispatch {
  readonly #parts: HandlerDispatchParts;
  /** How many waits for the whole bus the handler that is being called has begun. */
  waitsInCall = 0;
  /** What subscriptions were given after they had ended: those that listen once. */
  deliveredLate = 0;

  constructor(parts: HandlerDispatchParts) {
    this.#parts = parts;
  }

  give(subscription: Subscriber, event: DomainEvent, delivery: Delivery, baggage: Baggage | undefined): void {
    const { runner, reports, ledger } = this.#parts;
    const { map, key } = subscription.plan;
    if (baggage?.reserved?.delete(subscription) === true) this.release(subscription);
    this.waitsInCall = 0;
    let value: unknown = event;
    let keyOfEvent: string | undefined;
    try {
      if (!subscription.wants(event, baggage?.answers?.of(subscription))) return;
      if (map !== undefined) value = map(event);
      if (key !== undefined) keyOfEvent = String(key(event));
    } catch (error) {
      const refused = this.#runOf(subscription, event, delivery, event, baggage);
      baggage?.tracker?.follow(refused);
      void runner.refuse(refused, error);
      return;
    }
    const run = this.#runOf(subscription, event, delivery, value, baggage, keyOfEvent);
    baggage?.tracker?.follow(run);
    if (run.chain > LONGEST_CHAIN) {
      const after = `after ${run.chain} events, each published by the handler of the one before, without a pause`;
      const types = run.path.slice(run.path.lastIndexOf(event.type, -2));
      void runner.refuse(run, runawayError(types, after, PAUSE));
      return;
    }
    if (subscription.queue === undefined) {
      this.count(subscription, 1);
      runner.startNow(run);
      if (!run.isEnded && this.waitsInCall > 0) ledger.enterWait(run);
      this.waitsInCall = 0;
      return;
    }
    if (subscription.isFull && !this.#makeRoom(run)) return;
    ledger.begin(run);
    reports.queued(run);
    subscription.queue.push(run);
    // Somebody waits for all batches, or there is none to come after this event.
    if (ledger.isAwaited || !subscription.active) subscription.queue.flush();
  }

  /** A place that was kept is needed no more. */
  release(subscription: Subscriber): void {
    subscription.reserved -= 1;
    this.#parts.room.freed(subscription);
  }

  /** A handler is given so many events. */
  count(subscription: Subscriber, events: number): void {
    subscription.delivered += events;
    if (!subscription.active) this.deliveredLate += events;
  }

  /** A handler that was thought to be done when it returns has returned a promise. */
  follow(subscription: Subscriber, event: DomainEvent, delivery: Delivery, result: PromiseLike<unknown>): void {
    subscription.returnsPromises();
    const run = this.#runOf(subscription, event, delivery, event, undefined);
    this.#parts.runner.follow(run, result);
    if (this.waitsInCall > 0) this.#parts.ledger.enterWait(run);
  }

  /** A handler that was called has thrown. */
  recover(subscription: Subscriber, event: DomainEvent, delivery: Delivery, error: unknown): void {
    this.#parts.runner.recover(this.#runOf(subscription, event, delivery, event, undefined), error);
  }

  /** The handler's run on whose behalf this is called. */
  caller(): HandlerRun | undefined {
    const call = currentCall();
    return call instanceof HandlerRun && this.#parts.ledger.has(call) ? call : undefined;
  }

  /** Sees to a queue that is full. Tells whether the event may go into it all the same. */
  #makeRoom(run: HandlerRun): boolean {
    const { subscription, delivery } = run;
    switch (subscription.plan.overflow) {
      case 'backpressure':
        // Whoever could wait has done so.
        return true;
      case 'error':
        // Whoever could be refused was: this is of the past, or there was room when it was published.
        if (delivery.isReplay || isRefusable(run.event, delivery.position)) return true;
        break;
      case 'drop-newest':
        break;
      case 'drop-oldest': {
        // To tell of one that was left out must not push out another, or that would go on until none is left.
        if (isOfTheBus(run.event)) break;
        const oldest = subscription.queue?.dropOldest();
        if (oldest !== undefined) this.#drop(oldest);
        return true;
      }
    }
    this.#drop(run);
    return false;
  }

  #drop(run: HandlerRun): void {
    this.#parts.runner.skip(run, 'dropped');
    this.#parts.reports.dropped(run);
  }

  #runOf(
    subscription: Subscriber,
    event: DomainEvent,
    delivery: Delivery,
    value: unknown,
    baggage: Baggage | undefined,
    key?: string,
  ): HandlerRun {
    const since = baggage?.tracker?.startedAt ?? this.#parts.clock.monotonic();
    // A handler in the publish is in the publisher's context already.
    const scope = subscription.queue === undefined ? undefined : captureScope();
    return new HandlerRun(subscription, event, delivery, value, { since, scope, parent: this.caller(), key });
  }
}

/** Whether an event may be refused: what is in the log already has happened, and the bus tells of itself in any case. */
export function isRefusable(event: DomainEvent, position: number | undefined): boolean {
  return position === undefined && !isOfTheBus(event);
}
