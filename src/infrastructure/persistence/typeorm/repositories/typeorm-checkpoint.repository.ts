import type { QueryRunner } from 'typeorm';
import type { Branch, Checkpoint, Content } from '../../../../domain/checkpoint/checkpoint.js';
import {
  branchConflict,
  checkpointExists,
  checkpointNotFound,
  checkpointsCorrupt,
  labelTaken,
  parentNotFound,
} from '../../../../domain/checkpoint/checkpoint.errors.js';
import type { CheckpointRepository } from '../../../../domain/checkpoint/checkpoint.repository.port.js';
import type { ContentRef } from '../../../../domain/checkpoint/content/encoded.js';
import type { Hash } from '../../../../domain/shared/hash.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { deleteBranchesOf, gatherBranch, selectBranches, selectHead, upsertBranch } from './branches.sql.js';
import { CheckpointBases } from './checkpoint-bases.js';
import { notThere, storedReferences } from './checkpoint-rows.js';
import { CompletionLists } from './completion-lists.js';
import { readCheckpoints, readSomeCheckpoints } from './read-checkpoints.js';
import {
  deleteCheckpointsOf,
  gatherCheckpoint,
  insertCheckpoint,
  selectChain,
  selectChains,
  selectExecutionIds,
  selectExecutionsOf,
  selectExecutionOf,
  selectStateHash,
  selectLabelled,
  selectManifests,
  selectPresent,
  selectRows,
  type StoredManifest,
  updateLabel,
} from './checkpoints.sql.js';
import { ContentStore } from './content-store.js';
import { selectContents } from './contents.sql.js';
import { removeCheckpoints } from './remove-checkpoints.js';

/** How many checkpoints are looked for in one statement. */
const TOGETHER = 64;

/** How many manifests are read at once. */
const PAGE = 500;

/**
 * Checkpoints, their branches and their contents in a database.
 *
 * With a scope that is not of its own database (the unit of work keeps its data elsewhere) each write is a transaction
 * of its own: durable when it resolves, and not taken back when the other one fails later.
 */
