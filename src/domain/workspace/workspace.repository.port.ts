import type { TransactionScope } from '../shared/transaction.js';
import type { Workspace } from './workspace.js';

/** Which workspaces are wanted. */
export interface WorkspaceQuery {
  readonly executionId?: string;
  readonly status?: Workspace['status'];
  /** Those before one, by its id: the next page. */
  readonly before?: string;
  readonly limit: number;
}

/**
 * Where workspaces are kept: their rows, not their folders. An implementation is held to its contract by
 * `workspaceRepositoryContract` of `waymark/testing`.
 */
export interface WorkspaceRepository {
  /** Adds a workspace, or changes the one of its id. */
  save(workspace: Workspace, scope: TransactionScope): Promise<void>;

  /** @param scope a transaction, to see what it has written */
  find(id: string, scope?: TransactionScope): Promise<Workspace | undefined>;

  /** The workspace of an execution that is not removed, the newest where there are several. */
  ofExecution(executionId: string, scope?: TransactionScope): Promise<Workspace | undefined>;

  /** The newest first, by id: ids are UUIDv7. */
  list(query: WorkspaceQuery): Promise<readonly Workspace[]>;

  /** Those with a restore that was begun, in ascending order of their ids. */
  withPendingRestore(): Promise<readonly Workspace[]>;

  /**
   * The commits that workspaces were filled from, were last kept as, or are being put back to, each once, in ascending
   * order. Of one whose folder is removed only what it was filled from, where it is an execution's: a restart of that
   * begins with these files.
   *
   * @param scope a transaction, to see what it has written
   */
  referredCommits(scope?: TransactionScope): Promise<readonly string[]>;

  /** Forgets a workspace. @returns whether it was there */
  remove(id: string, scope: TransactionScope): Promise<boolean>;
}
