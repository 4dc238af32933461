import type { TransactionScope, UnitOfWork } from '../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from './database.js';
import { GatheredConflict } from './gathered-writes.js';
import { TypeOrmScope } from './typeorm-scope.js';

/**
 * Transactions on a database. Those of one process run one after another; other processes are kept out by the
 * database's write lock.
 *
 * `run` must not be called from within the work of another `run` on the same database: it would wait for itself.
 *
 * @example
 * const unitOfWork = new TypeOrmUnitOfWork(database);
 * await unitOfWork.run(async (scope) => {
 *   await executions.save(snapshot, scope);
 *   await auditLog.append(drafts, scope);
 * });
 */
export class TypeOrmUnitOfWork implements UnitOfWork {
  readonly runGathering?: NonNullable<UnitOfWork['runGathering']>;
  readonly #database: TypeOrmDatabase;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    if (database.isServer === true) this.runGathering = (work) => this.#runGathering(work);
  }

  run<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    return this.#database.exclusively(async (connection) => {
      await connection.begin();
      return new TypeOrmScope(this.#database, connection).complete(work);
    });
  }

  #runGathering<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    return this.#database.exclusively(async (connection) => {
      if (connection.presume?.() !== true) await connection.begin();
      try {
        return await new TypeOrmScope(this.#database, connection, 'gathering').complete(work);
      } catch (error) {
        if (!(error instanceof GatheredConflict)) throw error;
      }
      await connection.begin();
      return new TypeOrmScope(this.#database, connection).complete(work);
    });
  }

  runAtOnce<T extends object>(work: (scope: TransactionScope) => T | undefined): T | undefined {
    const connection = this.#database.writerAtOnce?.();
    if (connection?.atOnce?.begin() !== true) return undefined;
    return new TypeOrmScope(this.#database, connection).completeAtOnce(work, connection.atOnce);
  }

  /**
   * Runs work in a scope of this database: in the one given, where it is one, and otherwise in a transaction of its
   * own, which is committed when the work is done and is not taken back with the scope given.
   */
  within<T>(scope: TransactionScope, work: (scope: TypeOrmScope) => Promise<T>): Promise<T> {
    const own = TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.run((opened) => work(opened as TypeOrmScope)) : work(own);
  }
}
