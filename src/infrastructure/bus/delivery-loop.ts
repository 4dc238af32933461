import type { PublishResult } from '../../application/bus/subscription.js';
import { currentDelivery, setCurrentDelivery } from '../../application/context/current-delivery.js';
import { captureScope } from '../../application/context/run-with-context.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Clock } from '../../domain/shared/clock.js';
import { closedError, overflowError, runawayError } from './bus-errors.js';
import type { BusReports } from './bus-reports.js';
import type { BusTaps } from './bus-taps.js';
import { EventDelivery, NO_DELIVERY, specialDelivery } from './event-delivery.js';
import { HandlerDispatch, isRefusable } from './handler-dispatch.js';
import type { HandlerRun, Subscriber } from './handler-run.js';
import { type HandlerRunner, isThenable } from './handler-runner.js';
import type { HistoryRing } from './history-ring.js';
import { LatencyHistogram } from './latency-histogram.js';
import { circle, type Link } from './link.js';
import { OutcomeTracker } from './outcome-tracker.js';
import { QueueRoom } from './queue-room.js';
import type { IdleWaiter, RunLedger } from './run-ledger.js';
import type { Route, TopicIndex } from './topic-index.js';

/** What a loop works with. */
export interface DeliveryLoopParts {
  readonly intake: { admit(event: DomainEvent): DomainEvent };
  readonly history: HistoryRing;
  readonly index: TopicIndex;
  readonly taps: BusTaps;
  readonly ledger: RunLedger;
  readonly reports: BusReports;
  readonly runner: HandlerRunner;
  readonly clock: Clock;
  /** How long a chain of events may grow. */
  readonly maxDepth: number;
}

/** How many events one publish may lead to before it is asked whether they come in circles. */
const SUSPICIOUS = 10_000;
/** One event in so many is measured at its handlers in the mode `sync`. A power of two. */
const SAMPLE = 64;

/**
 * Delivers events one after another. What a handler publishes meanwhile waits its turn: every handler sees one and the
 * same order, and no handler is called within another.
 */
export class DeliveryLoop {
  readonly #parts: DeliveryLoopParts;
  readonly #index: TopicIndex;
  readonly #history: HistoryRing;
  readonly #intake: DeliveryLoopParts['intake'];
  readonly #taps: BusTaps;
  readonly #room = new QueueRoom();
  readonly #dispatch: HandlerDispatch;
  readonly waiting = new LatencyHistogram();
  readonly #queue: Link[] = [];
  #sequence = 0;
  #isClosed = false;
  // What is being delivered. Its link is made when a handler publishes, and for most events none does.
  #event: DomainEvent | undefined;
  #delivery = NO_DELIVERY;
  #link: Link | undefined;
  /** While somebody is given the past: the number of the last event that is a part of it. */
  #past: number | undefined;

  constructor(parts: DeliveryLoopParts) {
    this.#parts = parts;
    this.#index = parts.index;
    this.#history = parts.history;
    this.#intake = parts.intake;
    this.#taps = parts.taps;
    this.#dispatch = new HandlerDispatch({ ...parts, room: this.#room });
  }

  get published(): number {
    return this.#sequence;
  }

  /** What subscriptions were given that had ended by then. */
  get deliveredLate(): number {
    return this.#dispatch.deliveredLate;
  }

