import type { TransactionScope } from '../../shared/transaction.js';
import type { Seam } from './seam.js';

/** How many entries were removed of a stream, by every cut together. */
export interface RemovedStream {
  readonly stream: string;
  readonly entries: number;
}

/**
 * What takes the first entries out of a log, and knows what was taken. It is a port of its own: nothing that records or
 * reads can remove anything.
 *
 * An implementation is held to its contract by `retentionRepositoryContract` of `waymark/testing`.
 */
export interface RetentionRepository {
  /** Every seam, the oldest first, as it is stored. Within a transaction, where one is given. */
  seams(scope?: TransactionScope): Promise<readonly Seam[]>;

  /**
   * How many entries each stream has lost, by the code points of its name, from a name on (which is left out itself), at
   * most `limit`. Within a transaction, where one is given: it sees what it removed itself.
   */
  removedStreams(
    page: { readonly after: string; readonly limit: number },
    scope?: TransactionScope,
  ): Promise<readonly RemovedStream[]>;

  /**
   * Removes the entries before a position. Tiles stay; so do the leaf hashes of removed entries that share a tile with one
   * that stays, and how many entries each stream has had.
   *
   * @returns how many entries were removed
   */
  removeBefore(to: number, scope: TransactionScope): Promise<number>;

  /** Keeps a seam, in the transaction that removed what is before it. */
  addSeam(seam: Seam, scope: TransactionScope): Promise<void>;
}
