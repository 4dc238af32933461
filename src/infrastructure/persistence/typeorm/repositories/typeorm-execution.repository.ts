import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { EXECUTION_STATUSES } from '../../../../domain/execution/execution-status.js';
import type { ExecutionSnapshot } from '../../../../domain/execution/execution.js';
import type { ExecutionQuery, ExecutionRepository } from '../../../../domain/execution/execution.repository.port.js';
import { versionConflict } from '../../../../domain/execution/version-conflict.error.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import { executionEntity, type ExecutionRow } from '../entities/execution.entity.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { checkRow, storedCount, storedJson, storedTime } from './stored-row.js';

/**
 * Executions in a database.
 *
 * With a scope that is not of its own database (the unit of work keeps its data elsewhere) a save is a transaction of
 * its own: durable when it resolves, and not taken back when the other one fails later.
 */
export class TypeOrmExecutionRepository implements ExecutionRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  save(snapshot: ExecutionSnapshot, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) =>
      own.query((queries) =>
        snapshot.version === 0 ? insertExecution(queries, snapshot) : updateExecution(queries, snapshot),
      ),
    );
  }

  find(executionId: string): Promise<ExecutionSnapshot | undefined> {
    return this.#database.read((queries) => selectExecution(queries, executionId));
  }

  list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]> {
    return this.#database.read((queries) => selectExecutions(queries, query));
  }
}

async function insertExecution(queries: QueryRunner, snapshot: ExecutionSnapshot): Promise<void> {
  // Nobody else writes meanwhile. To try it and see would end the whole transaction on PostgreSQL.
  if (await executionIsStored(queries, snapshot.id)) throw versionConflict(snapshot);
  await queries.manager
    .createQueryBuilder()
    .insert()
    .into(executionEntity.name)
    .values({ ...snapshot, version: 1 })
    .updateEntity(false)
    .execute();
}

function executionIsStored(queries: QueryRunner, executionId: string): Promise<boolean> {
  return queries.manager
    .createQueryBuilder<ExecutionRow>(executionEntity.name, 'execution', queries)
    .where('execution.id = :executionId', { executionId })
    .getExists();
}

async function updateExecution(queries: QueryRunner, snapshot: ExecutionSnapshot): Promise<void> {
  const { id, version, ...columns } = snapshot;
  const { affected } = await queries.manager
    .createQueryBuilder()
    .update(executionEntity.name)
    .set({ ...columns, version: version + 1 })
    .where('id = :id AND version = :version', { id, version })
    .updateEntity(false)
    .execute();
  if (affected !== 1) throw versionConflict(snapshot);
}

async function selectExecution(queries: QueryRunner, executionId: string): Promise<ExecutionSnapshot | undefined> {
  const row = await queries.manager
    .createQueryBuilder<ExecutionRow>(executionEntity.name, 'execution', queries)
    .where('execution.id = :executionId', { executionId })
    .getOne();
  return row === null ? undefined : toSnapshot(row);
}

async function selectExecutions(queries: QueryRunner, query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]> {
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
  const rows = await builder.getMany();
  return rows.map(toSnapshot);
}

function toSnapshot(row: ExecutionRow): ExecutionSnapshot {
  return Object.freeze({ ...checkRow(EXECUTION, row, `Execution ${String(row.id)}`) }) as ExecutionSnapshot;
}

const text = z.string();
const textOrNull = text.nullable();
const attempts = z.array(z.object({ nodeId: text, occurrence: storedCount, attempt: storedCount }));

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
  breakpoints: z.array(text),
  correlationId: text,
  label: textOrNull,
  parentExecutionId: textOrNull,
  sourceCheckpointId: textOrNull,
  branchId: text,
  headCheckpointId: text,
  completed: z.array(z.object({ nodeId: text, occurrence: storedCount })),
  waiting: z.array(text),
  running: attempts,
  interrupted: attempts,
  failed: attempts,
  occurrences: z.record(text, storedCount),
  nodesExecuted: storedCount,
  checkpointsCreated: storedCount,
  branchesCreated: storedCount,
  owner: textOrNull,
  startedAt: storedTime,
  updatedAt: storedTime,
  endedAt: storedTime.nullable(),
} satisfies Record<keyof ExecutionSnapshot, z.ZodType>);
