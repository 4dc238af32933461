import type { QueryRunner } from 'typeorm';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import type { TransactionAtOnce, TypeOrmDatabase, WriteConnection } from './database.js';
import type { Dialect, GatheredRows, InsertRow } from './dialect/dialect.js';
import { dialectOf } from './dialect/dialect-of.js';
import { GatheredConflict, GatheredWrites } from './gathered-writes.js';
import { transactionEnded } from './store-errors.js';

/** The transaction, or a part of it, and what is still to be written in it. */
interface Level {
  readonly savepoint: string | undefined;
  readonly writes: GatheredWrites;
  /** Whether the database has been told of it. */
  isOpen: boolean;
}

/**
 * A transaction that is open on a database's writing connection.
 *
 * Parts are savepoints, so they must be nested in each other or follow each other: two of them must not run at the same
 * time.
 *
 * Where each statement is a message to a server, rows can be gathered: they are written together before anything else is
 * asked, or at the end. A part that only gathers needs no savepoint.
 */
export class TypeOrmScope implements TransactionScope {
  readonly #database: TypeOrmDatabase;
  readonly #connection: WriteConnection;
  readonly #undo: (() => void)[] = [];
  readonly #levels: Level[] = [{ savepoint: undefined, writes: new GatheredWrites(), isOpen: true }];
  /** Whether rows may be gathered. */
  readonly gathers: boolean;
  #ended = false;
  /** Why the transaction can no longer be committed, where it can't. */
  #doom: { readonly reason: unknown } | undefined;

  /** @param manner whether rows may be gathered, where the database has anything from that */
  constructor(database: TypeOrmDatabase, connection: WriteConnection, manner: 'gathering' | 'at once' = 'at once') {
    this.#database = database;
    this.#connection = connection;
    this.gathers = manner === 'gathering' && this.dialect.writeGathered !== undefined;
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
    if (this.gathers) await this.catchUp();
    return this.queryBeside(work);
  }

  /** {@link query}, for what has nothing to do with rows that were gathered; it may read, and gather others. */
  async queryBeside<T>(work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    if (this.#ended) throw transactionEnded();
    this.#assertNotDoomed();
    try {
      return await work(this.#connection.queries);
    } catch (error) {
      if (error instanceof GatheredConflict) this.#doom ??= { reason: error };
      const translated = this.#connection.translate(error);
      // Without a savepoint, PostgreSQL takes nothing more of the transaction: what had a part in it is done again.
      if (this.gathers && !this.#top.isOpen && !WaymarkError.is(error)) {
        this.#doom ??= { reason: new GatheredConflict(undefined, { cause: translated }) };
      }
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

  /** Writes a row later, together with others. Rows of one key are written in their order. Only where it gathers. */
  gather(kind: GatheredRows, key: string, row: InsertRow): void {
    if (this.#ended) throw transactionEnded();
    this.#top.writes.add(kind, key, row);
  }

  /** Whether a row waits to be written. */
  hasGathered(kind: GatheredRows, key: string): boolean {
    return this.#levels.some(({ writes }) => writes.has(kind, key));
  }

  /** Writes what was gathered. */
  async catchUp(): Promise<void> {
    for (const level of this.#levels) {
      if (!level.isOpen) {
        level.isOpen = true;
        await this.#run(`SAVEPOINT ${level.savepoint}`);
      }
      if (!level.writes.isEmpty) await this.#writeGathered(level.writes);
    }
  }

  onRollback(undo: () => void): void {
    this.#undo.push(undo);
  }

  async nested<T>(work: () => Promise<T>): Promise<T> {
    const level: Level = {
      savepoint: `waymark_${this.#levels.length - 1}`,
      writes: new GatheredWrites(),
      isOpen: !this.gathers,
    };
    const done = this.#undo.length;
    if (level.isOpen) await this.#run(`SAVEPOINT ${level.savepoint}`);
    this.#levels.push(level);
    try {
      const result = await work();
      if (level.isOpen) await this.#run(`RELEASE SAVEPOINT ${level.savepoint}`);
      this.#levels.pop();
      if (!level.writes.isEmpty) this.#top.writes.take(level.writes);
      return result;
    } catch (error) {
      if (this.#top === level) this.#levels.pop();
      if (level.isOpen) await this.#rollbackTo(String(level.savepoint));
      this.#takeBack(done);
      throw error;
    }
  }

  /** Runs the work of the whole transaction, and commits it or takes it back. */
  async complete<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    try {
      let isCommitted = false;
      const result = await this.#settled(async (scope) => {
        const returned = await work(scope);
        if (!this.gathers) return returned;
        isCommitted = await this.#commitWhole();
        if (!isCommitted) await this.catchUp();
        return returned;
      });
      if (isCommitted) return result;
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

  get #top(): Level {
    return this.#levels.at(-1) as Level;
  }

  /** @returns whether what was gathered is all there was to write, and is committed */
  async #commitWhole(): Promise<boolean> {
    this.#assertNotDoomed();
    if (this.#connection.commitWhole === undefined) return false;
    const [parts, ...more] = this.#top.writes.waves();
    return parts !== undefined && more.length === 0 && (await this.#connection.commitWhole(parts));
  }

  async #writeGathered(writes: GatheredWrites): Promise<void> {
    this.#assertNotDoomed();
    try {
      for (const parts of writes.drain()) {
        const isDone = await this.dialect.writeGathered?.(this.#connection.queries, parts);
        if (isDone !== true) throw new GatheredConflict('a row is there that should not be, or is not as it should be');
      }
    } catch (error) {
      const translated = this.#connection.translate(error);
      // Without its connection there is nothing to try again. Whatever else failed is some part's own fault.
      const reason = this.#connection.inTransaction
        ? new GatheredConflict(undefined, { cause: translated })
        : translated;
      this.#doom ??= { reason };
      throw reason;
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
    await this.queryBeside((queries) => this.dialect.runPrepared(queries, statement));
  }

  #takeBack(from: number): void {
    for (const undo of this.#undo.splice(from).reverse()) undo();
  }

  #assertNotDoomed(): void {
    if (this.#doom !== undefined) throw this.#doom.reason;
  }
}
