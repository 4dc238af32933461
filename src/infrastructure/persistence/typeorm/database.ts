import type { QueryRunner } from 'typeorm';

/**
 * What the unit of work and the repositories need of a database. What differs from one database to another is behind
 * it.
 */
export interface TypeOrmDatabase {
  /**
   * Reads what is committed. It never sees a transaction that is still open, not even one of this process. The work may
   * be done again, where a connection was lost.
   *
   * @throws WaymarkError `WAYMARK_STORE_…`
   */
  read<T>(work: (queries: QueryRunner) => Promise<T>): Promise<T>;

  /**
   * Gives the one connection that writes to one piece of work after another.
   *
   * @throws WaymarkError `WAYMARK_STORE_READ_ONLY` or `WAYMARK_STORE_CLOSED` when there is none
   */
  exclusively<T>(work: (connection: WriteConnection) => Promise<T>): Promise<T>;
}

/** A connection that writes, and its one transaction. */
export interface WriteConnection {
  readonly queries: QueryRunner;
  /** Whether a transaction is open. A failure of the database may end it: SQLite does so on a full disk. */
  readonly inTransaction: boolean;
  begin(): Promise<void>;
  commit(): Promise<void>;
  /** Takes everything back. Does nothing where the database did so itself. */
  rollback(): Promise<void>;
  /** An error of the driver as a WaymarkError; anything else as it is. */
  translate(error: unknown): unknown;
}
