import { Worker } from 'node:worker_threads';
import type { CheckedPage } from '../../../../domain/audit/integrity/page-checkers.port.js';
import type { CheckedFile, PageAnswer, PageRequest } from './page-messages.js';

/** One thread that checks pages, seen from the thread that asks it. */
export class CheckingThread {
  readonly #worker: Worker;
  /** Who waits for an answer. It answers in the order in which it is asked. */
  readonly #waiting: ((page: CheckedPage | undefined) => void)[] = [];
  #state: 'starting' | 'ready' | 'ending' = 'starting';
  /** Resolves when it has released the file. */
  readonly ended: Promise<void>;

  /** @throws Error whatever Node throws when it can't start one */
  constructor(script: URL, checked: CheckedFile) {
    // Without the options of the process: what they have loaded first would have to be loaded for each thread.
    this.#worker = new Worker(script, { name: 'waymark-verify', workerData: checked, execArgv: [] });
    this.#worker.on('message', (answer: PageAnswer) => this.#take(answer));
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#stop();
        resolve();
      });
    });
    // It could not begin, or broke. Nothing is lost by that: all that it did not answer is looked at by who asked.
    this.#worker.on('error', () => this.#stop());
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** How many pages it has yet to answer. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** As {@link PageCheckers.check}. */
  check(from: number, count: number): Promise<CheckedPage | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#post({ from, count });
    });
  }

  /** Ends it when it has done what it is at. Idempotent. */
  async end(): Promise<void> {
    // It closes its connection by itself: one that is stopped could leave files beside the store.
    if (this.#state === 'ready') this.#post('end');
    else if (this.#state === 'starting') await this.#worker.terminate();
    this.#stop();
    await this.ended;
  }

  #take(answer: PageAnswer): void {
    if (answer !== 'ready') this.#waiting.shift()?.(answer.page);
    else if (this.#state === 'starting') this.#state = 'ready';
  }

  #stop(): void {
    this.#state = 'ending';
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  #post(request: PageRequest): void {
    this.#worker.postMessage(request);
  }
}
