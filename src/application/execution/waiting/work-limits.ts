import type { Clock, Scheduler } from '../../../domain/shared/clock.js';
import type { WaymarkError } from '../../../domain/shared/errors.js';
import { heartbeatLost, nodeTimedOut } from './waiting-errors.js';

/** How long one try of a node's work may take, and how long it may be silent, both in milliseconds. */
export interface Limits {
  readonly timeoutMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
}

/** Work whose time was up. */
export interface Overdue {
  readonly error: WaymarkError;
  /** The limit that it reached. */
  readonly limitMs: number;
}

/** What a watch needs. */
interface WatchServices {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/**
 * Watches one try of a node's work. Durations are measured, so that a wall clock that is set changes nothing.
 */
export class WorkWatch {
  readonly #services: WatchServices;
  readonly #nodeId: string;
  readonly #abort: AbortController;
  readonly #stop = new AbortController();
  #lastSign: number;

  /**
   * @param abort what tells the work to stop: aborted with the error when its time is up. When somebody else aborts it,
   *   nothing is watched any longer
   */
  constructor(services: WatchServices, nodeId: string, abort: AbortController) {
    this.#services = services;
    this.#nodeId = nodeId;
    this.#abort = abort;
    this.#lastSign = services.clock.monotonic();
    if (abort.signal.aborted) this.stop();
    else abort.signal.addEventListener('abort', this.stop, { once: true });
  }

  /** Notes a sign of life. */
  readonly beat = (): void => {
    this.#lastSign = this.#services.clock.monotonic();
  };

  /** Ends the watch: no timer is left. */
  readonly stop = (): void => {
    this.#abort.signal.removeEventListener('abort', this.stop);
    this.#stop.abort();
  };

  /**
   * Resolves when the work's time is up; never when the watch ends before.
   *
   * @param timedOut makes what the work is told then
   */
  overdue({ timeoutMs, heartbeatMs }: Limits, timedOut = nodeTimedOut): Promise<Overdue> {
    return new Promise((resolve) => {
      const give = (limitMs: number, error: WaymarkError): void => {
        if (this.#stop.signal.aborted) return;
        this.stop();
        this.#abort.abort(error);
        resolve({ error, limitMs });
      };
      if (timeoutMs !== undefined) {
        void this.#slept(timeoutMs).then(() => give(timeoutMs, timedOut(this.#nodeId, timeoutMs)));
      }
      if (heartbeatMs !== undefined) {
        void this.#silence(heartbeatMs).then(() => give(heartbeatMs, heartbeatLost(this.#nodeId, heartbeatMs)));
      }
    });
  }

  /** Resolves when there was no sign of life for so long, or the watch has ended. */
  async #silence(heartbeatMs: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const leftMs = heartbeatMs - (this.#services.clock.monotonic() - this.#lastSign);
      if (leftMs <= 0) return;
      await this.#slept(leftMs);
    }
  }

  /** Resolves after so many milliseconds, or when the watch has ended. */
  async #slept(ms: number): Promise<void> {
    try {
      await this.#services.scheduler.delay(ms, this.#stop.signal);
    } catch {
      // The watch has ended: nothing else rejects a wait.
    }
  }
}
