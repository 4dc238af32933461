import type { QueryRunner } from 'typeorm';
import type { PageCheckers } from '../../../domain/audit/integrity/page-checkers.port.js';
import type { GatheredPart } from './dialect/dialect.js';

/**
 * What the unit of work and the repositories need of a database. What differs from one database to another is behind
 * it.
 */
export interface TypeOrmDatabase {
  /** Whether it is a server of its own: it works while this process does, and each statement is a message to it. */
  readonly isServer?: true;

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

  /**
   * The connection that writes, for work that waits for nothing and is done before anything else happens; `undefined`
   * where it is in use, is not there, or can't do so.
   */
  writerAtOnce?(): WriteConnection | undefined;

  /** Others that read the same database on threads of their own, where it can have them. */
  pageCheckers?(): PageCheckers | undefined;
}

/** The transaction of a connection whose driver waits for the database itself. It is of a few rows. */
export interface TransactionAtOnce {
  /** @returns whether it was begun: not where somebody else is writing, or there is anything that has to be looked into */
  begin(): boolean;
  /**
   * @returns whether it was done: not where somebody else holds a lock, and the transaction goes on then
   * @throws WaymarkError `WAYMARK_STORE_…`
   */
  commit(): boolean;
  /** Takes everything back. Does nothing where the database did so itself. */
  rollback(): void;
}

/** A connection that writes, and its one transaction. */
export interface WriteConnection {
  /** The same without promises, where the driver has none either. */
  readonly atOnce?: TransactionAtOnce;
  readonly queries: QueryRunner;
  /** Whether a transaction is open. A failure of the database may end it: SQLite does so on a full disk. */
  readonly inTransaction: boolean;
  begin(): Promise<void>;
  commit(): Promise<void>;
  /**
   * Begins a transaction without a word to the database, for work that may be done again: nobody else is likely to have
   * written since the last one. It is begun for good when something is asked of the database, and that rejects with a
   * `GatheredConflict` where somebody has. Left out where a word costs next to nothing.
   *
   * @returns whether it was begun
   */
  presume?(): boolean;
  /**
   * Writes rows and commits, all in one statement, where nothing was asked since {@link presume}.
   *
   * @returns whether it was done: not where it can't be, and the transaction goes on then
   * @throws GatheredConflict nothing was written, and the work is to be done again
   * @throws WaymarkError what {@link commit} throws
   */
  commitWhole?(parts: readonly GatheredPart[]): Promise<boolean>;
  /** Takes everything back. Does nothing where the database did so itself. */
  rollback(): Promise<void>;
  /** An error of the driver as a WaymarkError; anything else as it is. */
  translate(error: unknown): unknown;
}
