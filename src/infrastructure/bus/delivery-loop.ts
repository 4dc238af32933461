import type { PublishResult } from '../../application/bus/subscription.js';
import { currentDelivery, setCurrentDelivery } from '../../application/context/current-delivery.js';
import { captureScope } from '../../application/context/run-with-context.js';
import { isThenable } from '../../application/shared/thenable.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Clock } from '../../domain/shared/clock.js';
import { closedError, overflowError, runawayError } from './bus-errors.js';
import type { BusReports } from './bus-reports.js';
import type { BusTaps } from './bus-taps.js';
import { EventDelivery, NO_DELIVERY, specialDelivery } from './event-delivery.js';
import { FilterAnswers } from './filter-answers.js';
import { HandlerDispatch, isRefusable } from './handler-dispatch.js';
import type { HandlerRun, Subscriber } from './handler-run.js';
import type { HandlerRunner } from './handler-runner.js';
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
  /** How many events one publish may lead to before it is asked whether they come in circles. */
  readonly maxCascade: number;
}

/** One event in so many is measured at its handlers in the mode `sync`. A power of two. */
const SAMPLE = 64;
const RAISE_DEPTH = 'raise maxDepth (maxPublishDepth of createWaymark) if the chain is meant to be that long';
const RAISE_CASCADE = 'raise maxCascade (maxPublishCascade of createWaymark) if they are meant to be that many';

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
  readonly #room: QueueRoom;
  readonly #dispatch: HandlerDispatch;
  readonly waiting = new LatencyHistogram();
  readonly #queue: Link[] = [];
  #sequence = 0;
  #isClosed = false;
  /** How many publishes there are within each other, each by a filter that another one asks. */
  #asking = 0;
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
    this.#room = new QueueRoom(parts.ledger);
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
    const answers = route.guards.length > 0 ? this.#assertRoom(admitted, route.guards) : undefined;
    this.#accept(admitted, undefined, undefined, route, answers);
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
    const answers = new FilterAnswers(admitted);
    const isFor = (guard: Subscriber): boolean => this.#isFor(guard, admitted, answers);
    const { sequence, tracker } = await this.#room.enter({ guards, caller, isFor }, () => {
      if (this.#isClosed) throw closedError();
      const route = this.#index.of(admitted);
      this.#assertRoom(admitted, route.guards, caller, answers);
      const { clock, ledger } = this.#parts;
      const fresh = new OutcomeTracker({ startedAt: clock.monotonic(), caller, ledger });
      return { sequence: this.#accept(admitted, undefined, fresh, route, answers), tracker: fresh };
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
    const { replay: limit, filter } = subscription.plan;
    const part = this.#history.read({
      after: 0,
      upTo: last,
      limit: filter === undefined ? limit : last,
      matches: (event) => this.#index.of(event).listeners.includes(subscription),
    });
    const old = part.events.map((event, index) => ({ event, delivery: part.deliveries[index] as EventDelivery }));
    const [event, delivery, link, past] = [this.#event, this.#delivery, this.#link, this.#past];
    const outer = currentDelivery();
    // The handler that is being called, and asks for the past, may have begun to wait before.
    const waits = this.#dispatch.waitsInCall;
    if (event === undefined) this.#parts.ledger.hold();
    try {
      this.#past = last;
      const chosen: (() => void)[] = [];
      // The newest that its filter takes. What a filter publishes waits until they have all been given.
      for (const { event: earlier, delivery: its } of old.reverse()) {
        if (chosen.length === limit || !subscription.active) break;
        const begin = (): void => this.#begin(earlier, its, undefined);
        begin();
        const answers = new FilterAnswers(earlier);
        if (!answers.passes(subscription) && answers.of(subscription)?.error === undefined) continue;
        chosen.push(() => {
          begin();
          const replayed = specialDelivery(this.#delivery, { isReplay: true });
          const baggage = { tracker: undefined, answers };
          if (subscription.active) this.#dispatch.give(subscription, earlier, replayed, baggage);
        });
      }
      for (const give of chosen.reverse()) give();
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
    answers?: FilterAnswers,
  ): number {
    const current = this.#event;
    if (current !== undefined) return this.#enqueueNested(event, position, tracker, route, answers);
    this.#history.push(event, position);
    const sequence = (this.#sequence += 1);
    const delivery = new EventDelivery(sequence, position);
    const link =
      tracker === undefined && answers === undefined
        ? undefined
        : { event, delivery, parent: undefined, depth: 1, scope: undefined, tracker, answers };
    // A handler of another bus may be what published it.
    const outer = currentDelivery();
    const { ledger } = this.#parts;
    ledger.hold();
    try {
      if (this.#taps.areOn) {
        // What a tap publishes comes after.
        this.#begin(event, delivery, link);
        this.#tellPublished(event, sequence);
      }
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
    answers: FilterAnswers | undefined,
  ): number {
    const parent = this.#currentLink();
    // What the bus says of itself ends by itself, and what is recorded has happened.
    const mayRefuse = isRefusable(event, position);
    if (mayRefuse) this.#assertNoRunaway(parent, event);
    this.#history.push(event, position);
    const sequence = (this.#sequence += 1);
    this.#queue.push({
      event,
      delivery: new EventDelivery(sequence, position),
      parent,
      depth: parent.depth + 1,
      scope: captureScope(),
      tracker,
      reserved: mayRefuse && guards.length > 0 ? reserve(guards, answers) : undefined,
      answers,
    });
    if (this.#taps.areOn) this.#tellPublished(event, sequence);
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
    this.#begin(event, delivery, link);
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

  /** From now on, what is published comes after this one. */
  #begin(event: DomainEvent, delivery: EventDelivery, link: Link | undefined): void {
    this.#event = event;
    this.#delivery = delivery;
    this.#link = link;
    setCurrentDelivery(event);
  }

  #assertNoRunaway(parent: Link, event: DomainEvent): void {
    const { maxDepth, maxCascade } = this.#parts;
    if (parent.depth >= maxDepth) {
      throw runawayError(circle(parent, event), `after ${parent.depth} events in a chain`, RAISE_DEPTH);
    }
    if (this.#queue.length < maxCascade) return;
    const types = circle(parent, event);
    // Very many events are fine, as long as they don't lead to more of their own type.
    if (types[0] !== event.type) return;
    throw runawayError(types, `after ${this.#queue.length} events of one publish`, RAISE_CASCADE);
  }

  /**
   * Whether an event is for somebody whose queue is full: then its filter is asked already before the event is published.
   *
   * @throws WaymarkError `WAYMARK_BUS_RUNAWAY` where filters that are asked publish without end
   */
  #isFor(guard: Subscriber, event: DomainEvent, answers: FilterAnswers): boolean {
    const { maxDepth } = this.#parts;
    if (this.#asking >= maxDepth) {
      throw runawayError([event.type, event.type], `by filters, ${maxDepth} within each other`, RAISE_DEPTH);
    }
    this.#asking += 1;
    try {
      return answers.passes(guard);
    } finally {
      this.#asking -= 1;
    }
  }

  /**
   * Asks the filters of queues that are full, and none twice. Returns their answers; `undefined` where none was asked.
   *
   * @throws WaymarkError `WAYMARK_BUS_OVERFLOW`
   */
  #assertRoom(
    event: DomainEvent,
    guards: Route['guards'],
    caller?: HandlerRun,
    given?: FilterAnswers,
  ): FilterAnswers | undefined {
    let answers = given;
    for (const guard of guards) {
      if (!guard.active || !guard.isFull) continue;
      if (!this.#isFor(guard, event, (answers ??= new FilterAnswers(event)))) continue;
      // What it is busy with may wait for this.
      if (!QueueRoom.mayExceed(guard, caller)) throw overflowError(event, guard);
    }
    return answers;
  }

  #tellPublished({ id: eventId, type: eventType }: DomainEvent, sequence: number): void {
    this.#taps.tell({ step: 'published', sequence, eventId, eventType });
  }
}

/**
 * Keeps a place for an event that is delivered later in each queue that must not drop it. Whether a filter takes it is
 * not known yet, unless the filter had to be asked before.
 */
function reserve(guards: Route['guards'], answers: FilterAnswers | undefined): Set<Subscriber> {
  const reserved = new Set(guards.filter((guard) => guard.active && answers?.of(guard)?.passes !== false));
  for (const guard of reserved) guard.reserved += 1;
  return reserved;
}
