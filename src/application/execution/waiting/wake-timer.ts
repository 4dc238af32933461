import type { Clock, Scheduler } from '../../../domain/shared/clock.js';

/**
 * How long is slept at a stretch, in milliseconds: an hour. The wall clock may be set while somebody sleeps, and timers
 * of more than 24 days fire at once.
 */
const LONGEST_SLEEP_MS = 3_600_000;

/** What a {@link WakeTimer} needs. */
export interface WakeServices {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** One timer, for one moment of the wall clock at a time. */
export class WakeTimer {
  readonly #services: WakeServices;
  readonly #wake: () => void;
  #at: number | undefined;
  #isIdle = false;
  #sleep: AbortController | undefined;

  /** @param wake called once the moment has come, and the timer stands still again */
  constructor(services: WakeServices, wake: () => void) {
    this.#services = services;
    this.#wake = wake;
  }

  /**
   * Sets it to a moment, instead of the one it was set to. Without one it stands still.
   *
   * @param at milliseconds since the epoch
   * @param isIdle whether it is no reason for the process to stay alive
   */
  set(at: number | undefined, isIdle = false): void {
    if (at === this.#at && isIdle === this.#isIdle) return;
    this.#sleep?.abort();
    this.#sleep = undefined;
    this.#at = at;
    this.#isIdle = isIdle;
    if (at !== undefined) this.#goOn(at);
  }

  /** Ends it. */
  stop(): void {
    this.set(undefined);
  }

  #goOn(at: number): void {
    const { clock, scheduler } = this.#services;
    const ms = Math.min(Math.max(0, at - clock.now()), LONGEST_SLEEP_MS);
    const sleep = new AbortController();
    this.#sleep = sleep;
    scheduler.delay(ms, sleep.signal, { idle: this.#isIdle }).then(
      () => this.#awake(at, sleep),
      // Only an abort ends it early, and whoever aborts has set it anew.
      () => undefined,
    );
  }

  #awake(at: number, sleep: AbortController): void {
    if (sleep.signal.aborted) return;
    if (this.#services.clock.now() < at) {
      this.#goOn(at);
      return;
    }
    this.#at = undefined;
    this.#sleep = undefined;
    this.#wake();
  }
}
