import type { Scheduler } from '../../src/index.js';
import { deferred, type Deferred } from './deferred.js';

/** A scheduler whose waits end when the test says so. */
export class ManualScheduler implements Scheduler {
  /** How long each wait was asked to take, in order. */
  readonly asked: number[] = [];
  /** The same of waits that keep no process alive: what is to be done from time to time, in the background. */
  readonly askedIdly: number[] = [];
  readonly #waiting: Deferred[] = [];
  readonly #onAsked: (() => void)[] = [];

  delay(ms: number, signal?: AbortSignal, options?: { readonly idle?: boolean }): Promise<void> {
    (options?.idle === true ? this.askedIdly : this.asked).push(ms);
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
  untilAsked(count: number): Promise<void> {
    return this.#until(() => this.asked.length >= count);
  }

  /** Resolves once somebody has asked for the n-th wait in the background. */
  untilAskedIdly(count: number): Promise<void> {
    return this.#until(() => this.askedIdly.length >= count);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#onAsked.push(resolve));
  }
}
