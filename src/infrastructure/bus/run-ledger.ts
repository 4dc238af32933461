import type { HandlerRun, Subscriber } from './handler-run.js';

/** Who waits until everything has ended: a handler, for which nobody else waits meanwhile, or somebody outside. */
export type IdleWaiter = 'handler' | 'outsider';

/** Knows what has not ended, for whoever waits for all of it. */
export class RunLedger {
  readonly #unsettled = new Set<HandlerRun>();
  /** Those among them that wait for all others themselves, by subscription. */
  readonly #waiting = new Map<Subscriber, Set<HandlerRun>>();
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

  begin(run: HandlerRun): void {
    this.#unsettled.add(run);
    if (run.waits > 0) this.#exempt(run);
  }

  end(run: HandlerRun): void {
    if (!this.#unsettled.delete(run)) return;
    if (run.waits > 0) this.#include(run);
    this.#check();
  }

  /** Resolves when the runs of a subscription that there are now have ended, but for one. */
  async outcomesOf(subscription: Subscriber, but: HandlerRun | undefined): Promise<void> {
    const runs = [...this.#unsettled].filter((run) => run !== but && run.subscription === subscription);
    await Promise.all(runs.map((run) => run.outcome()));
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
    if (run.waits === 1 && this.#unsettled.has(run)) this.#exempt(run);
    this.#check();
  }

  leaveWait(run: HandlerRun): void {
    run.waits -= 1;
    if (run.waits === 0) this.#include(run);
  }

  /**
   * Resolves when everything has ended. A handler waits neither for those that wait like it, nor for what can't begin
   * before one of these has ended.
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
    let count = 0;
    for (const [{ queue }, runs] of this.#waiting) {
      count += runs.size;
      // One that is tried outside of the queue stands in nobody's way.
      if (queue !== undefined) count += queue.blockedBy(new Set([...runs].filter(({ isTracked }) => !isTracked)));
    }
    return count;
  }

  #exempt(run: HandlerRun): void {
    const runs = this.#waiting.get(run.subscription);
    if (runs === undefined) this.#waiting.set(run.subscription, new Set([run]));
    else runs.add(run);
  }

  #include(run: HandlerRun): void {
    const runs = this.#waiting.get(run.subscription);
    runs?.delete(run);
    if (runs?.size === 0) this.#waiting.delete(run.subscription);
  }

  #check(): void {
    if (this.#onIdle.length === 0 || !this.#isIdle('handler')) return;
    const resolvers = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of resolvers) resolve();
  }
}
