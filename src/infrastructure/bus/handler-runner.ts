import type { HandlerOutcome } from '../../application/bus/subscription.js';
import { errorRecord } from '../../application/context/error-record.js';
import { runFollowing } from '../../application/context/run-with-context.js';
import { isThenable } from '../../application/shared/thenable.js';
import type { Clock, Scheduler } from '../../domain/shared/clock.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { specialDelivery } from './event-delivery.js';
import type { HandlerRun, Subscriber } from './handler-run.js';
import { retryDelay } from './retry-delay.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { RunLedger } from './run-ledger.js';

/** What a runner tells of. */
export interface RunReports {
  /** A try failed. */
  failed(run: HandlerRun, error: unknown, attempt: number): void;
  /** It is tried again. */
  retried(run: HandlerRun, attempt: number): void;
  /** Every try failed: the event is to be put aside. */
  givenUp(run: HandlerRun, error: unknown, attempts: number): Promise<void>;
  /** There is an outcome. */
  ended(run: HandlerRun, outcome: HandlerOutcome): void;
}

/** What a runner works with. */
export interface RunnerParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: () => number;
  readonly ledger: RunLedger;
  readonly reports: RunReports;
}

/** How one try went, so far. */
type Trial = { readonly result: unknown } | { readonly error: unknown };

/** Runs of one handler that are tried together: one event, or a batch. */
type Runs = readonly [HandlerRun, ...HandlerRun[]];

