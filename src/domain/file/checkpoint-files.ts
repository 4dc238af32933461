import type { TransactionScope } from '../shared/transaction.js';
import type { EnvironmentRecord } from '../environment/environment-spec.js';

/** What was around an execution when a checkpoint of it was made: going back to it restores that too. */
export interface CheckpointFiles {
  readonly checkpointId: string;
  readonly executionId: string;
  readonly workspaceId: string | null;
  /** The files of its workspace, as they were. */
  readonly commitId: string | null;
  /** The environment that its nodes ran in. */
  readonly environment: EnvironmentRecord | null;
}

/**
 * Where the links from checkpoints to their files are kept: each in the transaction of its checkpoint. An implementation
 * is held to its contract by `checkpointFilesRepositoryContract` of `waymark/testing`.
 */
export interface CheckpointFilesRepository {
  /** Adds links. One that is there is replaced. */
  link(links: readonly CheckpointFiles[], scope: TransactionScope): Promise<void>;

  /** @param scope a transaction, to see what it has written */
  find(checkpointId: string, scope?: TransactionScope): Promise<CheckpointFiles | undefined>;

  /** Every link of an execution, in the order of their checkpoints' ids. */
  ofExecution(executionId: string, scope?: TransactionScope): Promise<readonly CheckpointFiles[]>;

  /**
   * The commits that a checkpoint is linked to, each once, in ascending order.
   *
   * @param scope a transaction, to see what it has written
   */
  linkedCommits(scope?: TransactionScope): Promise<readonly string[]>;

  /** Removes the links of checkpoints, which are removed themselves. */
  remove(checkpointIds: readonly string[], scope: TransactionScope): Promise<void>;

  /** Removes every link of an execution. */
  removeExecution(executionId: string, scope: TransactionScope): Promise<void>;
}
