import { setImmediate } from 'node:timers/promises';
import type { FileProgress } from '../../application/file/file-storage.port.js';

/** For how long work goes on without a look at what else there is, in milliseconds. */
const STRETCH_MS = 15;

/**
 * Lets long work be called off, and be told of. Work on files is synchronous, which takes a tenth of the time that the
 * same takes by promises; so it has to give way by itself now and then.
 */
export class WorkControl {
  readonly #signal: AbortSignal | undefined;
  readonly #report: ((progress: FileProgress) => void) | undefined;
  #stretchBegan = performance.now();
  #files = 0;
  #bytes = 0;
  #isTouching = false;

  constructor(signal?: AbortSignal, report?: (progress: FileProgress) => void) {
    this.#signal = signal;
    this.#report = report;
  }

  /** So much more is done. */
  advance(files: number, bytes: number): void {
    this.#files += files;
    this.#bytes += bytes;
  }

  /** Whether it is time to give way. */
  get isDue(): boolean {
    return performance.now() - this.#stretchBegan > STRETCH_MS;
  }

  /** Gives way, tells how far it is, and ends the work if it was called off. */
  async giveWay(): Promise<void> {
    this.#tell();
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#stretchBegan = performance.now();
  }

  /** From now on a folder is changed: whoever is told has to know before. */
  touch(): void {
    this.#isTouching = true;
    this.#tell();
  }

  #tell(): void {
    this.#report?.({ files: this.#files, bytes: this.#bytes, ...(this.#isTouching ? { touched: true } : {}) });
  }

  throwIfAborted(): void {
    this.#signal?.throwIfAborted();
  }
}