  publish(event: DomainEvent): void {
    const admitted = this.#intake.admit(event);
    if (this.#isClosed) throw closedError();
    const route = this.#index.of(admitted);
    if (route.guards.length > 0) assertRoom(admitted, route.guards);
    this.#accept(admitted, undefined, undefined, route);
  }

  publishRecorded(event: DomainEvent, position: number): void {
    const admitted = this.#intake.admit(event);
    // What is in the log already is not lost when there is nobody left to tell.
    if (!this.#isClosed) this.#accept(admitted, position, undefined);
  }

  async publishAsync(event: DomainEvent): Promise<PublishResult> {
    const admitted = this.#intake.admit(event);
    if (this.#isClosed) throw closedError();
    const caller = this.#dispatch.caller();
    const guards = (): Route['guards'] => this.#index.of(admitted).guards;
    const { sequence, tracker } = await this.#room.enter({ guards, caller, event: admitted }, () => {
      if (this.#isClosed) throw closedError();
      assertRoom(admitted, guards(), caller);
      const fresh = new OutcomeTracker(this.#parts.clock.monotonic(), caller);
      return { sequence: this.#accept(admitted, undefined, fresh), tracker: fresh };
    });
    return { sequence, outcomes: await tracker.outcomes() };
  }

  /** Publishes an event of the bus's own, closed or not. */
  emit(event: DomainEvent): void {
    this.#accept(event, undefined, undefined);
  }

  /** Resolves when no queue that must not drop anything is too full; `undefined` when none is. */
  room(): Promise<void> | undefined {
    const all = this.#index.all().filter(({ isGuard }) => isGuard);
    const publisher = { guards: () => all, caller: this.#dispatch.caller() };
    return this.#room.isFree(publisher) ? undefined : this.#room.enter(publisher, () => undefined);
  }

  /** Resolves when everything that a subscription was given has an outcome. */
  whenSettled(subscription: Subscriber): Promise<void> {
    return this.#parts.ledger.outcomesOf(subscription, this.#dispatch.caller());
  }

  close(): void {
    this.#isClosed = true;
    this.#room.openAll(this.#index.all());
  }

  /** Gives one subscription the last events, as many as it asked for. */
  replay(subscription: Subscriber): void {
    // What is published and not yet delivered it will get in its turn.
    const last = this.#past ?? (this.#event === undefined ? this.#sequence : this.#delivery.sequence);
    const { events, deliveries } = this.#history.read({
      after: 0,
      upTo: last,
      limit: subscription.plan.replay,
      matches: (event) => this.#index.of(event).listeners.includes(subscription) && subscription.passes(event),
    });
    const [event, delivery, link, past] = [this.#event, this.#delivery, this.#link, this.#past];
    const outer = currentDelivery();
    // The handler that is being called, and asks for the past, may have begun to wait before.
    const waits = this.#dispatch.waitsInCall;
    if (event === undefined) this.#parts.ledger.hold();
    try {
      this.#past = last;
      for (const [index, old] of events.entries()) {
        const { sequence, position } = deliveries[index] as EventDelivery;
        this.#event = old;
        this.#delivery = new EventDelivery(sequence, position);
        this.#link = undefined;
        setCurrentDelivery(old);
        const replayed = specialDelivery(this.#delivery, { isReplay: true });
        if (subscription.active) this.#dispatch.give(subscription, old, replayed, undefined);
      }
      this.#past = past;
      if (event === undefined) this.#drain();
    } finally {
      [this.#event, this.#delivery, this.#link, this.#past] = [event, delivery, link, past];
      this.#dispatch.waitsInCall = waits;
      setCurrentDelivery(outer);
      if (event === undefined) this.#parts.ledger.release();
    }
  }

  /** Does what a queue gave out. Never rejects. */
  async work(...runs: [HandlerRun, ...HandlerRun[]]): Promise<void> {
    const now = this.#parts.clock.monotonic();
    for (const { since } of runs) this.waiting.add(now - since);
    this.#dispatch.count(runs[0].subscription, runs.length);
    this.#room.freed(runs[0].subscription);
    await this.#parts.runner.work(...runs);
  }

  /** What waited in the queue of somebody who left. */
  leave(runs: readonly HandlerRun[], subscription: Subscriber): void {
    for (const run of runs) this.#parts.runner.skip(run, 'cancelled');
    this.#room.open(subscription);
  }

  /**
   * Whoever calls this is about to wait for everything: no handler must wait for them, nor for those that may be
   * waiting for them. Returns what ends that.
   */
  enterWait(): { readonly who: IdleWaiter; readonly leave: () => void } {
    const { ledger } = this.#parts;
    const caller = this.#dispatch.caller();
    const runs: HandlerRun[] = [];
    for (let run = caller; run !== undefined; run = run.parent) runs.push(...(run.batch ?? [run]));
    for (const run of runs) ledger.enterWait(run);
    // Called on the stack of a handler, of which it is not known yet whether it goes on.
    const isInCall = this.#event !== undefined && caller?.event !== this.#event;
    if (isInCall) this.#dispatch.waitsInCall += 1;
    return {
      who: isInCall || caller !== undefined ? 'handler' : 'outsider',
      leave: () => {
        for (const run of runs) ledger.leaveWait(run);
      },
    };
  }

  /** Gives an event its number. The outermost call delivers it and everything that it leads to. */
  #accept(
    event: DomainEvent,
    position: number | undefined,
    tracker: OutcomeTracker | undefined,
    route: Route = this.#index.of(event),
  ): number {
    const current = this.#event;
    if (current !== undefined) return this.#enqueueNested(event, position, tracker, route);
    this.#history.push(event, position);
    const sequence = (this.#sequence += 1);
    if (this.#taps.areOn) this.#tellPublished(event, sequence);
    const delivery = new EventDelivery(sequence, position);
    const link =
      tracker === undefined ? undefined : { event, delivery, parent: undefined, depth: 1, scope: undefined, tracker };
    // A handler of another bus may be what published it.
    const outer = currentDelivery();
    const { ledger } = this.#parts;
    ledger.hold();
    try {
      this.#deliver(event, delivery, link, route);
      if (this.#queue.length > 0) this.#drain();
    } finally {
      this.#event = this.#link = undefined;
      this.#delivery = NO_DELIVERY;
      setCurrentDelivery(outer);
      ledger.release();
    }
    return sequence;
  }

  #enqueueNested(
    event: DomainEvent,
    position: number | undefined,
    tracker: OutcomeTracker | undefined,
    { guards }: Route,
  ): number {
    const parent = this.#currentLink();
    // What the bus says of itself ends by itself, and what is recorded has happened.
    const mayRefuse = isRefusable(event, position);
    if (mayRefuse) this.#assertNoRunaway(parent, event);
    this.#history.push(event, position);
    const sequence = (this.#sequence += 1);
    if (this.#taps.areOn) this.#tellPublished(event, sequence);
    this.#queue.push({
      event,
      delivery: new EventDelivery(sequence, position),
      parent,
      depth: parent.depth + 1,
      scope: captureScope(),
      tracker,
      reserved: mayRefuse && guards.length > 0 ? reserve(event, guards) : undefined,
    });
    return sequence;
  }

  #currentLink(): Link {
    return (this.#link ??= {
      event: this.#event as DomainEvent,
      delivery: this.#delivery,
      parent: undefined,
      depth: 1,
      scope: undefined,
      tracker: undefined,
    });
  }

  #drain(): void {
    try {
      // By index, because the queue grows while it is walked.
      for (let index = 0; index < this.#queue.length; index += 1) {
        const link = this.#queue[index] as Link;
        const deliver = (): void => this.#deliver(link.event, link.delivery, link, this.#index.of(link.event));
        // In the context of whoever published it, which is not that of the outermost publish.
        if (link.scope === undefined) deliver();
        else link.scope(deliver);
        // Where it was not given to them after all.
        for (const subscription of link.reserved ?? []) this.#dispatch.release(subscription);
      }
    } finally {
      this.#queue.length = 0;
    }
  }

  #deliver(event: DomainEvent, delivery: EventDelivery, link: Link | undefined, { listeners }: Route): void {
    this.#event = event;
    this.#delivery = delivery;
    this.#link = link;
    setCurrentDelivery(event);
    const { clock, runner } = this.#parts;
    const isWatched = link?.tracker !== undefined || this.#taps.areOn;
    const isMeasured = (delivery.sequence & (SAMPLE - 1)) === 0;
    for (const subscription of listeners) {
      if (!subscription.active) continue;
      if (isWatched || !subscription.isPlain) {
        this.#dispatch.give(subscription, event, delivery, link);
        continue;
      }
      subscription.delivered += 1;
      const startedAt = isMeasured ? clock.monotonic() : 0;
      try {
        const result = (subscription.handler as (event: DomainEvent, delivery: EventDelivery) => unknown)(
          event,
          delivery,
        );
        if (result !== undefined && isThenable(result)) this.#dispatch.follow(subscription, event, delivery, result);
        else if (isMeasured) runner.measure(subscription, startedAt);
      } catch (error) {
        this.#dispatch.recover(subscription, event, delivery, error);
      }
      this.#dispatch.waitsInCall = 0;
    }
    link?.tracker?.delivered();
  }

  #assertNoRunaway(parent: Link, event: DomainEvent): void {
    const { maxDepth } = this.#parts;
    if (parent.depth >= maxDepth) throw runawayError(circle(parent, event), `after ${parent.depth} events in a chain`);
    if (this.#queue.length < SUSPICIOUS) return;
    const types = circle(parent, event);
    // Very many events are fine, as long as they don't lead to more of their own type.
    if (types[0] === event.type) throw runawayError(types, `after ${this.#queue.length} events of one publish`);
  }

  #tellPublished({ id: eventId, type: eventType }: DomainEvent, sequence: number): void {
    this.#taps.tell({ step: 'published', sequence, eventId, eventType });
  }
}

/** Keeps a place for an event that is delivered later in each queue that must not drop it. */
function reserve(event: DomainEvent, guards: Route['guards']): Set<Subscriber> {
  const reserved = new Set(guards.filter((guard) => guard.active && guard.passes(event)));
  for (const guard of reserved) guard.reserved += 1;
  return reserved;
}

/** @throws WaymarkError `WAYMARK_BUS_OVERFLOW` */
function assertRoom(event: DomainEvent, guards: Route['guards'], caller?: HandlerRun): void {
  for (const guard of guards) {
    if (!guard.active || !guard.isFull || !guard.passes(event)) continue;
    // Whoever it is busy with can't wait for it.
    if (guard.plan.overflow === 'backpressure' && caller?.comesFrom(guard) === true) continue;
    throw overflowError(event, guard);
  }
}
