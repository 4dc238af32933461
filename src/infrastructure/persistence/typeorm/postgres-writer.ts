import type { DataSource, QueryRunner } from 'typeorm';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { PostgresResult } from './dialect/postgres-client.js';
import type { GatheredPart } from './dialect/dialect.js';
import { GatheredConflict } from './gathered-writes.js';
import { assertNotMigratedMeanwhile, COUNT_MIGRATIONS, type MigratingConnection } from './migrate.js';
import { commitUnknown, isUnreachable, sqlState, storeUnavailable, transactionAborted } from './postgres-errors.js';
import type { PostgresSettings } from './postgres-options.js';
import { PostgresLine, textOf } from './postgres-line.js';
import type { PostgresPool } from './postgres-pool.js';
import { type ConnectPatience, retryWhileUnreachable } from './reconnect.js';
import { keepStart, startLeft } from './transaction-start.js';
import { type LeftBehind, type WholeWrite, wholeWrite } from './whole-write.js';

/**
 * Begins a transaction and locks the head of the log, in one message: whoever writes waits here for whoever writes, in
 * this process or in another, before anything is read that is to be relied on. Then no two transactions can wait for
 * each other, and what is looked up stays as it is until the end. Each statement sees what is committed, the first one
 * after the wait too, whatever the database is set to.
 */
const BEGIN = `
  BEGIN ISOLATION LEVEL READ COMMITTED;
  SELECT xmin::text AS xmin, size, root_hash, frontier FROM log_head WHERE id = 1 FOR UPDATE;
  SELECT epoch, collection_id FROM content_collection WHERE id = 1;
  SELECT pg_current_xact_id()::text AS id, (${COUNT_MIGRATIONS})::text AS migrations`;

/**
 * Leaves a mark on the head, where the transaction has not moved it, and tells how the store is left: see {@link LeftBehind}.
 */
const COMMIT = `
  UPDATE log_head SET size = size WHERE id = 1 AND xmin <> pg_current_xact_id()::xid;
  SELECT xmin::text AS xmin, size, root_hash, frontier FROM log_head WHERE id = 1;
  SELECT epoch, collection_id FROM content_collection WHERE id = 1;
  COMMIT`;

/**
 * How many transactions in a row must have found nobody else writing before it is taken to be so. Where processes take
 * turns, what is done in vain costs more than what is saved.
 */
const QUIET = 8;

/** The connection of a PostgreSQL store that writes. It is opened anew when it is lost. */
export class PostgresWriter implements MigratingConnection {
  readonly #pool: PostgresPool;
  readonly #schema: string;
  readonly #patience: ConnectPatience;
  readonly #line: PostgresLine;
  #transaction: Transaction | undefined;

  constructor(
    pool: PostgresPool,
    { schema, durability }: Pick<PostgresSettings, 'schema' | 'durability'>,
    patience: ConnectPatience,
  ) {
    this.#pool = pool;
    this.#schema = schema;
    this.#patience = patience;
    const onAsked = (): Promise<void> | undefined =>
      this.#transaction?.presumes === undefined ? undefined : this.#beginPresumed();
    this.#line = new PostgresLine({ pool, durability, patience, onAsked });
  }

  get dataSource(): DataSource {
    return this.#pool.dataSource;
  }

  get queries(): QueryRunner {
    return this.#line.opened.queries;
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined && this.#line.isSound;
  }

