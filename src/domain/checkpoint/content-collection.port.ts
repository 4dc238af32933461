import type { Hash } from '../shared/hash.js';
import type { TransactionScope } from '../shared/transaction.js';
import type { ContentRef } from './content/encoded.js';

/** What refers to contents: checkpoints do, and so may others that keep values in the same store. */
export interface ContentHolder {
  /**
   * Where the values it holds are kept, some at a time, each at least once. Values that are kept in place need not be
   * among them. What is stored meanwhile need not be either: who stores it asks for its contents (`missing`) or adds them.
   *
   * @param without the ids of checkpoints: as if these were removed, and with them what belongs to them
   */
  references(without?: ReadonlySet<string>): AsyncIterable<readonly ContentRef[]>;
}

/** A content as a collection looks at it. */
export interface ContentSummary {
  readonly hash: Hash;
  /** The length of its body in UTF-8 bytes. */
  readonly bytes: number;
  /** Its body where that may refer to other contents, `undefined` where it can't. */
  readonly body: string | undefined;
}

/**
 * How contents that nothing refers to are found and removed, beside others that write.
 *
 * From {@link begin} on, the store takes note of every content that a transaction asks for, adds or refers to. Whoever
 * removes contents leaves out those, and what they refer to, in the transaction in which it does so. One collection goes
 * on at a time: one that begins takes over, and the other finds out at its next step.
 */
export interface ContentCollectionRepository {
  /**
   * Begins a collection: raises the epoch, so that nobody relies any longer on what was there before, and takes note from
   * now on.
   *
   * @param collectionId names it among others
   */
  begin(collectionId: string, scope: TransactionScope): Promise<void>;

  /** The contents, some at a time, in no order. Those that are added meanwhile may be left out. */
  summaries(): AsyncIterable<readonly ContentSummary[]>;

  /**
   * What was taken note of since the last call, which is forgotten with the transaction.
   *
   * @throws WaymarkError `WAYMARK_COLLECTION_SUPERSEDED` when another collection was begun since
   */
  takeNoted(collectionId: string, scope: TransactionScope): Promise<readonly Hash[]>;

  /**
   * Removes contents.
   *
   * @throws WaymarkError `WAYMARK_COLLECTION_SUPERSEDED` when another collection was begun since
   */
  remove(collectionId: string, hashes: readonly Hash[], scope: TransactionScope): Promise<void>;

  /** Ends a collection: nothing is taken note of any more. Does nothing where another was begun since. */
  end(collectionId: string, scope: TransactionScope): Promise<void>;
}
