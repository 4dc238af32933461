import type { BusMetrics } from '../../application/bus/bus-metrics.js';
import type { DeadLetters } from '../../application/bus/dead-letters.js';
import type { HandlerOutcome } from '../../application/bus/subscription.js';
import { errorRecord } from '../../application/context/error-record.js';
import type { EventFactory } from '../../application/context/event-factory.js';
import type { AnyEventClass } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { BusEventDropped, BusHandlerCollected, BusHandlerFailed } from '../../domain/events/families/bus.events.js';
import type { BusTaps } from './bus-taps.js';
import type { HandlerRun, Subscriber } from './handler-run.js';
import type { RunReports } from './handler-runner.js';

/** What the reports need of the bus. */
export interface BusReportsParts {
  readonly factory: EventFactory;
  readonly taps: BusTaps;
  readonly deadLetters: Pick<DeadLetters, 'park'>;
  /** Publishes an event of the bus's own, closed or not. */
  readonly emit: (event: DomainEvent) => void;
}

/** Counts what becomes of events at their handlers, and tells of it. */
export class BusReports implements RunReports {
  readonly #parts: BusReportsParts;
  #failed = 0;
  #retried = 0;
  #dropped = 0;
  #deadLettered = 0;
  #unparked = 0;
  #collected = 0;

  constructor(parts: BusReportsParts) {
    this.#parts = parts;
  }

  counters(): Pick<BusMetrics, 'failed' | 'retried' | 'dropped' | 'deadLettered' | 'unparked' | 'collected'> {
    return {
      failed: this.#failed,
      retried: this.#retried,
      dropped: this.#dropped,
      deadLettered: this.#deadLettered,
      unparked: this.#unparked,
      collected: this.#collected,
    };
  }

  failed(run: HandlerRun, error: unknown, attempt: number): void {
    const { subscription } = run;
    subscription.failures += 1;
    subscription.lastError = errorRecord(error).message;
    this.#trace('failed', run, { attempt, error });
    this.handlerFailed(run.event, subscription.name, error, attempt);
  }

  /**
   * Counts a failure and tells of it. A failure to handle such a report is only counted, or reports would never end.
   *
   * @param event what was handled; `undefined` where nobody knows
   */
  handlerFailed(event: DomainEvent | undefined, handler: string, error: unknown, attempt: number): void {
    this.#failed += 1;
    if (event === undefined || BusHandlerFailed.is(event)) return;
    this.#emit(event, BusHandlerFailed, {
      eventId: event.id,
      eventType: event.type,
      handler,
      error: errorRecord(error),
      attempt,
    });
  }

  retried(run: HandlerRun, attempt: number): void {
    this.#retried += 1;
    run.subscription.retries += 1;
    this.#trace('retried', run, { attempt });
  }

  async givenUp(run: HandlerRun, error: unknown, attempts: number): Promise<void> {
    const { subscription, event, delivery } = run;
    // What the bus says of itself is in the log; putting it aside as well would never end.
    if (run.isRedrive || !subscription.plan.deadLetter || isOfTheBus(event)) return;
    const isParked = await this.#parts.deadLetters.park({
      event,
      position: delivery.position,
      handler: subscription.name,
      topic: subscription.topic.text,
      error,
      attempts,
    });
    if (!isParked) {
      this.#unparked += 1;
      return;
    }
    this.#deadLettered += 1;
    subscription.deadLettered += 1;
    this.#trace('dead-lettered', run, { attempt: attempts, error });
  }

  ended(run: HandlerRun, { status, durationMs }: HandlerOutcome): void {
    if (status === 'handled' || status === 'cancelled') this.#trace(status, run, { durationMs });
  }

  /** Dead letters could not be taken over from memory. */
  lost(count: number): void {
    this.#unparked += count;
  }

  queued(run: HandlerRun): void {
    this.#trace('queued', run, {});
  }

  /** A queue was full, and the event was left out. */
  dropped(run: HandlerRun): void {
    const { subscription, event } = run;
    this.#dropped += 1;
    subscription.dropped += 1;
    this.#trace('dropped', run, {});
    // To tell of one that was dropped could drop another.
    if (isOfTheBus(event)) return;
    const { name: handler, plan, dropped } = subscription;
    this.#emit(event, BusEventDropped, { eventType: event.type, handler, policy: plan.overflow, dropped });
  }

  /** The target of a handler is gone. */
  collected({ name, topic }: Subscriber): void {
    this.#collected += 1;
    this.#emit(undefined, BusHandlerCollected, { handler: name, topic: topic.text });
  }

  #emit<Class extends AnyEventClass>(
    cause: DomainEvent | undefined,
    type: Class,
    payload: ConstructorParameters<Class>[0],
  ): void {
    const { factory, emit } = this.#parts;
    let report: DomainEvent;
    try {
      const context = cause === undefined ? {} : { causationId: cause.id, correlationId: cause.context.correlationId };
      report = factory.make(type, payload, context);
    } catch {
      // Limits so low that no report fits: it is counted, and must still reach nobody else.
      return;
    }
    emit(report);
  }

  #trace(
    step: 'queued' | 'handled' | 'failed' | 'retried' | 'dropped' | 'cancelled' | 'dead-lettered',
    { subscription, event, delivery }: HandlerRun,
    more: { readonly attempt?: number; readonly durationMs?: number; readonly error?: unknown },
  ): void {
    const { taps } = this.#parts;
    if (!taps.areOn) return;
    const { id: eventId, type: eventType } = event;
    taps.tell({ step, sequence: delivery.sequence, eventId, eventType, handler: subscription.name, ...more });
  }
}

/** Whether the bus itself is what an event tells of. */
export function isOfTheBus(event: DomainEvent): boolean {
  return event.type.startsWith('bus.');
}
