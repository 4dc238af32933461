import type { TransactionScope } from '../shared/transaction.js';
import type { ExecutionSnapshot } from './execution-snapshot.js';
import type { ExecutionStatus } from './execution-status.js';

/** Which executions to list, newest first. */
export interface ExecutionQuery {
  readonly workflowId?: string;
  readonly status?: ExecutionStatus;
  readonly parentExecutionId?: string;
  /** How many at most. */
  readonly limit: number;
}

/** Which executions to look for that nobody may be seeing to. */
export interface RecoverableQuery {
  /** The present time, as ISO 8601 in UTC. */
  readonly now: string;
  /** Owners that are known to be gone, whatever their leases say. */
  readonly gone: readonly string[];
  /** Only those whose ids come after this one. */
  readonly after?: string;
  /** How many at most. */
  readonly limit: number;
}

/** An execution that nobody owns, and the time that it stands still until. */
export interface DueExecution {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly dueAt: string;
}

/** Which of them to list. */
export interface DueQuery {
  /** Only those that come after this one. */
  readonly after?: DueExecution;
  /** How many at most. */
  readonly limit: number;
}

/** A change of leases: all that an instance runs. */
export interface LeaseRenewal {
  /** Whose they are. */
  readonly owner: string;
  /** The executions. */
  readonly executionIds: readonly string[];
  /** Until when they are held; ISO 8601, UTC. */
  readonly expiresAt: string;
}

/**
 * Where executions are kept. An implementation is held to its contract by `executionRepositoryContract` of
 * `waymark/testing`.
 */
export interface ExecutionRepository {
  /**
   * Stores an execution under `snapshot.version + 1`: inserts it when the version is 0, and otherwise changes the one
   * that is there, if it is still at `snapshot.version`. The label of one that is there stays: {@link label} changes it.
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

  /**
   * Names an execution for people, or takes its name away. Its version stays as it is: whoever runs it is not disturbed.
   *
   * @returns whether there is such an execution
   */
  label(executionId: string, label: string | null, scope: TransactionScope): Promise<boolean>;

  /** Removes an execution. Does nothing where there is none. */
  remove(executionId: string, scope: TransactionScope): Promise<void>;

  /**
   * Prolongs leases, in one statement. The versions of the executions stay as they are.
   *
   * @returns the ids of those that the owner still has, in no order: the others were taken over, or have ended
   */
  renewLeases(renewal: LeaseRenewal, scope: TransactionScope): Promise<readonly string[]>;

  /** Everybody who owns an execution, each once, in no order. */
  owners(): Promise<readonly string[]>;

  /**
   * The ids of executions that may have to be seen to, in ascending order:
   *
   * - those of owners who are gone, whose lease has expired, or who have none;
   * - those that nobody owns and that are paused until a time that has come;
   * - those that nobody owns and whose compensations are not finished;
   * - those that nobody owns and that stand still for an execution which has ended: see `goesOnAfterChild`.
   */
  listRecoverable(query: RecoverableQuery): Promise<readonly string[]>;

  /** Executions that nobody owns and that are paused until a time, in ascending order of that time, then of id. */
  listDue(query: DueQuery): Promise<readonly DueExecution[]>;

  /** Executions in descending order of start, then of id. */
  list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]>;
}
