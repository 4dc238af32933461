import type { TransactionScope } from '../../domain/shared/transaction.js';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.js';

/**
 * Where dead letters are kept.
 *
 * An implementation is held to its contract by `deadLetterRepositoryContract` of `waymark/testing`.
 */
export interface DeadLetterRepository {
  /** Keeps a letter, in the place of one of the same id. */
  save(letter: DeadLetter, scope: TransactionScope): Promise<void>;

  /**
   * Changes a letter that is there, in its place. Tells whether it was: one that was removed meanwhile stays removed.
   */
  update(letter: DeadLetter, scope: TransactionScope): Promise<boolean>;

  /** Removes a letter, whether it can be read or not. Tells whether it was there. */
  remove(id: string, scope: TransactionScope): Promise<boolean>;

  /** The letter of an id, or `undefined`. */
  get(id: string): Promise<DeadLetter | undefined>;

  /**
   * Letters in the order in which they were first kept, at most `limit`, from the one after the letter `after` on. A
   * letter `after` that is no longer there still has its place: ids are UUIDv7 or another order that grows.
   */
  find(filter: DeadLetterFilter, after: string | undefined, limit: number): Promise<readonly DeadLetter[]>;

  /** How many there are. */
  count(filter: DeadLetterFilter): Promise<number>;
}
