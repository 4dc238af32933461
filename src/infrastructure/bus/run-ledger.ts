import type { HandlerOutcome } from '../../application/bus/subscription.js';
import type { HandlerRun, Subscriber, Wait } from './handler-run.js';
import { heldUp, isHeldUpBy } from './held-up.js';

/** Who waits until everything has ended: a handler, for which nobody else waits meanwhile, or somebody outside. */
export type IdleWaiter = 'handler' | 'outsider';

/** Knows what has not ended, for whoever waits for all of it or for some of it. */
export class RunLedger {
  readonly #unsettled = new Set<HandlerRun>();
  /** Those among them that wait for all others themselves. */
  readonly #waiting = new Set<HandlerRun>();
  /** Those among them that wait for others, or for room in a queue. */
  readonly #heldBack = new Set<HandlerRun>();
  /** Other things to wait for: a delivery that is going on. */
  #held = 0;
  #idlers = 0;
  #onIdle: (() => void)[] = [];

  get size(): number {
    return this.#unsettled.size;
  }

  /** Whether somebody waits for everything to end. */
  get isAwaited(): boolean {
    return this.#idlers > 0;
  }

  has(run: HandlerRun): boolean {
    return this.#unsettled.has(run);
  }

  /** What has not ended. */
  unsettled(): readonly HandlerRun[] {
    return [...this.#unsettled];
  }

  begin(run: HandlerRun): void {
    this.#unsettled.add(run);
    if (run.waits > 0) this.#waiting.add(run);
  }

  end(run: HandlerRun): void {
    if (!this.#unsettled.delete(run)) return;
    this.#waiting.delete(run);
    this.#heldBack.delete(run);
    this.#check();
  }

  /** Resolves with what comes of a run. While a handler waits for that, nobody waits for both of them in a circle. */
  async outcomeOf(run: HandlerRun, waiter: HandlerRun | undefined): Promise<HandlerOutcome> {
    const leave = this.enterWaitFor({ run }, waiter);
    try {
      return await run.outcome();
    } finally {
      leave();
    }
  }

  /** Resolves when the runs of a subscription that there are now have ended, but for those that wait for who waits. */
  async outcomesOf(subscription: Subscriber, waiter: HandlerRun | undefined): Promise<void> {
    const runs = this.unsettled().filter((run) => run.subscription === subscription);
    const ready = runs.filter((run) => waiter === undefined || !isHeldUpBy(run, waiter));
    await Promise.all(ready.map((run) => this.outcomeOf(run, waiter)));
  }

  /** A handler begins to wait for something. Returns what ends that. */
  enterWaitFor(wait: Wait, waiter: HandlerRun | undefined): () => void {
    if (waiter === undefined || !this.has(waiter)) return () => undefined;
    const waits = (waiter.waitsFor ??= new Set());
    waits.add(wait);
    this.#heldBack.add(waiter);
    this.#check();
    return () => {
      waits.delete(wait);
      if (waits.size === 0) this.#heldBack.delete(waiter);
    };
  }

  /** Something that is no run is to be waited for as well. */
  hold(): void {
    this.#held += 1;
  }

  release(): void {
    this.#held -= 1;
    this.#check();
  }

  /** From now on, no handler that waits for everything waits for this run, until `leaveWait`. */
  enterWait(run: HandlerRun): void {
    run.waits += 1;
    if (run.waits === 1 && this.#unsettled.has(run)) this.#waiting.add(run);
    this.#check();
  }

  leaveWait(run: HandlerRun): void {
    run.waits -= 1;
    if (run.waits === 0) this.#waiting.delete(run);
  }

  /**
   * Resolves when everything has ended. A handler waits neither for those that wait like it, nor for what can't begin
   * or end before one of these has ended.
   */
  async idle(who: IdleWaiter): Promise<void> {
    this.#idlers += 1;
    try {
      while (!this.#isIdle(who)) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    } finally {
      this.#idlers -= 1;
    }
  }

  #isIdle(who: IdleWaiter): boolean {
    if (this.#held > 0) return false;
    return this.#unsettled.size <= (who === 'outsider' ? 0 : this.#exempted());
  }

  #exempted(): number {
    const waits = Array.from(this.#heldBack, (run) => ({ run }));
    const stuck = new Set([...this.#waiting, ...heldUp(waits, this.#waiting)]);
    const bySubscription = new Map<Subscriber, Set<HandlerRun>>();
    for (const run of stuck) {
      const inTheWay = bySubscription.get(run.subscription) ?? new Set();
      bySubscription.set(run.subscription, inTheWay);
      // One that is tried outside of the queue stands in nobody's way.
      if (!run.isTracked) inTheWay.add(run);
    }
    let count = stuck.size;
    for (const [{ queue }, runs] of bySubscription) count += queue?.blockedBy(runs) ?? 0;
    return count;
  }

  #check(): void {
    if (this.#onIdle.length === 0 || !this.#isIdle('handler')) return;
    const resolvers = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of resolvers) resolve();
  }
}