  /** Waits for a server that can't be reached. */
  async connect(): Promise<void> {
    if (this.#line.isSound) return;
    await this.#line.translated(() => retryWhileUnreachable(() => this.#line.connected(), this.#patience));
  }

  /** @throws WaymarkError `WAYMARK_STORE_NEWER` when a newer Waymark has migrated the store since it was opened */
  async begin(): Promise<void> {
    const results = await this.#begin(BEGIN);
    this.#transaction = { id: textOf(results, 'id') };
    const [head, collection] = [results.at(-3)?.rows[0], results.at(-2)?.rows[0]];
    keepStart(this.queries, { head, collection });
    this.#notice(head);
    try {
      await assertNotMigratedMeanwhile(this, Number(textOf(results, 'migrations')), this.#patience.store);
    } catch (error) {
      await this.rollback();
      throw this.translate(error);
    }
  }

  presume(): boolean {
    const open = this.#line.session;
    if (open?.left === undefined || (open.quiet ?? QUIET) < QUIET || !this.#line.isSound) return false;
    this.#transaction = { id: undefined, presumes: open.left };
    keepStart(open.queries, open.left);
    return true;
  }

  async beginMigration(): Promise<void> {
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('waymark/${this.#schema}', 0))`;
    // A table of many rows takes its time.
    await this.#begin(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; ${lock}`);
    this.#transaction = { id: undefined, isMigration: true };
    keepStart(this.queries, undefined);
    await this.#line.translated(async () => {
      // Not IF NOT EXISTS alone: that takes the right to make one, though there is one.
      const [found] = (await this.queries.query('SELECT to_regnamespace($1)::text AS name', [this.#schema])) as {
        readonly name: string | null;
      }[];
      if (found?.name === null) await this.queries.query(`CREATE SCHEMA "${this.#schema}"`);
    });
  }

  /**
   * @throws WaymarkError `WAYMARK_STORE_…`: nothing was written; `WAYMARK_COMMIT_UNKNOWN` when the connection was lost
   *   and it can't be found out
   */
  async commit(): Promise<void> {
    const transaction = this.#transaction;
    const open = this.#line.session;
    try {
      const results = await this.#line.run(transaction?.isMigration === true ? 'COMMIT' : COMMIT);
      // PostgreSQL takes back what had failed in the middle, and calls that a success.
      if (results.at(-1)?.command !== 'COMMIT') throw transactionAborted(this.#patience.store, undefined);
      this.#transaction = undefined;
      if (open !== undefined) open.left = leftBehind(results);
    } catch (error) {
      if (!isUnreachable(error)) {
        await this.rollback();
        throw hasFailedBefore(error) ? transactionAborted(this.#patience.store, error) : this.translate(error);
      }
      this.#transaction = undefined;
      await this.#line.giveUp();
      await this.#assertCommitted(transaction?.id, open?.life, error);
    }
  }

  async commitWhole(parts: readonly GatheredPart[]): Promise<boolean> {
    const open = this.#line.session;
    const left = this.#transaction?.presumes;
    const write = left && wholeWrite(parts, left);
    if (open === undefined || left === undefined || write === undefined) return false;
    const { witness, head, ...statement } = write;
    try {
      const { rows } = await open.client.query({ ...statement, rowMode: 'array' });
      const [[xmin] = []] = rows as unknown as readonly (readonly unknown[])[];
      if (typeof xmin !== 'string') throw new GatheredConflict('the store is not as it was left');
      this.#transaction = undefined;
      open.left = { xmin, head, collection: left.collection };
      return true;
    } catch (error) {
      this.#transaction = undefined;
      if (isUnreachable(error)) {
        await this.#line.giveUp();
        await this.#assertWritten(witness, error);
        return true;
      }
      const translated = this.translate(error);
      // To wait once more would not help. What else there may be is told by whoever does the work again.
      if (WaymarkError.is(translated, 'WAYMARK_STORE_LOCKED')) throw translated;
      throw error instanceof GatheredConflict ? error : new GatheredConflict(undefined, { cause: translated });
    }
  }

  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (transaction === undefined || transaction.presumes !== undefined) return;
    // The server takes back what a connection leaves unfinished.
    if (!this.#line.isSound) return this.#line.giveUp();
    try {
      await this.#line.run('ROLLBACK');
    } catch {
      await this.#line.giveUp();
    }
  }

  /** Also takes note of a connection that is lost. */
  translate(error: unknown): unknown {
    return this.#line.translate(error);
  }

  async close(): Promise<void> {
    await this.rollback();
    await this.#line.close();
  }

  async #begin(statements: string): Promise<readonly PostgresResult[]> {
    // A rollback that failed must not make this transaction a part of the one before it.
    await this.rollback();
    return this.#line.begin(statements);
  }

  /** Begins for good what was presumed, because something is asked. */
  async #beginPresumed(): Promise<void> {
    const open = this.#line.session;
    const start = open && startLeft(open.queries);
    await this.begin();
    // What was found out so far was the truth if nobody has written, and it is the same connection.
    if (open === undefined || open !== this.#line.session || open.quiet === 0) {
      throw new GatheredConflict('the store is not as it was left');
    }
    keepStart(open.queries, start);
  }

  /** Takes note of whether somebody else has written since the last transaction. */
  #notice(head: Readonly<Record<string, unknown>> | undefined): void {
    const open = this.#line.session;
    if (open?.left === undefined) return;
    open.quiet = head?.['xmin'] === open.left.xmin ? (open.quiet ?? QUIET) + 1 : 0;
  }

