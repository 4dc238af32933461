import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CheckedPage, PageCheckers } from '../../../../domain/audit/integrity/page-checkers.port.js';
import { CheckingThread } from './checking-thread.js';
import type { CheckedFile } from './page-messages.js';

/**
 * More would wait for the thread that builds the tree, and a verification is not all that a machine has to do. Each takes
 * some 30 MB for as long as it lasts. The thread that verifies checks pages as well, and so there is one less of them
 * than of processors.
 */
const MOST_THREADS = 2;

/** One that is checked, and two that wait: who asks has a page of its own to look at before it can ask again. */
const PAGES_PER_THREAD = 3;

/** Where it is when Waymark was built; sources that are run as they are have none, and neither has a bundle. */
const SCRIPT = new URL('page-check.worker.js', import.meta.url);

/** Threads that check the entries of a SQLite file, each with a connection of its own that only reads. */
export class SqlitePageCheckers implements PageCheckers {
  readonly #threads: readonly CheckingThread[];
  /** Resolves when all of them have ended. */
  readonly closed: Promise<unknown>;

  private constructor(threads: readonly CheckingThread[]) {
    this.#threads = threads;
    this.closed = Promise.all(threads.map(({ ended }) => ended));
  }

  /** Starts them; `undefined` where they could not be faster than one thread alone, or can't be started. */
  static start(checked: CheckedFile): SqlitePageCheckers | undefined {
    const count = Math.min(availableParallelism() - 1, MOST_THREADS);
    if (count < 1 || !existsSync(SCRIPT)) return undefined;
    const threads: CheckingThread[] = [];
    try {
      while (threads.length < count) threads.push(new CheckingThread(SCRIPT, checked));
    } catch {
      // A process may be forbidden to have threads. It goes on with those that there are, or by itself.
    }
    return threads.length === 0 ? undefined : new SqlitePageCheckers(threads);
  }

  get capacity(): number {
    return this.#threads.filter(({ isReady }) => isReady).length * PAGES_PER_THREAD;
  }

  check(from: number, count: number): Promise<CheckedPage | undefined> {
    const ready = this.#threads.filter(({ isReady }) => isReady);
    const [least] = ready.toSorted((one, other) => one.waiting - other.waiting);
    return least?.check(from, count) ?? Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}
