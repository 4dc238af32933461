import type { NodeOccurrence } from '../../../../domain/execution/node-attempt.js';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { EXECUTION_STATUSES } from '../../../../domain/execution/execution-status.js';
import type { ExecutionSnapshot } from '../../../../domain/execution/execution-snapshot.js';
import { AWAITED } from '../../../../domain/execution/progress.js';
import type {
  DueExecution,
  DueQuery,
  ExecutionQuery,
  ExecutionRepository,
  LeaseRenewal,
  RecoverableQuery,
} from '../../../../domain/execution/execution.repository.port.js';
import { versionConflict } from '../../../../domain/execution/version-conflict.error.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import { executionEntity, type ExecutionRow } from '../entities/execution.entity.js';
import type { TypeOrmDatabase } from '../database.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { TypeOrmScope } from '../typeorm-scope.js';
import { beginsWith, CompletionLists, isCompletionListRef } from './completion-lists.js';
import { executionIsStored, gatherExecution, insertExecution, updateExecution } from './execution-writes.sql.js';
import { selectDue, selectOwners, selectRecoverable, updateLabel, updateLeases } from './executions.sql.js';
import { beyondReached, CompletedCounts, occurrencesOf } from './occurrence-counts.js';
import { storedProgress } from './stored-progress.js';
import { checkRow, storedCount, storedJson, storedTime } from './stored-row.js';

/** Of how many executions it is remembered what they were when they were last saved. */
const REMEMBERED = 1_024;

/**
 * Executions in a database.
 *
 * What grows with an execution is not in its row: what it has completed is a list that others go on from (see
 * {@link CompletionLists}), which also tells how often it reached its nodes, but for what was rolled back.
 *
 * With a scope that is not of its own database (the unit of work keeps its data elsewhere) a save is a transaction of
 * its own: durable when it resolves, and not taken back when the other one fails later.
 */
export class TypeOrmExecutionRepository implements ExecutionRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;
  readonly #lists: CompletionLists;
  /** The executions that were saved last, the oldest first: the next save adds to what they completed. */
  readonly #saved = new Map<string, Saved>();

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
    this.#lists = CompletionLists.of(database);
  }

  save(snapshot: ExecutionSnapshot, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.queryBeside((queries) => this.#save(queries, snapshot, own)));
  }

  find(executionId: string, scope?: TransactionScope): Promise<ExecutionSnapshot | undefined> {
    const select = async (queries: QueryRunner): Promise<ExecutionSnapshot | undefined> => {
      const row = await selectExecution(queries, executionId);
      return row === null ? undefined : (await this.#toSnapshots(queries, [row]))[0];
    };
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.#database.read(select) : own.query(select);
  }

  label(executionId: string, label: string | null, scope: TransactionScope): Promise<boolean> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => updateLabel(queries, executionId, label)));
  }

  remove(executionId: string, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) =>
      own.query(async (queries) => {
        this.#saved.delete(executionId);
        await deleteExecution(queries, executionId);
      }),
    );
  }

  renewLeases(renewal: LeaseRenewal, scope: TransactionScope): Promise<readonly string[]> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => updateLeases(queries, renewal)));
  }

  owners(): Promise<readonly string[]> {
    return this.#database.read(selectOwners);
  }

  listRecoverable(query: RecoverableQuery): Promise<readonly string[]> {
    return this.#database.read((queries) => selectRecoverable(queries, query));
  }

  listDue(query: DueQuery): Promise<readonly DueExecution[]> {
    return this.#database.read((queries) => selectDue(queries, query));
  }

  list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]> {
    return this.#database.read(async (queries) => this.#toSnapshots(queries, await selectExecutions(queries, query)));
  }

  async #save(queries: QueryRunner, snapshot: ExecutionSnapshot, scope: TypeOrmScope): Promise<void> {
    const { id, completed, version } = snapshot;
    const before = await this.#before(queries, snapshot, scope);
    // Its counts are about to change: should the save fail, they are made anew.
    this.#saved.delete(id);
    const ref = await this.#lists.store(queries, completed, before?.completed, scope);
    const goesOn = before !== undefined && beginsWith(completed, before.completed);
    const counts = goesOn ? before.counts : new CompletedCounts();
    counts.take(completed);
    const row = {
      ...snapshot,
      completed: ref,
      occurrences: beyondReached(snapshot.occurrences, counts, snapshot),
      version: version + 1,
    };
    if (scope.gathers) gatherExecution(scope, row, version, before?.row);
    else if (version === 0) {
      // Nobody else writes meanwhile. To try it and see would end the whole transaction on PostgreSQL.
      if (await executionIsStored(queries, id)) throw versionConflict(snapshot);
      await insertExecution(queries, row);
    } else if (!(await updateExecution(queries, row, version, before?.row))) throw versionConflict(snapshot);
    // Of one that nobody runs nothing is kept that may be large.
    const running = snapshot.owner === null ? {} : { row };
    this.#remember(id, { completed, counts, version: version + 1, ...running }, scope);
  }

  /** What an execution had completed when it was saved before. */
  async #before(
    queries: QueryRunner,
    { id, version }: ExecutionSnapshot,
    scope: TypeOrmScope,
  ): Promise<Saved | undefined> {
    if (version === 0) return undefined;
    const saved = this.#saved.get(id);
    if (saved?.version === version) return saved;
    if (scope.gathers) await scope.catchUp();
    const row = await selectExecution(queries, id);
    if (row === null) return undefined;
    const [snapshot] = await this.#toSnapshots(queries, [row]);
    const completed = snapshot?.completed ?? [];
    const counts = new CompletedCounts();
    counts.take(completed);
    return { completed, counts, version };
  }

  #remember(executionId: string, saved: Saved, scope: TypeOrmScope): void {
    this.#saved.set(executionId, saved);
    scope.onRollback(() => this.#saved.delete(executionId));
    for (const oldest of this.#saved.keys()) {
      if (this.#saved.size <= REMEMBERED) break;
      this.#saved.delete(oldest);
    }
  }

  async #toSnapshots(queries: QueryRunner, rows: readonly ExecutionRow[]): Promise<readonly ExecutionSnapshot[]> {
    const refs = rows.map((row) => row.completed).filter(isCompletionListRef);
    const listOf = await this.#lists.load(queries, refs);
    return rows.map((row) => {
      // A row of an older Waymark holds the list and the numbers whole.
      if (!isCompletionListRef(row.completed)) return toSnapshot(row);
      const snapshot = toSnapshot({ ...row, completed: listOf(row.completed) });
      return Object.freeze({ ...snapshot, occurrences: occurrencesOf(snapshot.occurrences, snapshot) });
    });
  }
}

