import type { QueryRunner } from 'typeorm';
import { nextTurn } from '../../../../application/shared/next-turn.js';
import type { Dialect, InsertRow, InsertTarget, Statement, StatementsAtOnce } from './dialect.js';

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

/** How an insertion ends that leaves what is there as it is. */
const UNLESS_THERE = ' ON CONFLICT DO NOTHING';

/** SQLite 3. */
export class SqliteDialect implements Dialect {
  readonly integer = 'INTEGER';
  readonly text = 'TEXT';
  readonly countingKey = 'INTEGER PRIMARY KEY AUTOINCREMENT';
  readonly storedByKey = ' WITHOUT ROWID';
  /** It takes it that nothing is there yet, as is nearly always so: to look would cost every append. */
  readonly looksBeforeInserting = false;
  readonly atOnce: StatementsAtOnce = {
    runPrepared: (queries, sql, parameters) => this.#run(queries, sql, parameters),
    insertNew: (queries, target, rows, change) => {
      this.#insertSome(queries, target, rows, '');
      this.#run(queries, change.sql, change.parameters);
    },
    insertMissing: (queries, target, rows) => this.#insertSome(queries, target, rows, UNLESS_THERE),
  };
  readonly #inserts = new Map<string, string>();
  readonly #statements = new WeakMap<SqliteDatabaseHandle, Statements>();

  statement(sql: string): string {
    return sql;
  }

  /** Not by way of the query runner, which takes longer about a short statement than SQLite does. */
  async runPrepared(queries: QueryRunner, sql: string, parameters?: readonly unknown[]): Promise<unknown> {
    return this.#run(queries, sql, parameters);
  }

  async selectArrays(
    queries: QueryRunner,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<readonly (readonly unknown[])[]> {
    const { statement } = this.#prepared(queries, sql, 'lists');
    return statement.all(parameters) as unknown[][];
  }

  async insertMissing(
    queries: QueryRunner,
    target: Omit<InsertTarget, 'unique'>,
    rows: readonly InsertRow[],
  ): Promise<void> {
    await this.#insertAll(queries, target, rows, UNLESS_THERE);
  }

  withoutIndex(column: string): string {
    return `+${column}`;
  }

  isOneOf(column: string): string {
    return `${column} IN (SELECT value FROM json_each(?))`;
  }

  listOf(texts: readonly string[]): unknown {
    return JSON.stringify(texts);
  }

  elementsOf(column: string): string {
    return `json_each(${column})`;
  }

  bytesOf(column: string): string {
    return `length(CAST(${column} AS BLOB))`;
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
    this.#run(queries, change.sql, change.parameters);
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

  /**
   * SQLite can't add a check to a table that is there, and a trigger would cost every append a tenth of its time. A table
   * with nothing in it is made anew, with the check; one with rows stays as it is.
   */
  async refuseNegative(queries: QueryRunner, table: string, column: string): Promise<void> {
    const made = (await queries.query(
      `SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type <> 'table', name`,
      [table],
    )) as { readonly sql: string }[];
    const hasRows = ((await queries.query(`SELECT 1 FROM ${table} LIMIT 1`)) as unknown[]).length > 0;
    const [own, ...indexes] = made;
    const check = `CHECK (${column} >= 0)`;
    if (own === undefined || hasRows || own.sql.includes(check)) return;
    await queries.query(`DROP TABLE ${table}`);
    await queries.query(own.sql.replace(`${column} INTEGER PRIMARY KEY`, `$& ${check}`));
    for (const index of indexes) await queries.query(index.sql);
  }

  /** What a table refuses stays refused: nobody has such rows. */
  async takeNegative(): Promise<void> {}

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
    for (let next = 0; next < rows.length; next += ROWS_PER_TURN) {
      if (next > 0) await nextTurn();
      this.#insertSome(queries, target, rows.slice(next, next + ROWS_PER_TURN), ending);
    }
  }

  #insertSome(
    queries: QueryRunner,
    target: Omit<InsertTarget, 'unique'>,
    rows: readonly InsertRow[],
    ending: string,
  ): void {
    const { statement } = this.#prepared(queries, this.#insert(target, ending));
    for (const row of rows) statement.run(row);
  }

  #run(queries: QueryRunner, sql: string, parameters: readonly unknown[] = []): unknown {
    const { statement, givesRows } = this.#prepared(queries, sql);
    return givesRows ? statement.all(parameters) : statement.run(parameters);
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
  #prepared(queries: QueryRunner, sql: string, rows: keyof Statements = 'objects'): Prepared {
    const database = handleOf(queries);
    let statements = this.#statements.get(database);
    if (statements === undefined) {
      this.#statements.set(database, (statements = { objects: new Map(), lists: new Map() }));
    }
    let prepared = statements[rows].get(sql);
    if (prepared === undefined) {
      const statement = database.prepare(sql);
      if (rows === 'lists') statement.raw();
      prepared = { statement, givesRows: statement.reader };
      statements[rows].set(sql, prepared);
    }
    return prepared;
  }
}

/** The statements of a connection by their texts, and by what they give as a row. */
interface Statements {
  readonly objects: Map<string, Prepared>;
  readonly lists: Map<string, Prepared>;
}

/** A statement, and what it would take a call of the driver to ask it each time. */
interface Prepared {
  readonly statement: PreparedStatement;
  readonly givesRows: boolean;
}

/** Not by way of `queries.connect()`: it is a promise of what is there, and each statement would wait for one. */
function handleOf(queries: QueryRunner): SqliteDatabaseHandle {
  return (queries.dataSource.driver as unknown as { readonly databaseConnection: SqliteDatabaseHandle })
    .databaseConnection;
}