/** Calls handlers: with time limits, as often as their retry policy says, and to the end. */
export class HandlerRunner {
  /** How long tries took. */
  readonly handling = new LatencyHistogram();
  readonly #parts: RunnerParts;
  /** Waits between tries. */
  readonly #pauses = new Set<AbortController>();
  #isHurried = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Cuts every wait between tries short, from now on. */
  hurry(): void {
    this.#isHurried = true;
    for (const pause of this.#pauses) pause.abort();
  }

  /** Calls a handler within the publish. What it leaves to do later is seen to. */
  startNow(run: HandlerRun): void {
    const startedAt = this.#parts.clock.monotonic();
    // It goes on after it has returned: what it asks of the bus before that is asked by this run too.
    if (run.subscription.goesOn) this.#track(run);
    const trial = this.#try([run], 1);
    if ('result' in trial && !isThenable(trial.result)) {
      this.measure(run.subscription, startedAt);
      this.#end(run, 'handled');
      return;
    }
    if (!run.isTracked) this.#track(run);
    if ('result' in trial) run.subscription.returnsPromises();
    void this.#drive([run], trial, startedAt);
  }

  /** Takes over what a handler that was called already has returned. */
  follow(run: HandlerRun, result: PromiseLike<unknown>): void {
    run.attempts = 1;
    this.#track(run);
    void this.#drive([run], { result }, run.since);
  }

  /** Takes over from a handler that was called already and threw. */
  recover(run: HandlerRun, error: unknown): void {
    run.attempts = 1;
    this.#track(run);
    void this.#drive([run], { error }, this.#parts.clock.monotonic());
  }

  /** Takes over an event that could not even be given to its handler: its filter threw, its map, or its key. */
  refuse(run: HandlerRun, error: unknown): Promise<HandlerOutcome> {
    const outcome = run.outcome();
    run.attempts = 1;
    this.#track(run);
    void this.#toTheEnd([run], async () => {
      this.#parts.reports.failed(run, error, 1);
      await this.#giveUp([run], error, 1);
    });
    return outcome;
  }

  /** Calls a handler with what its queue gave out. Never rejects. */
  work(...runs: Runs): Promise<void> {
    const startedAt = this.#parts.clock.monotonic();
    if (runs.length > 1) for (const run of runs) run.batch = runs;
    for (const run of runs) run.subscription.atWork.add(run);
    const drive = (): Promise<void> => this.#drive(runs, this.#try(runs, 1), startedAt);
    // A failure is told of in the publisher's context as well, and not in that of whoever happened to wake the queue.
    const { scope } = runs.at(-1) as HandlerRun;
    return scope === undefined ? drive() : scope(drive);
  }

  /** Ends a run that was not begun, or that nobody waits for any longer. */
  skip(run: HandlerRun, status: 'dropped' | 'cancelled'): void {
    this.#end(run, status);
  }

  /** Calls a handler, for an event that it failed on before. */
  redrive(run: HandlerRun): Promise<HandlerOutcome> {
    const outcome = run.outcome();
    this.#track(run);
    const startedAt = this.#parts.clock.monotonic();
    void this.#drive([run], this.#try([run], 1), startedAt);
    return outcome;
  }

  /** A handler is done with what it began at a time of the monotonic clock. */
  measure(subscription: Subscriber, startedAt: number): void {
    const ms = this.#parts.clock.monotonic() - startedAt;
    this.handling.add(ms);
    subscription.handling.add(ms);
  }

  #track(run: HandlerRun): void {
    run.isTracked = true;
    run.subscription.unsettled += 1;
    this.#parts.ledger.begin(run);
  }

  /** Waits for a try, and tries again until it is done or given up. Never rejects. */
  #drive(runs: Runs, first: Trial, firstStartedAt: number): Promise<void> {
    return this.#toTheEnd(runs, () => this.#tryOn(runs, first, firstStartedAt));
  }

  /** Whatever is wrong with an error, or with what tells of it: runs end. Never rejects. */
  async #toTheEnd(runs: Runs, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (defect) {
      for (const run of runs) this.#end(run, 'failed', defect);
    }
  }

  /**
   * It waits for nothing before it tells of a try that failed at once: a failure within a publish is told of within it.
   */
  async #tryOn(runs: Runs, first: Trial, firstStartedAt: number): Promise<void> {
    const { clock, reports } = this.#parts;
    let trial = first;
    let startedAt = firstStartedAt;
    for (let attempt = 1; ; attempt += 1) {
      const failure = 'error' in trial ? trial : await this.#failureOf(runs, trial.result);
      // The bus has closed in the meantime, and had no more time for it.
      if (runs[0].isEnded) return;
      this.measure(runs[0].subscription, startedAt);
      if (failure === undefined) {
        for (const run of runs) this.#end(run, 'handled');
        return;
      }
      reports.failed(runs[0], failure.error, attempt);
      const verdict = await this.#retryOrNot(runs[0].subscription, failure.error, attempt);
      if (runs[0].isEnded) return;
      if (verdict !== 'retry') {
        await this.#giveUp(runs, verdict.error, attempt);
        return;
      }
      reports.retried(runs[0], attempt + 1);
      startedAt = clock.monotonic();
      trial = this.#try(runs, attempt + 1);
    }
  }

  /** Waits until it is time for another try; or tells what to give up with. */
  async #retryOrNot(
    subscription: Subscriber,
    error: unknown,
    attempt: number,
  ): Promise<'retry' | { readonly error: unknown }> {
    const { retry } = subscription.plan;
    if (attempt >= retry.attempts) return { error };
    try {
      if (subscription.hasLeft || !retry.retryIf(error, attempt)) return { error };
      await this.#backOff(subscription, attempt);
    } catch (thrown) {
      // The host's predicate, or the host's scheduler.
      return { error: new Error(`There is no other try: ${errorRecord(thrown).message}`, { cause: error }) };
    }
    return subscription.hasLeft ? { error } : 'retry';
  }

  /** Waits until it is time for another try, the bus closes, or somebody ends the subscription. */
  async #backOff(subscription: Subscriber, failed: number): Promise<void> {
    const { scheduler, random } = this.#parts;
    if (this.#isHurried || subscription.hasLeft) return;
    const pause = new AbortController();
    this.#pauses.add(pause);
    const forget = subscription.onLeave(() => pause.abort());
    try {
      await scheduler.delay(retryDelay(subscription.plan.retry, failed, random()), pause.signal);
    } catch (error) {
      if (!pause.signal.aborted) throw error;
    } finally {
      this.#pauses.delete(pause);
      forget();
    }
  }

  async #giveUp(runs: Runs, error: unknown, attempts: number): Promise<void> {
    await Promise.all(runs.map((run) => this.#parts.reports.givenUp(run, error, attempts)));
    for (const run of runs) this.#end(run, 'failed', error);
  }

  /** Calls the handler. What it throws is a part of the result. */
  #try(runs: Runs, attempt: number): Trial {
    for (const run of runs) run.attempts = attempt;
    const last = runs.at(-1) as HandlerRun;
    const call = (): unknown => callHandler(runs, attempt);
    try {
      if (!last.subscription.goesOn && attempt === 1) return { result: call() };
      const following = (): unknown => runFollowing(last.event, call, last);
      return { result: last.scope === undefined ? following() : last.scope(following) };
    } catch (error) {
      return { error };
    }
  }

  /** What the handler rejects with, or that it took too long. */
  async #failureOf(runs: Runs, result: unknown): Promise<{ readonly error: unknown } | undefined> {
    try {
      await (runs[0].subscription.plan.timeoutMs === undefined ? result : this.#inTime(runs[0], result));
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async #inTime(run: HandlerRun, result: unknown): Promise<void> {
    const { plan, name } = run.subscription;
    const timeoutMs = plan.timeoutMs ?? 0;
    const done = new AbortController();
    const late = this.#parts.scheduler.delay(timeoutMs, done.signal).then(() => {
      const error = timedOut(name, timeoutMs);
      timers.get(run)?.abort(error);
      throw error;
    });
    // Once the race is over, nobody waits for it.
    late.catch(() => undefined);
    try {
      await Promise.race([result, late]);
    } finally {
      done.abort();
    }
  }

  #end(run: HandlerRun, status: HandlerOutcome['status'], error?: unknown): void {
    if (run.isEnded) return;
    const { clock, ledger, reports } = this.#parts;
    if (run.isTracked) run.subscription.unsettled -= 1;
    run.subscription.atWork.delete(run);
    const outcome: HandlerOutcome = {
      handler: run.subscription.name,
      status,
      attempts: run.attempts,
      durationMs: clock.monotonic() - run.since,
      ...(status === 'failed' ? { error } : {}),
    };
    run.end(outcome);
    reports.ended(run, outcome);
    ledger.end(run);
    run.subscription.runEnded();
  }
}

