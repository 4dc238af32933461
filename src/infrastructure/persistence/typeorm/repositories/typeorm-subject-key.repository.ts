import type { QueryRunner } from 'typeorm';
import type { SubjectKeyRecord } from '../../../../domain/audit/personal/subject-key.js';
import type { SubjectKeyRepository } from '../../../../domain/audit/personal/subject-key.repository.port.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { insertKey, selectKeys, selectSettings, wipeKeys } from './subject-keys.sql.js';

/**
 * The keys of people in a database.
 *
 * With a scope that is not of its own database a write is a transaction of its own, and is not taken back with the other.
 */
export class TypeOrmSubjectKeyRepository implements SubjectKeyRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  async salt(scope?: TransactionScope): Promise<string> {
    return (await this.#read(scope, selectSettings)).salt;
  }

  async revision(scope?: TransactionScope): Promise<number> {
    return (await this.#read(scope, selectSettings)).revision;
  }

  async newest(
    subjectIds: readonly string[],
    scope?: TransactionScope,
  ): Promise<ReadonlyMap<string, SubjectKeyRecord>> {
    const keys = await this.#read(scope, (queries) => selectKeys(queries, 'subject_id', subjectIds));
    // The oldest comes first: the last one stays.
    return new Map(keys.map((key) => [key.subjectId, key]));
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKeyRecord>> {
    const keys = await this.#read(undefined, (queries) => selectKeys(queries, 'id', ids));
    return new Map(keys.map((key) => [key.id, key]));
  }

  ofSubject(subjectId: string, scope?: TransactionScope): Promise<readonly SubjectKeyRecord[]> {
    return this.#read(scope, (queries) => selectKeys(queries, 'subject_id', [subjectId]));
  }

  add(key: SubjectKeyRecord, scope: TransactionScope): Promise<void> {
    return this.#unitOfWork.within(scope, (own) => own.query((queries) => insertKey(queries, key)));
  }

  destroy(subjectId: string, destroyedAt: string, scope: TransactionScope): Promise<readonly SubjectKeyRecord[]> {
    return this.#unitOfWork.within(scope, (own) =>
      own.query(async (queries) => {
        const keys = await selectKeys(queries, 'subject_id', [subjectId]);
        const live = keys.filter(({ material }) => material !== null);
        if (live.length > 0) await wipeKeys(queries, subjectId, destroyedAt);
        return live.map((key) => ({ ...key, material: null, destroyedAt }));
      }),
    );
  }

  purge(): Promise<boolean> {
    return this.#database.exclusively(async (connection) => {
      try {
        return await dialectOf(connection.queries).purge(connection.queries);
      } catch (error) {
        throw connection.translate(error);
      }
    });
  }

  /** Reads within a transaction, where it is one of this database. */
  #read<T>(scope: TransactionScope | undefined, work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.#database.read(work) : own.query(work);
  }
}
