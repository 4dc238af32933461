import type { LatencySummary } from '../../application/bus/bus-metrics.js';

/** Milliseconds that the first bucket ends with. */
const FIRST_MS = 0.001;
/** What each bucket's end is to the one before: quantiles are off by no more than that. */
const GROWTH = 1.2;
/** Up to about eleven days. */
const BUCKETS = 152;
const LOG_GROWTH = Math.log(GROWTH);

/** How long something takes, in a fixed number of buckets: memory does not grow with what is measured. */
export class LatencyHistogram {
  #buckets: Uint32Array | undefined;
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  add(ms: number): void {
    const bucket = ms <= FIRST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / FIRST_MS) / LOG_GROWTH));
    this.#buckets ??= new Uint32Array(BUCKETS);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  summary(): LatencySummary {
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      p50Ms: this.#quantile(0.5),
      p99Ms: this.#quantile(0.99),
      maxMs: this.#maxMs,
    };
  }

  #quantile(share: number): number {
    if (this.#buckets === undefined) return 0;
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= rank) return Math.min(this.#maxMs, FIRST_MS * GROWTH ** bucket);
    }
    return this.#maxMs;
  }
}
