import type { QueryRunner } from 'typeorm';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import type { TransactionAtOnce, TypeOrmDatabase, WriteConnection } from './database.js';
import type { Dialect } from './dialect/dialect.js';
import { dialectOf } from './dialect/dialect-of.js';
import { transactionEnded } from './store-errors.js';

/**
 * A transaction that is open on a database's writing connection.
 *
 * Parts are savepoints, so they must be nested in each other or follow each other: two of them must not run at the same
 * time.
 */
export class TypeOrmScope implements TransactionScope {
  readonly #database: TypeOrmDatabase;
  readonly #connection: WriteConnection;
  readonly #undo: (() => void)[] = [];
  #depth = 0;
  #ended = false;
  /** Why the transaction can no longer be committed, where it can't. */
  #doom: { readonly reason: unknown } | undefined;

  constructor(database: TypeOrmDatabase, connection: WriteConnection) {
    this.#database = database;
    this.#connection = connection;
  }

  /** A scope as one of this database, or `undefined` when it belongs to another. */
  static of(scope: TransactionScope, database: TypeOrmDatabase): TypeOrmScope | undefined {
    return scope instanceof TypeOrmScope && scope.#database === database ? scope : undefined;
  }

  /** What the database speaks. */
  get dialect(): Dialect {
    return dialectOf(this.#connection.queries);
  }

  /**
   * Reads or writes within the transaction.
   *
   * @throws WaymarkError `WAYMARK_STORE_…`; `WAYMARK_TRANSACTION_ENDED` when it comes too late
   */
  async query<T>(work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    if (this.#ended) throw transactionEnded();
    this.#assertNotDoomed();
    try {
      return await work(this.#connection.queries);
    } catch (error) {
      const translated = this.#connection.translate(error);
      // The database gave up the whole transaction. What came after would be written for good, each statement by
      // itself.
      if (!this.#connection.inTransaction) this.#doom ??= { reason: translated };
      throw translated;
    }
  }

  /**
   * {@link query}, without waiting.
   *
   * @throws whatever the work throws
   */
  queryAtOnce<T>(work: (queries: QueryRunner) => T): T {
    if (this.#ended) throw transactionEnded();
    return work(this.#connection.queries);
  }

  onRollback(undo: () => void): void {
    this.#undo.push(undo);
  }

  async nested<T>(work: () => Promise<T>): Promise<T> {
    const savepoint = `waymark_${this.#depth}`;
    const done = this.#undo.length;
    await this.#run(`SAVEPOINT ${savepoint}`);
    this.#depth += 1;
    try {
      const result = await work();
      await this.#run(`RELEASE SAVEPOINT ${savepoint}`);
      return result;
    } catch (error) {
      await this.#rollbackTo(savepoint);
      this.#takeBack(done);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  /** Runs the work of the whole transaction, and commits it or takes it back. */
  async complete<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    try {
      const result = await this.#settled(work);
      this.#assertNotDoomed();
      await this.#connection.commit();
      return result;
    } catch (error) {
      try {
        await this.#connection.rollback();
      } finally {
        this.#takeBack(0);
      }
      throw error;
    }
  }

  /** {@link complete}, for work that waits for nothing. Its failure is not told: whoever tries again will learn of it. */
  completeAtOnce<T extends object>(
    work: (scope: TransactionScope) => T | undefined,
    transaction: TransactionAtOnce,
  ): T | undefined {
    const result = this.#settledAtOnce(work);
    let isDone = false;
    try {
      isDone = result !== undefined && transaction.commit();
    } finally {
      if (!isDone) this.#takeBackAtOnce(transaction);
    }
    return isDone ? result : undefined;
  }

  #settledAtOnce<T>(work: (scope: TransactionScope) => T | undefined): T | undefined {
    try {
      return work(this);
    } catch {
      return undefined;
    } finally {
      this.#ended = true;
    }
  }

  #takeBackAtOnce(transaction: TransactionAtOnce): void {
    try {
      transaction.rollback();
    } finally {
      this.#takeBack(0);
    }
  }

  async #settled<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } finally {
      this.#ended = true;
    }
  }

  async #rollbackTo(savepoint: string): Promise<void> {
    if (this.#doom !== undefined || this.#ended) return;
    try {
      await this.#run(`ROLLBACK TO SAVEPOINT ${savepoint}`);
      await this.#run(`RELEASE SAVEPOINT ${savepoint}`);
    } catch (error) {
      // A part that can't be taken back must not be committed with the rest.
      this.#doom ??= { reason: error };
    }
  }

  async #run(statement: string): Promise<void> {
    await this.query((queries) => this.dialect.runPrepared(queries, statement));
  }

  #takeBack(from: number): void {
    for (const undo of this.#undo.splice(from).reverse()) undo();
  }

  #assertNotDoomed(): void {
    if (this.#doom !== undefined) throw this.#doom.reason;
  }
}
