import type { Scheduler } from '../../src/index.js';
import { deferred, type Deferred } from './deferred.js';

/** A scheduler whose waits end when the test says so. */
export class ManualScheduler implements Scheduler {
  /** How long each wait was asked to take, in order. */
  readonly asked: number[] = [];
  readonly #waiting: Deferred[] = [];
  readonly #onAsked: (() => void)[] = [];

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    this.asked.push(ms);
    const wait = deferred();
    if (signal?.aborted === true) wait.reject(signal.reason);
    signal?.addEventListener('abort', () => wait.reject(signal.reason), { once: true });
    this.#waiting.push(wait);
    for (const notify of this.#onAsked.splice(0)) notify();
    return wait.promise;
  }

  /** Ends every wait that is going on. */
  elapse(): void {
    for (const wait of this.#waiting.splice(0)) wait.resolve();
  }

  /** Resolves once somebody has asked for the n-th wait. */
  async untilAsked(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise<void>((resolve) => this.#onAsked.push(resolve));
  }
}