export class TypeOrmCheckpointRepository implements CheckpointRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;
  readonly #lists: CompletionLists;
  readonly #bases: CheckpointBases;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
    this.#lists = CompletionLists.of(database);
    this.#bases = new CheckpointBases(this.#lists);
  }

  contentEpoch(scope: TransactionScope): Promise<number> {
    return this.#beside(scope, (queries, own) => new ContentStore(own).epoch(queries));
  }

  missing(hashes: readonly Hash[], scope: TransactionScope): Promise<ReadonlySet<Hash>> {
    return this.#beside(scope, (queries, own) => new ContentStore(own).missing(queries, hashes));
  }

  addContents(contents: readonly Content[], scope: TransactionScope): Promise<void> {
    return this.#beside(scope, (queries, own) => new ContentStore(own).add(queries, contents));
  }

  add(checkpoint: Checkpoint, contents: readonly Content[], scope: TransactionScope): Promise<void> {
    return this.#beside(scope, async (queries, own) => {
      // Together with others, what is not as it should be is found when they are written.
      const isGathered = own.gathers && checkpoint.label === null;
      if (!isGathered) {
        if (own.gathers) await own.catchUp();
        await assertAddable(queries, checkpoint);
      }
      const store = new ContentStore(own);
      await store.add(queries, contents);
      await store.refer(
        queries,
        checkpoint.manifest.map(([, ref]) => ref),
      );
      const row = await this.#bases.toRow(queries, checkpoint, own);
      if (isGathered) gatherCheckpoint(own, row);
      else await insertCheckpoint(queries, row);
    });
  }

  saveBranch(branch: Branch, scope: TransactionScope, expectedHeadCheckpointId?: string | null): Promise<void> {
    return this.#beside(scope, async (queries, own) => {
      if (expectedHeadCheckpointId !== undefined) {
        if (own.gathers) await own.catchUp();
        const actual = await selectHead(queries, branch);
        if (actual !== expectedHeadCheckpointId) throw branchConflict(branch, expectedHeadCheckpointId, actual);
      }
      if (own.gathers) gatherBranch(own, branch);
      else await upsertBranch(queries, branch);
    });
  }

  label(checkpointId: string, label: string | null, scope: TransactionScope): Promise<void> {
    return this.#write(scope, async (queries) => {
      const executionId = await selectExecutionOf(queries, checkpointId);
      if (executionId === undefined) throw checkpointNotFound(checkpointId);
      await assertLabelFree(queries, { id: checkpointId, executionId, label });
      await updateLabel(queries, checkpointId, label);
    });
  }

  remove(executionId: string, checkpointIds: readonly string[], scope: TransactionScope): Promise<number> {
    return this.#write(scope, async (queries, own) => {
      this.#bases.forget();
      return removeCheckpoints(queries, executionId, new Set(checkpointIds), new ContentStore(own), this.#lists);
    });
  }

  removeExecution(executionId: string, scope: TransactionScope): Promise<number> {
    return this.#write(scope, async (queries) => {
      this.#bases.forget();
      await deleteBranchesOf(queries, executionId);
      return deleteCheckpointsOf(queries, executionId);
    });
  }

  async findAll(checkpointIds: readonly string[]): Promise<readonly Checkpoint[]> {
    const found: Checkpoint[] = [];
    for (let from = 0; from < checkpointIds.length; from += TOGETHER) {
      const ids = checkpointIds.slice(from, from + TOGETHER);
      found.push(...(await this.#database.read((queries) => selectTogether(queries, ids, this.#lists))));
    }
    return found;
  }

  find(checkpointId: string, scope?: TransactionScope): Promise<Checkpoint | undefined> {
    return this.#read(scope, (queries) => selectCheckpoint(queries, checkpointId, this.#lists));
  }

  stateHashOf(checkpointId: string, scope?: TransactionScope): Promise<Hash | undefined> {
    return this.#read(scope, (queries) => selectStateHash(queries, checkpointId));
  }

  findLabelled(executionId: string, label: string): Promise<Checkpoint | undefined> {
    return this.#database.read(async (queries) => {
      const id = await selectLabelled(queries, executionId, label);
      return id === undefined ? undefined : selectCheckpoint(queries, id, this.#lists);
    });
  }

  list(executionId: string, scope?: TransactionScope): Promise<readonly Checkpoint[]> {
    return this.#read(scope, async (queries) =>
      readCheckpoints(queries, await selectRows(queries, executionId), this.#lists),
    );
  }

  branches(executionId: string, scope?: TransactionScope): Promise<readonly Branch[]> {
    return this.#read(scope, (queries) => selectBranches(queries, executionId));
  }

  executionIds(limit: number, after?: string): Promise<readonly string[]> {
    return this.#database.read((queries) => selectExecutionIds(queries, after, limit));
  }

  contents(hashes: readonly Hash[]): Promise<ReadonlyMap<Hash, string>> {
    return this.#database.read((queries) => selectContents(queries, [...new Set(hashes)]));
  }

  async *references(without: ReadonlySet<string> = new Set()): AsyncIterable<readonly ContentRef[]> {
    const changed = await this.#database.read((queries) => selectExecutionsOf(queries, [...without]));
    for (let after = ''; ;) {
      const page = await this.#database.read((queries) => selectManifests(queries, after, PAGE));
      const last = page.at(-1);
      if (last === undefined) break;
      yield page.filter(({ executionId }) => !changed.has(executionId)).flatMap(referencesOf);
      after = last.id;
    }
    // A row that stays may have a part of its manifest from one that goes.
    for (const executionId of changed) {
      for (const { id, manifest } of await this.list(executionId)) {
        if (!without.has(id)) yield manifest.map(([, ref]) => ref);
      }
    }
  }

  #read<T>(scope: TransactionScope | undefined, work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.#database.read(work) : own.query(work);
  }

  /** {@link #write}, where rows may be gathered and what is read has nothing to do with those that were. */
  #beside<T>(scope: TransactionScope, work: (queries: QueryRunner, own: TypeOrmScope) => Promise<T>): Promise<T> {
    return this.#unitOfWork.within(scope, (own) => own.queryBeside((queries) => work(queries, own)));
  }

  #write<T>(scope: TransactionScope, work: (queries: QueryRunner, own: TypeOrmScope) => Promise<T>): Promise<T> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => work(queries, own)));
  }
}

