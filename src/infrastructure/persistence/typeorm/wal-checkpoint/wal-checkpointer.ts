import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RelievedFile, WalAnswer, WalRequest } from './wal-messages.js';

/** Where it is when Waymark was built; sources that are run as they are have none, and neither has a bundle. */
const SCRIPT = new URL('wal-checkpoint.worker.js', import.meta.url);

/** How many pages wait in the write-ahead log before the thread takes them back: SQLite's own 1,000 would do as well. */
const PAGES = 500;

/** About how many pages are written between two looks. To ask for one takes a few microseconds. */
const PAGES_BETWEEN_LOOKS = 256;

/** About how many pages are written before a thread is worth its 50 ms and 15 MB. */
const PAGES_BEFORE_START = 1_024;

/** Which file it is, and how it is written. */
export type WrittenFile = Omit<RelievedFile, 'pages'>;

/**
 * Takes the write-ahead log of a SQLite file back into the file on a thread of its own, as soon as much is written.
 * Without it a commit does that every now and then, which holds the event loop for some milliseconds.
 *
 * The connection that writes keeps a limit of its own: when it comes to that, most has been taken back already, and the
 * write-ahead log begins anew. So the file stays bounded whatever becomes of the thread.
 */
export class WalCheckpointer {
  readonly #written: WrittenFile;
  #worker: Worker | undefined;
  #state: 'waiting' | 'starting' | 'ready' | 'looking' | 'ended' = 'waiting';
  #ended: Promise<void> = Promise.resolve();
  /** Resolves when the look that is under way is over. */
  #look: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  #pages = 0;

  constructor(written: WrittenFile) {
    this.#written = written;
  }

  /** Whether the thread is there, so that a commit can leave the work to it. */
  get isReady(): boolean {
    return this.#state === 'ready' || this.#state === 'looking';
  }

  /** A transaction was committed that wrote about so many pages. */
  committed(pages: number): void {
    this.#pages += pages;
    if (this.#state === 'ready' && this.#pages >= PAGES_BETWEEN_LOOKS) this.#lookNow();
    else if (this.#state === 'waiting' && this.#pages >= PAGES_BEFORE_START) this.#start();
  }

  /** Resolves when the thread is doing nothing: what needs the file for itself waits for that. */
  async idle(): Promise<void> {
    if (this.#look === undefined) return;
    this.#worker?.ref();
    await this.#look.over;
    this.#worker?.unref();
  }

  /** Ends the thread when it has done what it is at. Idempotent. */
  async close(): Promise<void> {
    this.#worker?.ref();
    // It closes its connection by itself: one that is stopped could leave files beside the store.
    if (this.isReady) this.#post('end');
    else if (this.#state === 'starting') await this.#worker?.terminate();
    this.#stop();
    await this.#ended;
  }

  #start(): void {
    if (availableParallelism() < 2 || !existsSync(SCRIPT)) return this.#stop();
    const workerData: RelievedFile = { ...this.#written, pages: PAGES };
    let worker: Worker;
    try {
      // Without the options of the process: what they have loaded first would have to be loaded for the thread.
      worker = new Worker(SCRIPT, { name: 'waymark-wal', workerData, execArgv: [] });
    } catch {
      // A process may be forbidden to have threads: then commits do it, as before.
      return this.#stop();
    }
    this.#state = 'starting';
    this.#worker = worker;
    worker.on('message', (answer: WalAnswer) => this.#take(answer));
    worker.on('error', () => this.#stop());
    this.#ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#stop();
        resolve();
      });
    });
    // A process that has nothing more to do ends, whether or not its store was closed. To listen holds it, so this is last.
    worker.unref();
  }

  #take(answer: WalAnswer): void {
    if (this.#state === 'ended') return;
    if (answer === 'done') this.#endLook();
    this.#state = 'ready';
  }

  #lookNow(): void {
    this.#pages = 0;
    this.#state = 'looking';
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#look = { over, end };
    this.#post('look');
  }

  #stop(): void {
    this.#state = 'ended';
    this.#endLook();
  }

  #endLook(): void {
    this.#look?.end();
    this.#look = undefined;
  }

  #post(request: WalRequest): void {
    this.#worker?.postMessage(request);
  }
}