/** What is remembered of an execution that was saved. */
interface Saved {
  readonly version: number;
  readonly completed: readonly NodeOccurrence[];
  readonly counts: CompletedCounts;
  /** What was written, where this process runs it. */
  readonly row?: ExecutionRow;
}

async function deleteExecution(queries: QueryRunner, executionId: string): Promise<void> {
  await dialectOf(queries).runPrepared(queries, 'DELETE FROM executions WHERE id = ?', [executionId]);
}

function selectExecution(queries: QueryRunner, executionId: string): Promise<ExecutionRow | null> {
  return queries.manager
    .createQueryBuilder<ExecutionRow>(executionEntity.name, 'execution', queries)
    .where('execution.id = :executionId', { executionId })
    .getOne();
}

function selectExecutions(queries: QueryRunner, query: ExecutionQuery): Promise<readonly ExecutionRow[]> {
  const { limit, workflowId, status, parentExecutionId } = query;
  const builder = queries.manager
    .createQueryBuilder<ExecutionRow>(executionEntity.name, 'execution', queries)
    .orderBy('execution.startedAt', 'DESC')
    .addOrderBy('execution.id', 'DESC')
    .limit(limit);
  if (workflowId !== undefined) builder.andWhere('execution.workflowId = :workflowId', { workflowId });
  if (status !== undefined) builder.andWhere('execution.status = :status', { status });
  if (parentExecutionId !== undefined) {
    builder.andWhere('execution.parentExecutionId = :parentExecutionId', { parentExecutionId });
  }
  return builder.getMany();
}

function toSnapshot(row: ExecutionRow): ExecutionSnapshot {
  return Object.freeze({ ...checkRow(EXECUTION, row, `Execution ${String(row.id)}`) }) as ExecutionSnapshot;
}

const text = z.string();
const textOrNull = text.nullable();
const occurrence = z.object({ nodeId: text, occurrence: storedCount, at: text.optional() });
const attempt = occurrence.extend({ attempt: storedCount });
const attempts = z.array(attempt);
const suspended = attempt.extend({
  awaiting: z.enum(AWAITED),
  since: storedTime,
  dueAt: storedTime.optional(),
  name: text.optional(),
  childExecutionId: text.optional(),
  details: z.record(text, z.unknown()).optional(),
});
const breakpoint = z.object({
  node: text,
  when: z.enum(['before', 'after']),
  if: z.object({ kind: z.literal('expression'), text }).optional(),
});
const undoing = z.object({
  cause: z.enum(['rollback', 'failure']),
  checkpointId: text,
  reason: text,
  compensated: storedCount,
  failed: storedCount,
  remaining: z.array(occurrence),
  tries: storedCount.optional(),
  retryAt: storedTime.optional(),
  whole: z.literal(true).optional(),
});

/** What a row must be to be an {@link ExecutionSnapshot}. */
const EXECUTION: z.ZodType = z.object({
  id: text,
  workflowId: text,
  workflowName: text,
  workflowVersion: text,
  workflowHash: text,
  workflowSource: textOrNull,
  status: z.enum(EXECUTION_STATUSES),
  version: storedCount,
  input: z.record(text, z.unknown()),
  output: storedJson,
  error: z.object({ name: text, message: text }).nullable(),
  pauseReason: textOrNull,
  breakpoints: z.array(z.union([text, breakpoint])),
  correlationId: text,
  label: textOrNull,
  parentExecutionId: textOrNull,
  sourceCheckpointId: textOrNull,
  branchId: text,
  headCheckpointId: text,
  completed: z.array(occurrence),
  waiting: z.array(text),
  running: attempts,
  interrupted: attempts,
  failed: attempts,
  suspended: z.array(suspended),
  signals: z.array(z.object({ name: text, value: storedJson, at: storedTime })),
  progress: storedProgress.nullable(),
  undoing: undoing.nullable(),
  compensated: z.array(occurrence.extend({ inherited: z.literal(true).optional() })),
  compensable: z.array(text),
  occurrences: z.record(text, storedCount),
  nodesExecuted: storedCount,
  checkpointsCreated: storedCount,
  branchesCreated: storedCount,
  owner: textOrNull,
  fence: storedCount,
  leaseExpiresAt: storedTime.nullable(),
  dueAt: storedTime.nullable(),
  timeoutMs: storedCount.nullable(),
  startedAt: storedTime,
  updatedAt: storedTime,
  endedAt: storedTime.nullable(),
} satisfies Record<keyof ExecutionRow, z.ZodType>);
