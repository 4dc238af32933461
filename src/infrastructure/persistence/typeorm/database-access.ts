import type { QueryRunner } from 'typeorm';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from './database.js';
import { TypeOrmScope } from './typeorm-scope.js';
import { TypeOrmUnitOfWork } from './typeorm-unit-of-work.js';

/** How a repository on a database reads and writes: within a transaction of that database where it is given one. */
export abstract class DatabaseAccess {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  /** Writes in a transaction: the one that is given, or one of its own where that is of another store. */
  protected write<T>(scope: TransactionScope, work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    return this.#unitOfWork.within(scope, (own) => own.query(work));
  }

  /** Reads, and sees what the transaction has written, where one of this database is given. */
  protected read<T>(scope: TransactionScope | undefined, work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.#database.read(work) : own.query(work);
  }
}
