import type { Scheduler } from '../../domain/shared/clock.js';
import type { DeliveryQueue } from './delivery-queue.js';
import { Fifo } from './fifo.js';

/** What makes a batch. */
export interface BatchLimits {
  readonly size: number;
  readonly delayMs: number;
}

/** Gathers events until there are enough of them or the first has waited long enough. One batch at a time. */
export class BatchQueue<Run> implements DeliveryQueue<Run> {
  readonly #limits: BatchLimits;
  readonly #scheduler: Scheduler;
  readonly #work: (runs: readonly Run[]) => Promise<void>;
  readonly #isAlone: (run: Run) => boolean;
  readonly #waiting = new Fifo<Run>();
  #timer: AbortController | undefined;
  #running = 0;
  /** How many of those that wait must not wait for more to come. */
  #due = 0;
  #isScheduled = false;

  /**
   * @param work must not reject
   * @param isAlone whether a run makes a batch of its own
   */
  constructor(
    limits: BatchLimits,
    scheduler: Scheduler,
    work: (runs: readonly Run[]) => Promise<void>,
    isAlone: (run: Run) => boolean = () => false,
  ) {
    this.#limits = limits;
    this.#scheduler = scheduler;
    this.#work = work;
    this.#isAlone = isAlone;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  push(run: Run): void {
    this.#waiting.push(run);
    this.#advance();
  }

  dropOldest(): Run | undefined {
    const oldest = this.#waiting.shift();
    this.#due = Math.min(this.#due, this.#waiting.length);
    return oldest;
  }

  clear(): readonly Run[] {
    this.#stopTimer();
    this.#due = 0;
    return this.#waiting.clear();
  }

  blockedBy(runs: ReadonlySet<Run>): number {
    return runs.size > 0 ? this.depth : 0;
  }

  flush(): void {
    this.#due = this.#waiting.length;
    this.#advance();
  }

  /** Begins a batch, sees to it that one will begin, or leaves it to the end of the one that is going on. */
  #advance(): void {
    if (this.#waiting.length === 0) return;
    if (this.#due === 0 && this.#waiting.length < this.#limits.size) {
      // While a batch is going on as well: its time counts.
      this.#startTimer();
      return;
    }
    if (this.#running > 0) return;
    this.#stopTimer();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After the publish, not within it.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#running > 0) return;
    const batch: Run[] = [];
    while (batch.length < this.#limits.size) {
      const run = this.#waiting.peek();
      if (run === undefined || (batch.length > 0 && this.#isAlone(run))) break;
      this.#waiting.shift();
      batch.push(run);
      if (this.#isAlone(run)) break;
    }
    this.#due = Math.max(0, this.#due - batch.length);
    if (batch.length === 0) return;
    this.#running = batch.length;
    void this.#work(batch).then(() => {
      this.#running = 0;
      this.#advance();
    });
  }

  #startTimer(): void {
    if (this.#timer !== undefined) return;
    const timer = new AbortController();
    this.#timer = timer;
    void this.#scheduler.delay(this.#limits.delayMs, timer.signal).then(
      () => {
        if (timer.signal.aborted) return;
        this.#timer = undefined;
        this.flush();
      },
      () => {
        // It was stopped, or the scheduler failed: then nothing must wait for it.
        if (!timer.signal.aborted) this.flush();
      },
    );
  }

  #stopTimer(): void {
    this.#timer?.abort();
    this.#timer = undefined;
  }
}
