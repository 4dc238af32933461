import type { Hash } from '../shared/hash.js';
import type { TransactionScope } from '../shared/transaction.js';
import type { FileCommit, FileCommitStatus } from './file-commit.js';

/** Which commits are wanted. */
export interface FileCommitQuery {
  readonly executionId?: string;
  readonly workspaceId?: string;
  readonly status?: FileCommitStatus;
  /** Those before a commit, by its id: the next page. */
  readonly before?: string;
  readonly limit: number;
}

/**
 * Where the commits of files are kept: who has made which, and its tree. The contents are in the file storage. An
 * implementation is held to its contract by `fileCommitRepositoryContract` of `waymark/testing`.
 */
export interface FileCommitRepository {
  /** Adds a commit, or changes the one of its id. */
  save(commit: FileCommit, scope: TransactionScope): Promise<void>;

  /** @param scope a transaction, to see what it has written */
  find(id: string, scope?: TransactionScope): Promise<FileCommit | undefined>;

  /**
   * The newest first, by id: ids are UUIDv7.
   *
   * @param scope a transaction, to see what it has written
   */
  list(query: FileCommitQuery, scope?: TransactionScope): Promise<readonly FileCommit[]>;

  /** Every tree that a commit has, each once: what is not within one of them is garbage. */
  treeHashes(): Promise<readonly Hash[]>;

  /** @returns whether it was there */
  remove(id: string, scope: TransactionScope): Promise<boolean>;
}
