import type { QueryRunner } from 'typeorm';
import { nextTurn } from '../../../../application/shared/next-turn.js';
import type { Dialect, InsertRow, InsertTarget, Statement } from './dialect.js';

/** The part of better-sqlite3's database that is used beside TypeORM's query runner. */
interface SqliteDatabaseHandle {
  prepare(sql: string): PreparedStatement;
}

/** A statement of better-sqlite3. It takes the parameters as one list. */
interface PreparedStatement {
  /** Whether it gives rows. */
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): unknown;
  /** Makes it give rows as lists of values, from now on. */
  raw(): PreparedStatement;
}

/**
 * What the header of a Waymark store says it belongs to (`PRAGMA application_id`): `WMRK`. The first migration writes
 * it, in the transaction that makes the first table, so that a database that has tables and not this is somebody
 * else's.
 */
const APPLICATION_ID = 0x574d524b;

/** How many rows are inserted in one turn of the event loop, which the driver holds: a millisecond or less. */
const ROWS_PER_TURN = 96;

/** SQLite 3. */
export class SqliteDialect implements Dialect {
  readonly integer = 'INTEGER';
  readonly text = 'TEXT';
  readonly countingKey = 'INTEGER PRIMARY KEY AUTOINCREMENT';
  /** It takes it that nothing is there yet, as is nearly always so: to look would cost every append. */
  readonly looksBeforeInserting = false;
  readonly #inserts = new Map<string, string>();
  readonly #statements = new WeakMap<SqliteDatabaseHandle, Map<string, PreparedStatement>>();

  statement(sql: string): string {
    return sql;
  }

  /** Not by way of the query runner, which takes longer about a short statement than SQLite does. */
  async runPrepared(queries: QueryRunner, sql: string, parameters: readonly unknown[] = []): Promise<unknown> {
    const statement = await this.#prepared(queries, sql);
    return statement.reader ? statement.all(parameters) : statement.run(parameters);
  }

  async selectArrays(
    queries: QueryRunner,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<readonly (readonly unknown[])[]> {
    const statement = await this.#prepared(queries, sql, 'lists');
    return statement.all(parameters) as unknown[][];
  }

  async insertMissing(
    queries: QueryRunner,
    target: Omit<InsertTarget, 'unique'>,
    rows: readonly InsertRow[],
  ): Promise<void> {
    await this.#insertAll(queries, target, rows, ' ON CONFLICT DO NOTHING');
  }

  withoutIndex(column: string): string {
    return `+${column}`;
  }

  contains(column: string): string {
    return `instr(${column}, ?) > 0`;
  }

  /** An index of SQLite ends with the row's key, so it is in that order by itself. */
  orderedBy(column: string): string {
    return column;
  }

  async insertNew(
    queries: QueryRunner,
    target: InsertTarget,
    rows: readonly InsertRow[],
    change: Statement,
  ): Promise<boolean> {
    await this.#insertAll(queries, target, rows, '');
    await this.runPrepared(queries, change.sql, change.parameters);
    return true;
  }

  /** What is deleted is overwritten, and so are pages that are divided or freed meanwhile. */
  async wiping<T>(queries: QueryRunner, work: () => Promise<T>): Promise<T> {
    await queries.query('PRAGMA secure_delete = ON');
    try {
      return await work();
    } finally {
      // Not for the rest of what is written: it would cost every append.
      await queries.query('PRAGMA secure_delete = OFF');
    }
  }

  /** Pages as they were before stay in the write-ahead log until it is taken back into the file and cut to nothing. */
  async purge(queries: QueryRunner): Promise<boolean> {
    const [row] = (await queries.query('PRAGMA wal_checkpoint(TRUNCATE)')) as { readonly busy: number }[];
    return row?.busy === 0;
  }

  async mark(queries: QueryRunner): Promise<void> {
    await queries.query(`PRAGMA application_id = ${APPLICATION_ID}`);
  }

  async owner(queries: QueryRunner): Promise<'waymark' | 'nobody' | 'somebody else'> {
    // In this order: another process may be making the store, and the mark is committed together with the first table.
    const [tables] = (await queries.query('SELECT count(*) AS count FROM sqlite_master')) as { count: number }[];
    const [mark] = (await queries.query('PRAGMA application_id')) as { application_id: number }[];
    if (mark?.application_id === APPLICATION_ID) return 'waymark';
    return tables?.count === 0 && mark?.application_id === 0 ? 'nobody' : 'somebody else';
  }

  /**
   * A row at a time: a call of the driver costs next to nothing, and one statement of many rows takes SQLite longer than
   * the same one again.
   */
  async #insertAll(
    queries: QueryRunner,
    target: Omit<InsertTarget, 'unique'>,
    rows: readonly InsertRow[],
    ending: string,
  ): Promise<void> {
    const statement = await this.#prepared(queries, this.#insert(target, ending));
    for (let next = 0; next < rows.length; next += ROWS_PER_TURN) {
      if (next > 0) await nextTurn();
      for (const row of rows.slice(next, next + ROWS_PER_TURN)) statement.run(row);
    }
  }

  /** The table has one ending only: it is no part of the key. */
  #insert({ table, columns }: Omit<InsertTarget, 'unique'>, ending: string): string {
    const known = this.#inserts.get(table);
    if (known !== undefined) return known;
    const names = Object.keys(columns);
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})${ending}`;
    this.#inserts.set(table, sql);
    return sql;
  }

  /** A connection keeps its statements: few, for their texts are always the same. */
  async #prepared(
    queries: QueryRunner,
    sql: string,
    rows: 'objects' | 'lists' = 'objects',
  ): Promise<PreparedStatement> {
    const database = (await queries.connect()) as SqliteDatabaseHandle;
    let statements = this.#statements.get(database);
    if (statements === undefined) this.#statements.set(database, (statements = new Map<string, PreparedStatement>()));
    const key = `${rows} ${sql}`;
    let statement = statements.get(key);
    if (statement === undefined) {
      statement = database.prepare(sql);
      if (rows === 'lists') statement.raw();
      statements.set(key, statement);
    }
    return statement;
  }
}
