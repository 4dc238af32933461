import type { QueryRunner } from 'typeorm';
import type { ContentRef } from '../../../../domain/checkpoint/content/encoded.js';
import type {
  GraphThread,
  ThreadCheckpoint,
  ThreadCheckpointKey,
  ThreadPage,
  ThreadQuery,
  ThreadWrite,
} from '../../../../domain/checkpoint/thread/graph-thread.js';
import type { ThreadRepository } from '../../../../domain/checkpoint/thread/thread.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import {
  deleteHead,
  deleteThread,
  deleteThreadCheckpoints,
  insertWrite,
  REFERENCES,
  selectHead,
  selectReferences,
  selectThread,
  selectThreadCheckpoint,
  selectThreadCheckpoints,
  selectThreadOf,
  selectThreadPage,
  selectWrites,
  upsertHead,
  upsertThread,
  upsertThreadCheckpoint,
} from './threads.sql.js';

/**
 * Threads of other engines in a database.
 *
 * With a scope that is not of its own database a write is a transaction of its own, and is not taken back with the other.
 */
export class TypeOrmThreadRepository implements ThreadRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  thread(threadId: string, scope?: TransactionScope): Promise<GraphThread | undefined> {
    return this.#read(scope, (queries) => selectThread(queries, threadId));
  }

  threadOfExecution(executionId: string): Promise<GraphThread | undefined> {
    return this.#database.read((queries) => selectThreadOf(queries, executionId));
  }

  threads(options: ThreadPage): Promise<readonly GraphThread[]> {
    return this.#database.read((queries) => selectThreadPage(queries, options));
  }

  saveThread(thread: GraphThread, scope: TransactionScope): Promise<void> {
    return this.#write(scope, (queries) => upsertThread(queries, thread));
  }

  find(key: ThreadCheckpointKey, scope?: TransactionScope): Promise<ThreadCheckpoint | undefined> {
    return this.#read(scope, (queries) => selectThreadCheckpoint(queries, key));
  }

  save(checkpoint: ThreadCheckpoint, scope: TransactionScope): Promise<void> {
    return this.#write(scope, (queries) => upsertThreadCheckpoint(queries, checkpoint));
  }

  list(query: ThreadQuery): Promise<readonly ThreadCheckpoint[]> {
    return this.#database.read((queries) => selectThreadCheckpoints(queries, query));
  }

  head(threadId: string, namespace: string, scope?: TransactionScope): Promise<string | undefined> {
    return this.#read(scope, (queries) => selectHead(queries, threadId, namespace));
  }

  saveHead(head: ThreadCheckpointKey, scope: TransactionScope): Promise<void> {
    return this.#write(scope, (queries) => upsertHead(queries, head));
  }

  dropHeads(threadId: string, namespaces: readonly string[], scope: TransactionScope): Promise<void> {
    return this.#write(scope, async (queries) => {
      for (const namespace of namespaces) await deleteHead(queries, threadId, namespace);
    });
  }

  addWrites(writes: readonly ThreadWrite[], scope: TransactionScope): Promise<void> {
    return this.#write(scope, async (queries) => {
      for (const write of writes) await insertWrite(queries, write);
    });
  }

  async writes(key: ThreadCheckpointKey): Promise<readonly ThreadWrite[]> {
    const [writes] = await this.writesOf([key]);
    return writes ?? [];
  }

  async writesOf(keys: readonly ThreadCheckpointKey[]): Promise<readonly (readonly ThreadWrite[])[]> {
    const lines = new Map<string, ThreadCheckpointKey[]>();
    for (const key of keys) lines.set(lineOf(key), [...(lines.get(lineOf(key)) ?? []), key]);
    const found = new Map<string, ThreadWrite[]>();
    for (const line of lines.values()) {
      for (const write of await this.#database.read((queries) => selectWrites(queries, line))) {
        const place = lineOf(write) + write.checkpointId;
        const before = found.get(place);
        if (before === undefined) found.set(place, [write]);
        else before.push(write);
      }
    }
    return keys.map((key) => found.get(lineOf(key) + key.checkpointId) ?? []);
  }

  forget(threadId: string, ids: readonly string[], scope: TransactionScope): Promise<void> {
    return this.#write(scope, (queries) => deleteThreadCheckpoints(queries, threadId, ids));
  }

  remove(threadId: string, scope: TransactionScope): Promise<void> {
    return this.#write(scope, (queries) => deleteThread(queries, threadId));
  }

  async *references(without: ReadonlySet<string> = new Set()): AsyncIterable<readonly ContentRef[]> {
    for (const source of REFERENCES) {
      for (let after: readonly unknown[] | undefined; ;) {
        const from = after;
        const page = await this.#database.read((queries) => selectReferences(queries, source, from));
        if (page.length === 0) break;
        yield page.filter(({ id }) => id === undefined || !without.has(id)).map(({ ref }) => ref);
        after = page.at(-1)?.key;
      }
    }
  }

  #write(scope: TransactionScope, work: (queries: QueryRunner) => Promise<void>): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.query(work));
  }

  /** Reads within a transaction, where it is one of this database. */
  #read<T>(scope: TransactionScope | undefined, work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.#database.read(work) : own.query(work);
  }
}

/** The thread and the namespace of a checkpoint. */
function lineOf({ threadId, namespace }: ThreadCheckpointKey): string {
  return JSON.stringify([threadId, namespace]);
}
