import type { QueryRunner } from 'typeorm';
import type { Branch, Checkpoint, Content } from '../../../../domain/checkpoint/checkpoint.js';
import { checkpointExists, parentNotFound } from '../../../../domain/checkpoint/checkpoint.errors.js';
import type { CheckpointRepository } from '../../../../domain/checkpoint/checkpoint.repository.port.js';
import type { Hash } from '../../../../domain/shared/hash.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import { type BranchRow, branchEntity } from '../entities/branch.entity.js';
import { checkpointEntity } from '../entities/checkpoint.entity.js';
import { contentEntity } from '../entities/content.entity.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { type CheckpointRow, toCheckpointRow, toCheckpoints } from './checkpoint-rows.js';

/** How many hashes or rows are in one statement: databases limit its variables. */
const CHUNK = 256;

/**
 * How many checkpoints are remembered for those that will follow them: about as many executions can run without a look
 * at the store.
 */
const REMEMBERED = 64;

/**
 * Checkpoints, their branches and their contents in a database.
 *
 * With a scope that is not of its own database (the unit of work keeps its data elsewhere) each write is a transaction
 * of its own: durable when it resolves, and not taken back when the other one fails later.
 */
export class TypeOrmCheckpointRepository implements CheckpointRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;
  /** The newest checkpoints that nothing follows yet, by id, the oldest first. */
  readonly #heads = new Map<string, Checkpoint>();

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  missing(hashes: readonly Hash[], scope: TransactionScope): Promise<ReadonlySet<Hash>> {
    return this.#unitOfWork.within(scope, async (own) => {
      const missing = new Set(hashes);
      for (const hash of await own.query((queries) => selectStoredHashes(queries, [...missing]))) missing.delete(hash);
      return missing;
    });
  }

  add(checkpoint: Checkpoint, contents: readonly Content[], scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) =>
      own.query(async (queries) => {
        if (await checkpointIsStored(queries, checkpoint.id)) throw checkpointExists(checkpoint);
        if (!(await parentIsStored(queries, checkpoint))) throw parentNotFound(checkpoint);
        const parent = await this.#parentOf(queries, checkpoint);
        await insertContents(queries, contents);
        await insertCheckpoint(queries, toCheckpointRow(checkpoint, parent));
        this.#remember(checkpoint, own);
      }),
    );
  }

  saveBranch(branch: Branch, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => upsertBranch(queries, branch)));
  }

  find(checkpointId: string): Promise<Checkpoint | undefined> {
    return this.#database.read((queries) => selectCheckpoint(queries, checkpointId));
  }

  list(executionId: string): Promise<readonly Checkpoint[]> {
    return this.#database.read((queries) => selectCheckpoints(queries, executionId));
  }

  branches(executionId: string): Promise<readonly Branch[]> {
    return this.#database.read((queries) => selectBranches(queries, executionId));
  }

  contents(hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, string>> {
    return this.#database.read((queries) => selectContents(queries, [...new Set(hashes)]));
  }

  /**
   * To tell what is different, a step of an execution needs the one before it: reading all of its path each time would
   * not do.
   */
  async #parentOf(queries: QueryRunner, { parentId }: Checkpoint): Promise<Checkpoint | undefined> {
    return parentId === null ? undefined : (this.#heads.get(parentId) ?? selectCheckpoint(queries, parentId));
  }

  #remember(checkpoint: Checkpoint, scope: TransactionScope): void {
    if (checkpoint.parentId !== null) this.#heads.delete(checkpoint.parentId);
    this.#heads.set(checkpoint.id, checkpoint);
    scope.onRollback(() => this.#heads.delete(checkpoint.id));
    for (const id of this.#heads.keys()) {
      if (this.#heads.size <= REMEMBERED) break;
      this.#heads.delete(id);
    }
  }
}

async function selectStoredHashes(queries: QueryRunner, hashes: readonly Hash[]): Promise<readonly Hash[]> {
  const stored: Hash[] = [];
  for (const chunk of chunksOf(hashes)) {
    const rows = await queries.manager
      .createQueryBuilder<Content>(contentEntity.name, 'content', queries)
      .select('content.hash')
      .where('content.hash IN (:...chunk)', { chunk })
      .getMany();
    stored.push(...rows.map((row) => row.hash));
  }
  return stored;
}

async function selectContents(queries: QueryRunner, hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, string>> {
  const bodies = new Map<Hash, string>();
  for (const chunk of chunksOf(hashes)) {
    const rows = await queries.manager
      .createQueryBuilder<Content>(contentEntity.name, 'content', queries)
      .where('content.hash IN (:...chunk)', { chunk })
      .getMany();
    for (const row of rows) bodies.set(row.hash, row.body);
  }
  return bodies;
}

async function insertContents(queries: QueryRunner, contents: readonly Content[]): Promise<void> {
  for (const chunk of chunksOf(contents)) {
    await queries.manager
      .createQueryBuilder()
      .insert()
      .into<Content>(contentEntity.name)
      .values(chunk.map(({ hash, body }) => ({ hash, body })))
      .orIgnore()
      .updateEntity(false)
      .execute();
  }
}

function checkpointIsStored(queries: QueryRunner, checkpointId: string): Promise<boolean> {
  return checkpointsOf(queries).where('checkpoint.id = :checkpointId', { checkpointId }).getExists();
}

async function parentIsStored(queries: QueryRunner, { parentId, executionId }: Checkpoint): Promise<boolean> {
  if (parentId === null) return true;
  return checkpointsOf(queries)
    .where('checkpoint.id = :parentId AND checkpoint.executionId = :executionId', { parentId, executionId })
    .getExists();
}

async function insertCheckpoint(queries: QueryRunner, row: CheckpointRow): Promise<void> {
  await queries.manager
    .createQueryBuilder()
    .insert()
    .into<CheckpointRow>(checkpointEntity.name)
    .values({ ...row })
    .updateEntity(false)
    .execute();
}

async function upsertBranch(queries: QueryRunner, branch: Branch): Promise<void> {
  await queries.manager
    .createQueryBuilder()
    .insert()
    .into<BranchRow>(branchEntity.name)
    .values({ ...branch })
    .orUpdate(['head_checkpoint_id', 'abandoned'], ['execution_id', 'branch_id'])
    .updateEntity(false)
    .execute();
}

/**
 * The ids of a checkpoint and all before it. `UNION` leaves out what it has found already, so it ends on a circle too.
 */
const PATH = `
  SELECT id, parent_id FROM checkpoints WHERE id = :checkpointId
  UNION
  SELECT parent.id, parent.parent_id FROM checkpoints parent JOIN path ON parent.id = path.parent_id`;

async function selectCheckpoint(queries: QueryRunner, checkpointId: string): Promise<Checkpoint | undefined> {
  const rows = await checkpointsOf(queries)
    .addCommonTableExpression(PATH, 'path', { recursive: true })
    .where('checkpoint.id IN (SELECT id FROM path)')
    .setParameters({ checkpointId })
    .getMany();
  return toCheckpoints(rows).find((checkpoint) => checkpoint.id === checkpointId);
}

async function selectCheckpoints(queries: QueryRunner, executionId: string): Promise<readonly Checkpoint[]> {
  const rows = await checkpointsOf(queries)
    .where('checkpoint.executionId = :executionId', { executionId })
    .orderBy('checkpoint.sequence', 'ASC')
    .getMany();
  return toCheckpoints(rows);
}

async function selectBranches(queries: QueryRunner, executionId: string): Promise<readonly Branch[]> {
  const rows = await queries.manager
    .createQueryBuilder<BranchRow>(branchEntity.name, 'branch', queries)
    .where('branch.executionId = :executionId', { executionId })
    .orderBy('branch.ordinal', 'ASC')
    .getMany();
  return rows.map(({ ordinal: _, ...branch }) => Object.freeze(branch));
}

function checkpointsOf(queries: QueryRunner) {
  return queries.manager.createQueryBuilder<CheckpointRow>(checkpointEntity.name, 'checkpoint', queries);
}

function chunksOf<T>(items: readonly T[]): readonly T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < items.length; from += CHUNK) chunks.push(items.slice(from, from + CHUNK));
  return chunks;
}
