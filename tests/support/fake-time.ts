import type { Clock, Scheduler } from '../../src/index.js';
import { settle } from './deferred.js';

interface Wait {
  readonly at: number;
  readonly idle: boolean;
  readonly end: () => void;
}

/** A clock and the timers that go by it: time passes when the test says so, and everything that is due happens in order. */
export class FakeTime implements Clock, Scheduler {
  readonly #start: number;
  readonly #waits = new Set<Wait>();
  #passed = 0;

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#passed;
  }

  monotonic(): number {
    return this.#passed;
  }

  /** How many timers there are. */
  get pending(): number {
    return this.#waits.size;
  }

  /** How many of them keep the process alive. */
  get holding(): number {
    return [...this.#waits].filter(({ idle }) => !idle).length;
  }

  /** How long from now until each of them ends, in milliseconds, the first one first. */
  get due(): readonly number[] {
    return [...this.#waits].map(({ at }) => at - this.#passed).toSorted((a, b) => a - b);
  }

  delay(ms: number, signal?: AbortSignal, options?: { readonly idle?: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      const wait = { at: this.#passed + ms, idle: options?.idle === true, end: resolve };
      const abort = (): void => {
        this.#waits.delete(wait);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#waits.add(wait);
    });
  }

  /** Lets time pass, in which whatever is due happens, and what follows from that. */
  async pass(ms: number): Promise<void> {
    const end = this.#passed + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#passed = Math.max(this.#passed, next.at);
      this.#waits.delete(next);
      next.end();
      await settle();
    }
    this.#passed = end;
    await settle();
  }

  #next(end: number): Wait | undefined {
    const due = [...this.#waits].filter(({ at }) => at <= end);
    return due.toSorted((a, b) => a.at - b.at)[0];
  }
}