/** What a row itself holds on to: what it has from its base, that one does. */
function referencesOf({ id, executionId, manifest }: StoredManifest): readonly ContentRef[] {
  const refs = storedReferences(manifest);
  // What can't be read might refer to anything: nothing may be removed then.
  if (refs === undefined) throw checkpointsCorrupt(executionId, `checkpoint ${id} has no manifest`);
  return refs;
}

async function assertAddable(queries: QueryRunner, checkpoint: Checkpoint): Promise<void> {
  const { id, parentId, executionId } = checkpoint;
  if ((await selectExecutionOf(queries, id)) !== undefined) throw checkpointExists(checkpoint);
  if (parentId !== null && (await selectExecutionOf(queries, parentId)) !== executionId) {
    throw parentNotFound(checkpoint);
  }
  await assertLabelFree(queries, checkpoint);
}

async function assertLabelFree(
  queries: QueryRunner,
  { id, executionId, label }: Pick<Checkpoint, 'id' | 'executionId' | 'label'>,
): Promise<void> {
  const holder = label === null ? undefined : await selectLabelled(queries, executionId, label);
  if (holder !== undefined && holder !== id) throw labelTaken(label ?? '', executionId, holder);
}

/** Checkpoints by their ids. Most of what they stand on is the same, and read once. */
async function selectTogether(
  queries: QueryRunner,
  ids: readonly string[],
  lists: CompletionLists,
): Promise<readonly Checkpoint[]> {
  const rows = await selectChains(queries, ids);
  const byId = await readSomeCheckpoints(queries, rows, ids, lists);
  const wanted = ids.map((id) => byId.get(id)).filter((checkpoint) => checkpoint !== undefined);
  const parents = wanted.flatMap(({ parentId }) => (parentId === null || byId.has(parentId) ? [] : [parentId]));
  const present = parents.length === 0 ? new Set<string>() : await selectPresent(queries, parents);
  if (parents.every((id) => present.has(id))) return wanted;
  // One by one it is told which of them has lost its parent, and whether it was pruned in between.
  const again: Checkpoint[] = [];
  for (const id of ids) {
    const checkpoint = await selectCheckpoint(queries, id, lists);
    if (checkpoint !== undefined) again.push(checkpoint);
  }
  return again;
}

async function selectCheckpoint(
  queries: QueryRunner,
  checkpointId: string,
  lists: CompletionLists,
): Promise<Checkpoint | undefined> {
  const rows = await selectChain(queries, checkpointId);
  const found = (await readSomeCheckpoints(queries, rows, [checkpointId], lists)).get(checkpointId);
  if (found === undefined || found.parentId === null || rows.some(({ id }) => id === found.parentId)) return found;
  const parentIsThere = (await selectExecutionOf(queries, found.parentId)) !== undefined;
  if (parentIsThere) return found;
  // Unless it was pruned in between, with what follows it hung elsewhere: then a second look finds it so.
  const [again] = (await selectChain(queries, checkpointId)).filter(({ id }) => id === checkpointId);
  if (again === undefined || again.parentId !== found.parentId) return selectCheckpoint(queries, checkpointId, lists);
  throw notThere(found, 'follows', found.parentId);
}
