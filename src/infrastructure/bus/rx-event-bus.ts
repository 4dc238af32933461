import { setMaxListeners } from 'node:events';
import type { Observable } from 'rxjs';
import type { BusMetrics, BusTrace } from '../../application/bus/bus-metrics.js';
import type { DeadLetterBox } from '../../application/bus/dead-letter-box.port.js';
import { DeadLetters } from '../../application/bus/dead-letters.js';
import type { BusHistory, HistoryQuery } from '../../application/bus/event-bus.port.js';
import type { DeadLetterStorage, RecordedEventBus } from '../../application/bus/recorded-event-bus.port.js';
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
} from '../../application/bus/subscription.js';
import type { EventOf, Topic } from '../../application/bus/topic.js';
import { errorRecord } from '../../application/context/error-record.js';
import type { EventFactory } from '../../application/context/event-factory.js';
import { EventIntake } from '../../application/events/event-intake.js';
import { settlesWithin } from '../../application/shared/settles-within.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { EventCatalog } from '../../domain/events/event-catalog.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import { assertKeys, type KeysOf, wholeNumber } from '../../domain/shared/options.js';
import { timerScheduler } from '../runtime/timer-scheduler.js';
import { BusReports } from './bus-reports.js';
import { BusTaps } from './bus-taps.js';
import { closedError } from './bus-errors.js';
import { DeliveryLoop } from './delivery-loop.js';
import type { HandlerRun, Subscriber } from './handler-run.js';
import { HandlerRunner } from './handler-runner.js';
import { HandlerSubscription } from './handler-subscription.js';
import { HistoryRing } from './history-ring.js';
import { readHistory } from './history-query.js';
import { observe } from './isolated-observable.js';
import { makeQueue } from './make-queue.js';
import { memoryDeadLetters } from './memory-dead-letters.js';
import { Redriver } from './redrive.js';
import { type IdleWaiter, RunLedger } from './run-ledger.js';
import { planSubscription, type SubscriptionPlan } from './subscribe-options.js';
import { TopicIndex } from './topic-index.js';
import { WeakTargets } from './weak-targets.js';

/** How a bus is set up. */
export interface RxEventBusOptions {
  /** How many events the history keeps; 1,000 when left out. */
  readonly historySize?: number;
  /** How many bytes these may have together, as JSON; without a limit when left out. It makes every publish slower. */
  readonly historyBytes?: number;
  /** What may come in, and in which form; everything as it is when left out. */
  readonly intake?: { admit(event: DomainEvent): DomainEvent };
  /** The types that dead letters are read back as; those that the bus has met when left out. */
  readonly catalog?: EventCatalog;
  /** How long a chain of events, each published by a handler of the one before, may grow; 100 when left out. */
  readonly maxDepth?: number;
  /**
   * How many events one publish may lead to before one of a type that it came from is refused; 100,000 when left out.
   */
  readonly maxCascade?: number;
  /** Where waits come from; the machine's timers when left out. */
  readonly scheduler?: Scheduler;
  /** From 0 to 1, for the part of a wait that is left to chance. */
  readonly random?: () => number;
}

const DEFAULT_HISTORY = 1_000;
const DEFAULT_DEPTH = 100;
const DEFAULT_CASCADE = 100_000;
const CLOSE_KEYS: KeysOf<NonNullable<Parameters<RxEventBus['close']>[0]>> = { graceMs: true };

