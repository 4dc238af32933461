import type { QueryRunner } from 'typeorm';

/** A table that many rows are inserted into at once: its columns in the order in which a row gives their values. */
export interface InsertTarget {
  readonly table: string;
  /** A column that no two rows have the same value in. */
  readonly unique: string;
  readonly columns: Readonly<Record<string, 'integer' | 'text'>>;
}

/** The values of a row, in the order of the columns. */
export type InsertRow = readonly (string | number | null)[];

/** A kind of row that is written with others of its kind, and with those of other kinds, in one statement. */
export interface GatheredRows {
  /** Its name within that statement. */
  readonly name: string;
  /** What a row gives, in its order. */
  readonly columns: Readonly<Record<string, 'integer' | 'text'>>;
  /** What is done with the rows: a statement that begins with INSERT or UPDATE and returns a row for each. */
  readonly write: (given: string) => string;
  /** Whether a row that was there already is as good. */
  readonly mayBeThere?: true;
}

/** Rows of a kind. */
export interface GatheredPart {
  readonly kind: GatheredRows;
  readonly rows: readonly InsertRow[];
}

/** A statement that is written with `?` for each parameter. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What {@link Dialect} does, by a driver that waits for the database itself. Each throws whatever the driver throws. */
export interface StatementsAtOnce {
  runPrepared(queries: QueryRunner, sql: string, parameters?: readonly unknown[]): unknown;
  insertNew(queries: QueryRunner, target: InsertTarget, rows: readonly InsertRow[], change: Statement): void;
  insertMissing(queries: QueryRunner, target: Omit<InsertTarget, 'unique'>, rows: readonly InsertRow[]): void;
}

/**
 * What one database says differently from another. The repositories and the migrations ask it, and so have each
 * statement once.
 */
export interface Dialect {
  /** The type of a column of whole numbers, up to 2⁵³. */
  readonly integer: string;
  /** The type of a column of text that is compared and ordered by its code points, whatever the database is set to. */
  readonly text: string;
  /** The type of a key that counts up in the order of insertion, with what makes it the key. */
  readonly countingKey: string;
  /** Ends the making of a table whose rows are few bytes beside their key: they are kept in its order, where that can be. */
  readonly storedByKey: string;
  /** The same without promises, where the driver has none either: for transactions that are as short as one of these. */
  readonly atOnce?: StatementsAtOnce;
  /** A statement that is written with `?` for each parameter, as the database takes it. */
  statement(sql: string): string;
  /** Runs a statement that is always the same, and often run: it stays prepared. Returns its rows. */
  runPrepared(queries: QueryRunner, sql: string, parameters?: readonly unknown[]): Promise<unknown>;
  /** The same, with each row as a list of its values: that takes a third of the time where there are many of them. */
  selectArrays(
    queries: QueryRunner,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<readonly (readonly unknown[])[]>;
  /** Inserts rows, but for those whose key is there already. */
  insertMissing(queries: QueryRunner, target: Omit<InsertTarget, 'unique'>, rows: readonly InsertRow[]): Promise<void>;
  /** A column in a condition for which its index must not be used. */
  withoutIndex(column: string): string;
  /** The condition that a column is one of several texts, which are one parameter: {@link listOf} makes it. */
  isOneOf(column: string): string;
  /** Several texts as one parameter: a statement is the same then, however many they are. */
  listOf(texts: readonly string[]): unknown;
  /** The elements of a list that a column holds as JSON, each with its JSON as `value`: for `FROM`. */
  elementsOf(column: string): string;
  /** How many bytes the text of a column has in UTF-8. */
  bytesOf(column: string): string;
  /** The condition that a column contains a text, of which `?` is the place; letter by letter. */
  contains(column: string): string;
  /** The columns of an index by which rows are found in the order of the table's key. */
  orderedBy(column: string, key: string): string;
  /**
   * Whether {@link insertNew} looks for the unique values first, and is one statement. Where it does not, a value that is
   * there fails it, and a part of several rows may have been inserted: those are inserted within a savepoint then.
   */
  readonly looksBeforeInserting: boolean;
  /**
   * Inserts rows and changes one that is elsewhere.
   *
   * @param change an `UPDATE` of one row, by a condition
   * @returns whether it was done; nothing was when a row's unique value is there already
   * @throws whatever the driver throws
   */
  insertNew(
    queries: QueryRunner,
    target: InsertTarget,
    rows: readonly InsertRow[],
    change: Statement,
  ): Promise<boolean>;
  /**
   * Writes rows of several kinds in one statement, for a database where each statement is a message there and back: work
   * that can gathers its rows then. Left out where a statement costs next to nothing.
   *
   * @returns whether every row was written, but for those that may be there
   * @throws whatever the driver throws
   */
  writeGathered?(queries: QueryRunner, parts: readonly GatheredPart[]): Promise<boolean>;
  /** Does work whose deletions leave nothing of what was there in the file, as far as the database can. */
  wiping<T>(queries: QueryRunner, work: () => Promise<T>): Promise<T>;
  /**
   * Takes what was deleted out of what the database keeps beside its tables. Not within a transaction.
   *
   * @returns whether it is done, as far as the database can
   */
  purge(queries: QueryRunner): Promise<boolean>;
  /**
   * Has the database refuse numbers below 0 in a column that is the key, from now on: rows that are there are not looked
   * at. Where it can't do that to a table with rows, that one stays as it is.
   */
  refuseNegative(queries: QueryRunner, table: string, column: string): Promise<void>;
  /** Ends {@link refuseNegative}, where that matters. */
  takeNegative(queries: QueryRunner, table: string, column: string): Promise<void>;
  /** Marks the database as a Waymark store, in the transaction that makes the first table. */
  mark(queries: QueryRunner): Promise<void>;
  /** Whether it bears the mark, has nothing in it, or was made by somebody else; `forbidden`: the mark, and no more. */
  owner(queries: QueryRunner): Promise<'waymark' | 'nobody' | 'somebody else' | 'forbidden'>;
}
