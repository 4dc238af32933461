import type { Hash } from '../shared/hash.js';
import type { TransactionScope } from '../shared/transaction.js';
import type { Branch, Checkpoint, Content } from './checkpoint.js';
import type { ContentHolder } from './content-collection.port.js';

/**
 * A checkpoint about to be stored: what it adds to the store is known only then. Without a label it has none.
 */
export type NewCheckpoint = Omit<Checkpoint, 'storedBytes' | 'label'> & Partial<Pick<Checkpoint, 'label'>>;

/**
 * Where checkpoints, their branches and their contents are kept. An implementation is held to its contract by
 * `checkpointRepositoryContract` of `waymark/testing`.
 *
 * What is removed here leaves its contents behind: `ContentCollectionRepository` takes those out that nothing refers to.
 */
export interface CheckpointRepository extends ContentHolder {
  /**
   * How often contents were about to be removed. What a transaction knows to be stored since an epoch is there as long as
   * this is the epoch; once it is another, it is to be asked for with {@link missing} again.
   */
  contentEpoch(scope: TransactionScope): Promise<number>;

  /**
   * Which of the contents are not stored yet. Read within the transaction that will add them. Those that are stored are
   * safe from a collection that is going on, with all they refer to.
   */
  missing(hashes: readonly Hash[], scope: TransactionScope): Promise<ReadonlySet<Hash>>;

  /**
   * Stores contents. One that is there already is left alone. What a content refers to must be there by the end of the
   * transaction.
   */
  addContents(contents: readonly Content[], scope: TransactionScope): Promise<void>;

  /**
   * Stores a checkpoint and the contents that are new. A content that is there already is left alone.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_EXISTS` when its id is taken, `WAYMARK_PARENT_NOT_FOUND` when its parent
   *   is not there or belongs to another execution, `WAYMARK_LABEL_TAKEN` when another checkpoint of its execution has
   *   its label
   */
  add(checkpoint: Checkpoint, contents: readonly Content[], scope: TransactionScope): Promise<void>;

  /**
   * Stores a branch, or changes the head and the mark of the one that is there.
   *
   * @param expectedHeadCheckpointId where it must stand now, `null` for a branch that must not be there yet; not looked at
   *   when left out
   * @throws WaymarkError `WAYMARK_BRANCH_CONFLICT` when it stands elsewhere, with its head as
   *   `details.actualHeadCheckpointId`
   */
  saveBranch(branch: Branch, scope: TransactionScope, expectedHeadCheckpointId?: string | null): Promise<void>;

  /**
   * Gives a checkpoint a name in the place of the one it had, or takes it away.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`; `WAYMARK_LABEL_TAKEN` when another checkpoint of its execution
   *   has it
   */
  label(checkpointId: string, label: string | null, scope: TransactionScope): Promise<void>;

  /**
   * Removes checkpoints of an execution, and none of its branches. Those that stay hang on the nearest one before them
   * that stays, or on none. Ids that are not there are passed over.
   *
   * @returns how many were removed
   */
  remove(executionId: string, checkpointIds: readonly string[], scope: TransactionScope): Promise<number>;

  /**
   * Removes all checkpoints and all branches of an execution.
   *
   * @returns how many checkpoints that were
   */
  removeExecution(executionId: string, scope: TransactionScope): Promise<number>;

  /** Checkpoints by their ids, in the order of these. Those that are not there are left out. */
  findAll(checkpointIds: readonly string[]): Promise<readonly Checkpoint[]>;

  /**
   * A checkpoint by its id, or `undefined`. What it costs does not grow with how many are before it.
   *
   * @param scope a transaction, to see what it has written
   */
  find(checkpointId: string, scope?: TransactionScope): Promise<Checkpoint | undefined>;

  /** The hash of a checkpoint's state, or `undefined` where there is none of that id: one row, of which no more is read. */
  stateHashOf(checkpointId: string, scope?: TransactionScope): Promise<Hash | undefined>;

  /** The checkpoint of an execution that has a label, or `undefined`. */
  findLabelled(executionId: string, label: string): Promise<Checkpoint | undefined>;

  /**
   * All checkpoints of an execution by sequence. Never reads contents.
   *
   * @param scope a transaction, to see what it has written
   */
  list(executionId: string, scope?: TransactionScope): Promise<readonly Checkpoint[]>;

  /**
   * All branches of an execution, in the order of their creation.
   *
   * @param scope a transaction, to see what it has written
   */
  branches(executionId: string, scope?: TransactionScope): Promise<readonly Branch[]>;

  /**
   * The ids of executions that have checkpoints, ascending by code points.
   *
   * @param after the id to go on after
   */
  executionIds(limit: number, after?: string): Promise<readonly string[]>;

  /** The bodies of contents, by hash. A hash that is not stored is not in the map. */
  contents(hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, string>>;
}
