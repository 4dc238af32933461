import type { Scheduler } from '../../../domain/shared/clock.js';
import { settlesWithin } from '../../shared/settles-within.js';
import { LogForkedError } from './integrity.errors.js';
import type { Sealing } from './sealer.js';

/** When to seal without being asked. */
export interface SealingRhythm {
  /** After so many entries. */
  readonly everyEntries?: number;
  /** So many milliseconds after the first entry that no seal covers. */
  readonly everyMs?: number;
  /** Once more when Waymark is closed. */
  readonly sealOnClose?: boolean;
  /** Told when a seal that nobody asked for could not be made. It is tried again with the next entries. */
  readonly onError: (error: unknown) => void;
}

/**
 * Seals by count and by time, as this process writes entries. Between seals nothing waits: a log that does not grow
 * has no timer, and keeps no process alive.
 */
export class PeriodicSealing {
  readonly #seal: () => Promise<Sealing>;
  readonly #rhythm: SealingRhythm;
  readonly #scheduler: Scheduler;
  readonly #stop = new AbortController();
  /** Entries that are sealed, the event of the seal included, and entries that there are, as far as is known. */
  #sealed = 0;
  #size = 0;
  #timer: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(seal: () => Promise<Sealing>, rhythm: SealingRhythm, scheduler: Scheduler) {
    this.#seal = seal;
    this.#rhythm = rhythm;
    this.#scheduler = scheduler;
  }

  /** Begins where a log stands. */
  start(sealed: number, size: number): void {
    this.#sealed = sealed;
    this.wrote(size);
  }

  /** Told, after each commit, how many entries there are. */
  wrote(size: number): void {
    this.#size = Math.max(this.#size, size);
    if (this.#stop.signal.aborted || this.#running !== undefined || this.#size <= this.#sealed) return;
    const { everyEntries, everyMs } = this.#rhythm;
    if (everyEntries !== undefined && this.#size - this.#sealed >= everyEntries) this.#begin();
    else if (everyMs !== undefined) this.#timer ??= this.#after(everyMs);
  }

  /**
   * Ends. Seals once more where that is wanted; no longer than `graceMs` milliseconds.
   *
   * @throws whatever the last seal throws
   */
  async close(graceMs: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const last = this.#last();
    // What takes longer than the grace is given up, and its failure with it.
    last.catch(() => undefined);
    if (await settlesWithin(last, graceMs, this.#scheduler)) await last;
  }

  async #last(): Promise<void> {
    await this.#timer;
    await this.#running;
    if (this.#rhythm.sealOnClose === true) await this.#seal();
  }

  #begin(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    try {
      const { seal } = await this.#seal();
      this.#sealed = seal.size + 1;
    } catch (error) {
      // A log that was forked stays so: saying it once is enough.
      if (error instanceof LogForkedError) this.#stop.abort();
      // Counted as if it had been sealed: it is tried again, and not with every entry.
      this.#sealed = this.#size;
      this.#rhythm.onError(error);
    } finally {
      this.#running = undefined;
    }
    this.wrote(this.#size);
  }

  async #after(ms: number): Promise<void> {
    try {
      await this.#scheduler.delay(ms, this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#rhythm.onError(error);
      return;
    } finally {
      this.#timer = undefined;
    }
    if (this.#running === undefined && this.#size > this.#sealed) this.#begin();
  }
}