/** The event bus, in process, on RxJS. See {@link EventBus} for what it promises. */
export class RxEventBus implements RecordedEventBus {
  readonly #factory: EventFactory;
  readonly #scheduler: Scheduler;
  readonly #history: HistoryRing;
  readonly #index: TopicIndex;
  readonly #taps = new BusTaps();
  readonly #ledger = new RunLedger();
  readonly #reports: BusReports;
  readonly #runner: HandlerRunner;
  readonly #loop: DeliveryLoop;
  readonly #weak: WeakTargets;
  readonly #deadLetters: DeadLetters;
  readonly #redriver: Redriver;
  readonly #completions = new Set<() => void>();
  /** What subscriptions that have ended were given. */
  #deliveredBefore = 0;
  readonly #closing = new AbortController();
  /** Ends the wait for handlers that had time enough. */
  #giveUp: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  /** @throws InvalidArgumentError when an option is not a whole number, or too small */
  constructor(factory: EventFactory, options: RxEventBusOptions = {}) {
    this.#factory = factory;
    // Each consumer and bridge may wait for it; Node would take more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
    this.#scheduler = options.scheduler ?? timerScheduler;
    const { historyBytes } = options;
    this.#history = new HistoryRing({
      events: wholeNumber(options.historySize ?? DEFAULT_HISTORY, 'history size', 0),
      ...(historyBytes === undefined ? {} : { bytes: wholeNumber(historyBytes, 'history bytes', 0) }),
    });
    const emit = (event: DomainEvent): void => this.#loop.emit(event);
    this.#deadLetters = new DeadLetters({
      storage: memoryDeadLetters(emit),
      factory,
      scheduler: this.#scheduler,
      decode: (record) => this.#redriver.decode(record),
      redrive: (letter, event) => {
        if (this.#closed !== undefined) throw closedError();
        return this.#redriver.redrive(letter, event);
      },
    });
    this.#reports = new BusReports({ factory, taps: this.#taps, deadLetters: this.#deadLetters, emit });
    this.#runner = new HandlerRunner({
      clock: factory.clock,
      scheduler: this.#scheduler,
      random: options.random ?? Math.random,
      ledger: this.#ledger,
      reports: this.#reports,
    });
    this.#index = new TopicIndex((listener, error, event) => this.#topicFailed(listener, error, event));
    this.#loop = new DeliveryLoop({
      intake: options.intake ?? new EventIntake(new EventCatalog(), true),
      history: this.#history,
      index: this.#index,
      taps: this.#taps,
      ledger: this.#ledger,
      reports: this.#reports,
      runner: this.#runner,
      clock: factory.clock,
      maxDepth: wholeNumber(options.maxDepth ?? DEFAULT_DEPTH, 'depth of publishing', 1),
      maxCascade: wholeNumber(options.maxCascade ?? DEFAULT_CASCADE, 'cascade of publishing', 1),
    });
    this.#redriver = new Redriver({
      catalog: options.catalog ?? new EventCatalog(),
      index: this.#index,
      ledger: this.#ledger,
      runner: this.#runner,
      clock: factory.clock,
    });
    this.#weak = new WeakTargets((subscription) => this.#reports.collected(subscription));
  }

  get deadLetters(): DeadLetterBox {
    return this.#deadLetters;
  }

  keepDeadLettersIn(storage: DeadLetterStorage): void {
    void this.#deadLetters.keepIn(storage).then(
      (lost) => this.#reports.lost(lost),
      // The memory that they were in can't be read: there is nothing to take over.
      () => undefined,
    );
  }

  publish(event: DomainEvent): void {
    this.#loop.publish(event);
  }

  publishRecorded(event: DomainEvent, position: number): void {
    this.#loop.publishRecorded(event, position);
  }

  publishAsync(event: DomainEvent): Promise<PublishResult> {
    return this.#loop.publishAsync(event);
  }

  room(): Promise<void> | undefined {
    return this.#loop.room();
  }

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
  subscribe(topic: Topic, handler: unknown, options: object = {}): BusSubscription {
    return this.#begin(planSubscription(topic, handler, options));
  }

  subscribeWeak<Target extends object, T extends Topic>(
    topic: T,
    target: Target,
    handler: (target: Target, event: EventOf<T>, delivery: Delivery) => unknown,
    options: SubscribeOptions<EventOf<T>> = {},
  ): BusSubscription {
    const plan = planSubscription(topic, handler, options, true);
    return this.#weak.begin(plan, target, (weak) => this.#begin(weak));
  }

  on<T extends Topic>(topic: T): Observable<EventOf<T>> {
    let last: DomainEvent | undefined;
    const plan = planSubscription(topic, (event: DomainEvent) => event, { name: 'observer' });
    return observe<EventOf<T>>(
      (next, complete) => {
        if (this.#closed !== undefined) {
          complete();
          return () => undefined;
        }
        const subscription = this.#begin({
          ...plan,
          handler: (event: DomainEvent) => {
            last = event;
            next(event as EventOf<T>);
          },
        });
        this.#completions.add(complete);
        return () => {
          subscription.unsubscribe();
          this.#completions.delete(complete);
        };
      },
      () => {
        const failedOn = last;
        return (error) => this.#reports.handlerFailed(failedOn, 'observer', error, 1);
      },
    );
  }

  history(query: HistoryQuery = {}): BusHistory {
    return readHistory(this.#history, query);
  }

  metrics(): BusMetrics {
    const all = this.#index.all();
    return {
      published: this.#loop.published,
      delivered: all.reduce((sum, { delivered }) => sum + delivered, this.#deliveredBefore + this.#loop.deliveredLate),
      ...this.#reports.counters(),
      subscriptions: all.length,
      queueDepth: all.reduce((sum, { queue }) => sum + (queue?.depth ?? 0), 0),
      running: this.#ledger.size - all.reduce((sum, { queue }) => sum + (queue?.depth ?? 0), 0),
      waiting: this.#loop.waiting.summary(),
      handling: this.#runner.handling.summary(),
    };
  }

  subscriptions(): readonly SubscriptionInfo[] {
    const now = this.#factory.clock.monotonic();
    return this.#index.all().map((subscription) => subscription.info(now));
  }

  tap(observer: (trace: BusTrace) => void): Disposable {
    return this.#taps.add(observer);
  }

  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  async settled(): Promise<void> {
    const { who, leave } = this.#loop.enterWait();
    try {
      for (const { queue } of this.#index.all()) queue?.flush();
      await this.#ledger.idle(who);
    } finally {
      leave();
    }
  }

  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    assertKeys(options, CLOSE_KEYS, 'close option');
    const { graceMs } = options;
    if (graceMs !== undefined) wholeNumber(graceMs, 'graceMs', 0);
    const close = this.prepareToClose();
    await close(graceMs);
  }

  prepareToClose(): (graceMs: number | undefined) => Promise<void> {
    const { who, leave } = this.#loop.enterWait();
    return (graceMs) => this.#closeFor(who, graceMs).finally(leave);
  }

  async #closeFor(who: IdleWaiter, graceMs: number | undefined): Promise<void> {
    const closed = this.#beginClosing();
    // A handler can't wait for itself: for all others the bus is closed once that one has ended as well.
    const done = who === 'outsider' ? closed : Promise.race([closed, this.#ledger.idle(who)]);
    if (graceMs !== undefined && !(await settlesWithin(done, graceMs, this.#scheduler))) this.#giveUp();
    await (graceMs === undefined || who === 'outsider' ? done : undefined);
  }

  #beginClosing(): Promise<void> {
    if (this.#closed === undefined) {
      let begin: (drained: Promise<void>) => void = () => undefined;
      // Known before it begins: whoever is told of the end may close again.
      this.#closed = new Promise((resolve) => {
        begin = resolve;
      });
      begin(this.#close());
    }
    return this.#closed;
  }

  async #close(): Promise<void> {
    const givenUp = new Promise<void>((resolve) => {
      this.#giveUp = resolve;
    });
    this.#loop.close();
    this.#closing.abort();
    this.#runner.hurry();
    this.#deadLetters.stop();
    for (const complete of this.#completions) complete();
    for (const { queue } of this.#index.all()) queue?.flush();
    await Promise.race([this.#ledger.idle('outsider'), givenUp]);
    for (const subscription of this.#index.all()) subscription.unsubscribe();
    // Whoever waits for those that were given up has to know.
    for (const run of this.#ledger.unsettled()) this.#runner.skip(run, 'cancelled');
  }

  #begin(plan: SubscriptionPlan): Subscriber {
    if (this.#closed !== undefined) throw closedError();
    const subscription = new HandlerSubscription<HandlerRun>(plan, this.#factory.clock.monotonic(), {
      onEnd: (ended) => {
        this.#index.remove(ended);
        this.#weak.forget(ended);
        this.#deliveredBefore += ended.delivered;
        this.#tell('unsubscribed', ended);
      },
      onLeave: (left, leaver) => this.#loop.leave(left, leaver),
      whenSettled: (waitedFor) => this.#loop.whenSettled(waitedFor),
    });
    subscription.queue = makeQueue(plan, this.#scheduler, (...runs) => this.#loop.work(...runs));
    if (!subscription.active) return subscription;
    // What a tap publishes comes before it.
    this.#tell('subscribed', subscription);
    this.#index.add(subscription);
    if (plan.replay > 0) this.#loop.replay(subscription);
    return subscription;
  }

  #topicFailed(subscription: Subscriber, error: unknown, event: DomainEvent): void {
    subscription.failures += 1;
    subscription.lastError = errorRecord(error).message;
    // Somebody is in the middle of publishing it, or of reading the past.
    this.#ledger.hold();
    queueMicrotask(() => {
      try {
        this.#reports.handlerFailed(event, subscription.name, error, 1);
      } finally {
        this.#ledger.release();
      }
    });
  }

  #tell(step: 'subscribed' | 'unsubscribed', { name, topic }: Subscriber): void {
    if (this.#taps.areOn) this.#taps.tell({ step, handler: name, topic: topic.text });
  }
}