  /**
   * Finds out how a commit ended whose answer was lost.
   *
   * @param life that of the server in which the transaction was begun
   */
  async #assertCommitted(id: string | undefined, life: string | undefined, lost: unknown): Promise<void> {
    const { store, scheduler, timeoutMs } = this.#patience;
    if (id === undefined) throw commitUnknown(store, lost);
    let status: string | null | undefined;
    try {
      // The server may be at it still, because it has not noticed that nobody listens.
      for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += IN_PROGRESS_PAUSE_MS) {
        status = await retryWhileUnreachable(() => this.#statusOf(id, life), this.#patience);
        if (status !== 'in progress') break;
        await scheduler.delay(IN_PROGRESS_PAUSE_MS);
      }
    } catch (error) {
      throw commitUnknown(store, error);
    }
    if (status === 'aborted') throw storeUnavailable(store, lost);
    if (status !== 'committed') throw commitUnknown(store, lost);
  }

  async #statusOf(id: string, life: string | undefined): Promise<string | null | undefined> {
    const open = await this.#line.connected();
    const [row] = (await open.queries.query('SELECT pg_xact_status($1::xid8) AS status', [id])) as {
      readonly status: string | null;
    }[];
    return row?.status === 'committed' && open.life !== life ? undefined : row?.status;
  }

  /**
   * Finds out how a transaction in one statement ended whose answer was lost. The server may be at it still, or may not
   * have begun: whoever holds the head waits for the one, and its mark keeps out the other.
   *
   * @throws GatheredConflict nothing was written, and never will be
   */
  async #assertWritten(witness: WholeWrite['witness'], lost: unknown): Promise<void> {
    const { store } = this.#patience;
    let isThere: boolean;
    try {
      await this.begin();
      const sql = 'SELECT 1 FROM audit_entries WHERE position = $1 AND event_id = $2';
      isThere = ((await this.queries.query(sql, [...witness])) as readonly unknown[]).length === 1;
      if (isThere) await this.rollback();
      else await this.commit();
    } catch (error) {
      await this.rollback();
      throw commitUnknown(store, error);
    }
    if (!isThere) throw new GatheredConflict('nothing was written', { cause: lost });
  }
}

const IN_PROGRESS_PAUSE_MS = 50;

interface Transaction {
  readonly id: string | undefined;
  readonly isMigration?: true;
  /** What it takes the store to be, where the database has not been told of it. */
  readonly presumes?: LeftBehind;
}

function leftBehind(results: readonly PostgresResult[]): LeftBehind | undefined {
  const [head, collection] = [results.at(-3)?.rows[0], results.at(-2)?.rows[0]];
  const xmin = head?.['xmin'];
  return typeof xmin === 'string' ? { xmin, head, collection } : undefined;
}

/** Whether a statement was refused because one before it had failed. */
function hasFailedBefore(error: unknown): boolean {
  return sqlState(error) === '25P02';
}
