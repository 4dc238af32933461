import type { BusSubscription, SubscriptionInfo } from '../../application/bus/subscription.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { DeliveryQueue } from './delivery-queue.js';
import { onAbort } from './on-abort.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { SubscriptionPlan } from './subscribe-options.js';
import type { CompiledTopic } from './topic.js';

/** A publisher that waits for places in several queues at once. */
export interface QueueTicket<Run> {
  /** The queues that it needs a place in. One that has ended is needed no more. */
  readonly needs: Set<HandlerSubscription<Run>>;
  /** Every one of them keeps a place for it now. */
  readonly admit: () => void;
}

/** Who has to know of a subscription's end. */
export interface SubscriptionHooks<Run> {
  /** It takes no more events. Told once. */
  onEnd(ended: HandlerSubscription<Run>): void;
  /** Resolves when everything that it was given has an outcome. */
  whenSettled(subscription: HandlerSubscription<Run>): Promise<void>;
  /** What waited in its queue is left. */
  onLeave(left: readonly Run[], subscription: HandlerSubscription<Run>): void;
}

/** What a filter said of an event: it is asked once. */
export interface FilterAnswer {
  readonly passes: boolean;
  /** What it threw instead. */
  readonly error?: { readonly thrown: unknown };
}

/** A handler, how it listens, and what became of it. */
export class HandlerSubscription<Run> implements BusSubscription {
  readonly plan: SubscriptionPlan;
  readonly topic: CompiledTopic;
  readonly handler: SubscriptionPlan['handler'];
  readonly name: string;
  /** In front of the handler; `undefined` in the mode `sync`. */
  queue: DeliveryQueue<Run> | undefined;
  active = true;
  /** Whether somebody ended it, rather than its one event. */
  hasLeft = false;
  /** Publishers that wait for room in the queue, who came first first. */
  readonly waiters = new Set<QueueTicket<Run>>();
  /** Places in the queue that are promised: to events that were accepted, and to publishers that are about to publish. */
  reserved = 0;
  /** Whether the handler goes on after it has returned: then its context has to go with it. */
  goesOn: boolean;
  /** Whether it is called with the event and nothing more is to be seen to. */
  isPlain: boolean;
  delivered = 0;
  failures = 0;
  retries = 0;
  dropped = 0;
  deadLettered = 0;
  /** Runs outside of a queue that have not ended. */
  unsettled = 0;
  /** What its queue gave out and has not ended. */
  readonly atWork = new Set<Run>();
  lastError: string | undefined;
  readonly handling = new LatencyHistogram();
  readonly #madeAt: number;
  readonly #hooks: SubscriptionHooks<Run>;
  /** What waits for somebody to end it. */
  readonly #onLeave = new Set<() => void>();
  /** Ends the wait for the signal, which lasts until the run of one that listens once has ended. */
  readonly #forgetSignal: () => void;

  /** @param madeAt by the monotonic clock */
  constructor(plan: SubscriptionPlan, madeAt: number, hooks: SubscriptionHooks<Run>) {
    this.plan = plan;
    this.topic = plan.topic;
    this.handler = plan.handler;
    this.name = plan.name;
    this.goesOn = plan.mode !== 'sync' || plan.isAsyncFunction;
    const { filter, map, once, timeoutMs } = plan;
    this.isPlain = !this.goesOn && filter === undefined && map === undefined && !once && timeoutMs === undefined;
    this.#madeAt = madeAt;
    this.#hooks = hooks;
    const { signal } = plan;
    if (signal?.aborted === true) this.active = false;
    const isWatched = signal !== undefined && this.active;
    this.#forgetSignal = isWatched ? onAbort(signal, () => this.unsubscribe()) : () => undefined;
  }

  /** Whether its full queue stops a publish. */
  get isGuard(): boolean {
    const { mode, overflow } = this.plan;
    return mode !== 'sync' && (overflow === 'error' || overflow === 'backpressure');
  }

  get isFull(): boolean {
    return this.queue !== undefined && this.queue.depth + this.reserved >= this.plan.queueSize;
  }

  /**
   * Whether the event is for it. One that listens once ends here, before its handler can publish.
   *
   * @param answer what the filter said, where it was asked before
   */
  wants(event: DomainEvent, answer: FilterAnswer | undefined): boolean {
    const { filter, once } = this.plan;
    if (answer?.error !== undefined) throw answer.error.thrown;
    if (filter !== undefined && !(answer === undefined ? filter(event) : answer.passes)) return false;
    // The filter may have ended it.
    if (!this.active) return false;
    if (once) this.#end();
    return true;
  }

  /** The handler has returned a promise: from now on each of its calls has a context of its own. */
  returnsPromises(): void {
    this.goesOn = true;
    this.isPlain = false;
  }

  /** Calls something when somebody ends it. Returns what ends that. */
  onLeave(call: () => void): () => void {
    this.#onLeave.add(call);
    return () => void this.#onLeave.delete(call);
  }

  /** One of its runs has ended. */
  runEnded(): void {
    // One that listens once, and has had its event.
    if (!this.active) this.#forgetSignal();
  }

  unsubscribe(): void {
    this.hasLeft = true;
    if (this.active) this.#end();
    this.#forgetSignal();
    for (const call of this.#onLeave) call();
    // One that listens once has ended, and may still have its event in the queue.
    if (this.queue !== undefined) this.#hooks.onLeave(this.queue.clear(), this);
  }

  async settled(): Promise<void> {
    this.queue?.flush();
    await this.#hooks.whenSettled(this);
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  /** @param now by the monotonic clock */
  info(now: number): SubscriptionInfo {
    const { name, failures, retries, dropped, deadLettered, delivered, lastError } = this;
    return {
      name,
      topic: this.topic.text,
      mode: this.plan.mode,
      isWeak: this.plan.isWeak,
      queueDepth: this.queue?.depth ?? 0,
      running: (this.queue?.running ?? 0) + this.unsettled,
      delivered,
      failures,
      retries,
      dropped,
      deadLettered,
      ageMs: now - this.#madeAt,
      handling: this.handling.summary(),
      lastError,
    };
  }

  #end(): void {
    this.active = false;
    this.#hooks.onEnd(this);
  }
}