/** What tells a handler with a time limit that its time is up. */
const timers = new WeakMap<HandlerRun, AbortController>();

function callHandler(runs: Runs, attempt: number): unknown {
  const [first] = runs;
  const { handler, plan } = first.subscription;
  const special: { attempt?: number; signal?: AbortSignal } = {};
  if (attempt > 1) special.attempt = attempt;
  if (plan.timeoutMs !== undefined) {
    const timer = new AbortController();
    timers.set(first, timer);
    special.signal = timer.signal;
  }
  const isSpecial = attempt > 1 || plan.timeoutMs !== undefined;
  const deliveries = runs.map(({ delivery }) => (isSpecial ? specialDelivery(delivery, special) : delivery));
  const call = handler as (given: unknown, delivery: unknown) => unknown;
  if (plan.mode !== 'batch') return call(first.value, deliveries[0]);
  return call(
    runs.map(({ value }) => value),
    deliveries,
  );
}

function timedOut(handler: string, timeoutMs: number): WaymarkError {
  return new WaymarkError('WAYMARK_HANDLER_TIMEOUT', `The handler ${handler} took longer than ${timeoutMs} ms.`, {
    hint: 'Let it end when delivery.signal aborts, or give it a longer timeoutMs.',
    details: { handler, timeoutMs },
  });
}
