import type { DeliveryQueue } from './delivery-queue.js';
import { Fifo } from './fifo.js';

/** The runs of one key, of which one at a time is going on. */
interface Lane<Run> {
  readonly key: string;
  readonly waiting: Fifo<Run>;
  isBusy: boolean;
}

/** Works on several keys at a time. Events of one key follow each other, and keys take turns. */
export class KeyedQueue<Run> implements DeliveryQueue<Run> {
  readonly #concurrency: number;
  readonly #keyOf: (run: Run) => string;
  readonly #work: (run: Run) => Promise<void>;
  /** Lanes with something waiting or going on. */
  readonly #lanes = new Map<string, Lane<Run>>();
  /** Lanes that could begin now. Sets keep the order in which things came, and give up any of them at once. */
  readonly #ready = new Set<Lane<Run>>();
  /** Everything that waits, in the order in which it came, with its lane. */
  readonly #arrivals = new Map<Run, Lane<Run>>();
  #running = 0;
  #isScheduled = false;

  /** @param work must not reject */
  constructor(concurrency: number, keyOf: (run: Run) => string, work: (run: Run) => Promise<void>) {
    this.#concurrency = concurrency;
    this.#keyOf = keyOf;
    this.#work = work;
  }

  get depth(): number {
    return this.#arrivals.size;
  }

  get running(): number {
    return this.#running;
  }

  push(run: Run): void {
    const key = this.#keyOf(run);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { key, waiting: new Fifo(), isBusy: false };
      this.#lanes.set(key, lane);
    }
    lane.waiting.push(run);
    this.#arrivals.set(run, lane);
    if (!lane.isBusy) this.#ready.add(lane);
    if (this.#isScheduled || this.#running >= this.#concurrency) return;
    this.#isScheduled = true;
    // After the publish, not within it.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  dropOldest(): Run | undefined {
    const [oldest] = this.#arrivals;
    if (oldest === undefined) return undefined;
    const [run, lane] = oldest;
    // What came first of all came first in its lane.
    lane.waiting.shift();
    this.#arrivals.delete(run);
    if (!lane.isBusy && lane.waiting.length === 0) this.#forget(lane);
    return run;
  }

  clear(): readonly Run[] {
    const waiting = [...this.#arrivals.keys()];
    this.#arrivals.clear();
    for (const lane of this.#lanes.values()) {
      lane.waiting.clear();
      if (!lane.isBusy) this.#forget(lane);
    }
    return waiting;
  }

  blockedBy(runs: ReadonlySet<Run>): number {
    if (runs.size >= this.#concurrency) return this.depth;
    return Array.from(runs).reduce((sum, run) => sum + (this.#lanes.get(this.#keyOf(run))?.waiting.length ?? 0), 0);
  }

  flush(): void {
    // Nothing waits for others to come.
  }

  #begin(): void {
    for (const lane of this.#ready) {
      if (this.#running >= this.#concurrency) return;
      this.#ready.delete(lane);
      const run = lane.waiting.shift();
      if (run !== undefined) this.#start(lane, run);
    }
  }

  #start(lane: Lane<Run>, run: Run): void {
    this.#arrivals.delete(run);
    lane.isBusy = true;
    this.#running += 1;
    void this.#work(run).then(() => {
      this.#running -= 1;
      lane.isBusy = false;
      if (lane.waiting.length > 0) this.#ready.add(lane);
      else this.#forget(lane);
      this.#begin();
    });
  }

  #forget(lane: Lane<Run>): void {
    this.#ready.delete(lane);
    this.#lanes.delete(lane.key);
  }
}
