import type { DeadLetter, DeadLetterFilter } from '../../../application/bus/dead-letter.js';
import type { DeadLetterRepository } from '../../../application/bus/dead-letter.repository.port.js';
import { wholeNumber } from '../../../domain/shared/options.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/** How many letters are kept when nothing else is said. */
const DEFAULT_CAPACITY = 10_000;

interface Kept {
  /** Its place in the order of first keeping. */
  readonly ordinal: number;
  readonly letter: DeadLetter;
}

/**
 * Dead letters in memory. There is a limit to how many: beyond it the oldest goes, for a handler that fails on
 * everything must not take all the memory there is.
 *
 * @example
 * container.rebind(TOKENS.DeadLetterRepository).toConstantValue(new InMemoryDeadLetterRepository(500));
 */
export class InMemoryDeadLetterRepository implements DeadLetterRepository {
  /** By id, in order of ordinals. */
  #letters = new Map<string, Kept>();
  #lastOrdinal = 0;
  readonly #capacity: number;

  /**
   * @param capacity how many letters are kept at most; 10,000 when left out
   * @throws InvalidArgumentError when it is no whole number from 1
   */
  constructor(capacity: number = DEFAULT_CAPACITY) {
    this.#capacity = wholeNumber(capacity, 'capacity', 1);
  }

  save(letter: DeadLetter, scope: TransactionScope): Promise<void> {
    const before = this.#letters.get(letter.id);
    this.#letters.set(letter.id, {
      ordinal: before?.ordinal ?? (this.#lastOrdinal += 1),
      letter: Object.freeze({ ...letter }),
    });
    scope.onRollback(() => {
      if (before === undefined) this.#letters.delete(letter.id);
      else this.#letters.set(letter.id, before);
    });
    if (this.#letters.size > this.#capacity) {
      const [oldest] = this.#letters.keys();
      if (oldest !== undefined) this.#take(oldest, scope);
    }
    return Promise.resolve();
  }

  async update(letter: DeadLetter, scope: TransactionScope): Promise<boolean> {
    if (!this.#letters.has(letter.id)) return false;
    await this.save(letter, scope);
    return true;
  }

  remove(id: string, scope: TransactionScope): Promise<boolean> {
    return Promise.resolve(this.#take(id, scope));
  }

  get(id: string): Promise<DeadLetter | undefined> {
    return Promise.resolve(this.#letters.get(id)?.letter);
  }

  find(filter: DeadLetterFilter, after: string | undefined, limit: number): Promise<readonly DeadLetter[]> {
    const place = after === undefined ? 0 : this.#placeOf(after);
    const found: DeadLetter[] = [];
    for (const { ordinal, letter } of this.#letters.values()) {
      if (found.length >= limit) break;
      if (ordinal > place && matches(filter, letter)) found.push(letter);
    }
    return Promise.resolve(found);
  }

  count(filter: DeadLetterFilter): Promise<number> {
    let count = 0;
    for (const { letter } of this.#letters.values()) if (matches(filter, letter)) count += 1;
    return Promise.resolve(count);
  }

  /** The place of a letter; of one that is gone, that of the letter before it by id. */
  #placeOf(id: string): number {
    const there = this.#letters.get(id);
    if (there !== undefined) return there.ordinal;
    let before: Kept | undefined;
    for (const kept of this.#letters.values()) {
      if (kept.letter.id < id && (before === undefined || kept.letter.id > before.letter.id)) before = kept;
    }
    return before?.ordinal ?? 0;
  }

  #take(id: string, scope: TransactionScope): boolean {
    const taken = this.#letters.get(id);
    if (taken === undefined) return false;
    this.#letters.delete(id);
    scope.onRollback(() => {
      // Back to its place: a Map puts at its end what it is given anew.
      const letters = [...this.#letters, [id, taken] as const];
      this.#letters = new Map(letters.toSorted(([, a], [, b]) => a.ordinal - b.ordinal));
    });
    return true;
  }
}

function matches(filter: DeadLetterFilter, letter: DeadLetter): boolean {
  return (
    (filter.handler === undefined || filter.handler === letter.handler) &&
    (filter.eventType === undefined || filter.eventType === letter.event.type)
  );
}
