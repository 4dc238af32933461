import type { DeliveryQueue } from './delivery-queue.js';
import { Fifo } from './fifo.js';

/** Works on several events at a time. They begin in their order. */
export class AsyncQueue<Run> implements DeliveryQueue<Run> {
  readonly #concurrency: number;
  readonly #work: (run: Run) => Promise<void>;
  readonly #waiting = new Fifo<Run>();
  #running = 0;
  #isScheduled = false;

  /** @param work must not reject */
  constructor(concurrency: number, work: (run: Run) => Promise<void>) {
    this.#concurrency = concurrency;
    this.#work = work;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  push(run: Run): void {
    this.#waiting.push(run);
    if (this.#isScheduled || this.#running >= this.#concurrency) return;
    this.#isScheduled = true;
    // After the publish, not within it.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  dropOldest(): Run | undefined {
    return this.#waiting.shift();
  }

  clear(): readonly Run[] {
    return this.#waiting.clear();
  }

  blockedBy(runs: ReadonlySet<Run>): number {
    return runs.size >= this.#concurrency ? this.depth : 0;
  }

  flush(): void {
    // Nothing waits for others to come.
  }

  #begin(): void {
    while (this.#running < this.#concurrency) {
      const run = this.#waiting.shift();
      if (run === undefined) return;
      this.#running += 1;
      void this.#work(run).then(() => {
        this.#running -= 1;
        this.#begin();
      });
    }
  }
}
