import type { CheckedPage, PageCheckers } from '../../../domain/audit/integrity/page-checkers.port.js';
import { nextTurn } from '../../shared/next-turn.js';

/** How to go through the pages. */
export interface PagesAheadOptions<Page> {
  /** Who checks beside this thread; without them it looks at one page after another. */
  readonly checkers: PageCheckers | undefined;
  /** The position after the last entry. */
  readonly size: number;
  readonly pageSize: number;
  /** Looks at a page on this thread. */
  readonly look: (from: number, count: number) => Promise<Page>;
  readonly signal?: AbortSignal | undefined;
}

/** A page that is being looked at, here or elsewhere. */
interface AskedPage<Page> {
  readonly from: number;
  /** The position after its last entry. */
  readonly to: number;
  /** `undefined` where it has to be looked at again, when it is its turn. */
  readonly page: Promise<Page | CheckedPage | undefined>;
  isSettled: boolean;
}

/**
 * How many pages this thread may be ahead with, beside those that the others have: where a machine is busy with other
 * things, one of them may have to wait for long. What is kept of a page is a hash for each entry.
 */
const OWN_AHEAD = 32;

/**
 * The pages of a log in their order. Others check some of them beside this thread, which looks at one that nobody has
 * rather than wait for them. No more than a few are under way, so that what is kept does not grow with the log.
 */
export class PagesAhead<Page> {
  readonly #options: PagesAheadOptions<Page>;
  #asked: AskedPage<Page>[] = [];
  /** How many of them the others have. */
  #elsewhere = 0;

  constructor(options: PagesAheadOptions<Page>) {
    this.#options = options;
  }

  /**
   * The page at a position.
   *
   * @throws Error what looking at it throws. What comes before it was taken then.
   */
  async take(from: number): Promise<Page | CheckedPage> {
    const { look, signal } = this.#options;
    // A page that was shorter than it should be moves those after it.
    if (this.#asked[0]?.from !== from) this.#asked = [];
    this.#askOthers(from);
    while (!this.#isFirstSettled() && this.#mayGoAhead(from)) {
      signal?.throwIfAborted();
      // What the others found arrives between two turns.
      if (this.#asked.length > 0) await nextTurn();
      if (!this.#isFirstSettled()) await this.#lookAhead(from);
      this.#askOthers(from);
    }
    return (await this.#asked.shift()?.page) ?? look(from, this.#countAt(from));
  }

  /** The first page that nobody has is this thread's: the others get what comes after it. */
  #askOthers(from: number): void {
    const { checkers, size } = this.#options;
    if (checkers === undefined || this.#asked.length === 0) return;
    for (let next = this.#end(from); next < size && this.#elsewhere < checkers.capacity; next = this.#end(from)) {
      this.#elsewhere += 1;
      const checked = checkers.check(next, this.#countAt(next)).finally(() => (this.#elsewhere -= 1));
      void this.#push(next, checked);
    }
  }

  #isFirstSettled(): boolean {
    return this.#asked[0]?.isSettled === true;
  }

  #mayGoAhead(from: number): boolean {
    return this.#end(from) < this.#options.size && this.#asked.length < this.#elsewhere + OWN_AHEAD;
  }

  async #lookAhead(from: number): Promise<void> {
    const next = this.#end(from);
    const asked = this.#push(next, this.#lookSoon(next));
    this.#askOthers(from);
    await asked;
  }

  async #lookSoon(from: number): Promise<Page | undefined> {
    // Not at once: the others are to have theirs before this thread is held.
    await Promise.resolve();
    try {
      return await this.#options.look(from, this.#countAt(from));
    } catch {
      // It is looked at again when it is its turn, and fails then: there may be something to find in a page before it.
      return undefined;
    }
  }

  /** Resolves when the page is settled. */
  async #push(from: number, page: Promise<Page | CheckedPage | undefined>): Promise<void> {
    const asked = { from, to: from + this.#countAt(from), page, isSettled: false };
    this.#asked.push(asked);
    await page;
    asked.isSettled = true;
  }

  #countAt(from: number): number {
    return Math.min(this.#options.pageSize, this.#options.size - from);
  }

  /** Where nobody looks yet. */
  #end(from: number): number {
    return this.#asked.at(-1)?.to ?? from;
  }
}
