import type { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';

/**
 * Who keeps something of his own beside the checkpoints of some executions, and has to be asked and told when those are
 * removed or copied: threads of another engine do. Executions that are none of his he passes over.
 */
export interface CheckpointCompanion {
  /**
   * Checkpoints that others need which are kept: their values are what was written since those. Asked again with what it
   * returned, until it returns nothing new.
   *
   * @param kept the ids of those that are kept so far
   */
  neededAncestors(executionId: string, tree: CheckpointTree, kept: ReadonlySet<string>): Promise<Iterable<string>>;

  /** Whether something of his own goes by this id already, so that no copy may have it. */
  isTaken(executionId: string, scope: TransactionScope): Promise<boolean>;

  /** Checkpoints are removed in this transaction. */
  forget(executionId: string, checkpointIds: readonly string[], scope: TransactionScope): Promise<void>;

  /** All of an execution is removed in this transaction. */
  forgetExecution(executionId: string, scope: TransactionScope): Promise<void>;

  /**
   * All of an execution is copied in this transaction.
   *
   * @param ids the id of each copy, by that of its original
   */
  copied(executionId: string, newId: string, ids: ReadonlyMap<string, string>, scope: TransactionScope): Promise<void>;
}
