import type { TransactionScope } from '../shared/transaction.js';
import type { ExecutionSnapshot } from './execution.js';
import type { ExecutionStatus } from './execution-status.js';

/** Which executions to list, newest first. */
export interface ExecutionQuery {
  readonly workflowId?: string;
  readonly status?: ExecutionStatus;
  readonly parentExecutionId?: string;
  /** How many at most. */
  readonly limit: number;
}

/**
 * Where executions are kept. An implementation is held to its contract by `executionRepositoryContract` of
 * `waymark/testing`.
 */
export interface ExecutionRepository {
  /**
   * Stores an execution under `snapshot.version + 1`: inserts it when the version is 0, and otherwise changes the one
   * that is there, if it is still at `snapshot.version`.
   *
   * @throws WaymarkError `WAYMARK_VERSION_CONFLICT` when somebody else saved it in between, or its id is taken
   */
  save(snapshot: ExecutionSnapshot, scope: TransactionScope): Promise<void>;

  /**
   * An execution by its id, or `undefined`.
   *
   * @param scope a transaction, to see what it has written
   */
  find(executionId: string, scope?: TransactionScope): Promise<ExecutionSnapshot | undefined>;

  /** Removes an execution. Does nothing where there is none. */
  remove(executionId: string, scope: TransactionScope): Promise<void>;

  /** Executions in descending order of start, then of id. */
  list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]>;
}
