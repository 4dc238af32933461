import type { Hash } from '../shared/hash.js';
import type { TransactionScope } from '../shared/transaction.js';
import type { Branch, Checkpoint, Content } from './checkpoint.js';

/** A checkpoint about to be stored: what it adds to the store is known only then. */
export type NewCheckpoint = Omit<Checkpoint, 'storedBytes'>;

/**
 * Where checkpoints, their branches and their contents are kept. An implementation is held to its contract by
 * `checkpointRepositoryContract` of `waymark/testing`.
 */
export interface CheckpointRepository {
  /**
   * Which of the contents are not stored yet. Read within the transaction that will add them.
   */
  missing(hashes: readonly Hash[], scope: TransactionScope): Promise<ReadonlySet<Hash>>;

  /**
   * Stores a checkpoint and the contents that are new. A content that is there already is left alone.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_EXISTS` when its id is taken, `WAYMARK_PARENT_NOT_FOUND` when its parent
   *   is not there or belongs to another execution
   */
  add(checkpoint: Checkpoint, contents: readonly Content[], scope: TransactionScope): Promise<void>;

  /** Stores a branch, or changes the head and the mark of the one that is there. */
  saveBranch(branch: Branch, scope: TransactionScope): Promise<void>;

  /** A checkpoint by its id, or `undefined`. */
  find(checkpointId: string): Promise<Checkpoint | undefined>;

  /** All checkpoints of an execution by sequence. Never reads contents. */
  list(executionId: string): Promise<readonly Checkpoint[]>;

  /** All branches of an execution, in the order of their creation. */
  branches(executionId: string): Promise<readonly Branch[]>;

  /** The bodies of contents, by hash. A hash that is not stored is not in the map. */
  contents(hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, string>>;
}
