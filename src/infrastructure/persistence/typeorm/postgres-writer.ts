import type { DataSource, QueryRunner } from 'typeorm';
import type { PostgresClient, PostgresResult } from './dialect/postgres-client.js';
import type { Durability } from './durability.js';
import { assertNotMigratedMeanwhile, COUNT_MIGRATIONS, type MigratingConnection } from './migrate.js';
import {
  commitUnknown,
  isUnreachable,
  storeUnavailable,
  toPostgresError,
  transactionAborted,
} from './postgres-errors.js';
import type { PostgresSettings } from './postgres-options.js';
import type { PostgresPool } from './postgres-pool.js';
import { storeClosed } from './store-errors.js';
import { type ConnectPatience, retryWhileUnreachable } from './reconnect.js';
import { keepStart } from './transaction-start.js';

/**
 * Begins a transaction and locks the head of the log, in one message: whoever writes waits here for whoever writes, in
 * this process or in another, before anything is read that is to be relied on. Then no two transactions can wait for
 * each other, and what is looked up stays as it is until the end. Each statement sees what is committed, the first one
 * after the wait too, whatever the database is set to.
 */
const BEGIN = `
  BEGIN ISOLATION LEVEL READ COMMITTED;
  SELECT size, root_hash, frontier FROM log_head WHERE id = 1 FOR UPDATE;
  SELECT epoch, collection_id FROM content_collection WHERE id = 1;
  SELECT pg_current_xact_id()::text AS id, (${COUNT_MIGRATIONS})::text AS migrations`;

/** `full`: what was committed is on disk, also where the server, the database or the user says less. */
const SYNCHRONOUS_COMMIT: Readonly<Record<Durability, string>> = {
  full: `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
  normal: 'SET synchronous_commit = local',
  off: 'SET synchronous_commit = off',
};

/**
 * Whoever writes looks rows up by their keys: a plan that was made for a small table must not read a large one from end
 * to end.
 */
const LOOK_UP_BY_KEY = 'SET enable_seqscan = off';

/**
 * In which life the server is. A crash begins a new one, and so does a restart; the statistics begin anew with it. After
 * a crash the number of a transaction of which nothing had reached the disk is given to another.
 */
const INCARNATION = `SELECT pg_postmaster_start_time()::text || coalesce(stats_reset::text, '') AS life FROM pg_stat_bgwriter`;

/** The connection of a PostgreSQL store that writes. It is opened anew when it is lost. */
export class PostgresWriter implements MigratingConnection {
  readonly #pool: PostgresPool;
  readonly #schema: string;
  readonly #settings: string;
  readonly #patience: ConnectPatience;
  #open: OpenConnection | undefined;
  #transaction: { readonly id: string | undefined } | undefined;

  constructor(
    pool: PostgresPool,
    { schema, durability }: Pick<PostgresSettings, 'schema' | 'durability'>,
    patience: ConnectPatience,
  ) {
    this.#pool = pool;
    this.#schema = schema;
    this.#settings = `${SYNCHRONOUS_COMMIT[durability]}; ${LOOK_UP_BY_KEY}; ${INCARNATION}`;
    this.#patience = patience;
  }

  get dataSource(): DataSource {
    return this.#pool.dataSource;
  }

  get queries(): QueryRunner {
    if (this.#open === undefined) throw storeClosed(this.#patience.store);
    return this.#open.queries;
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined && this.#open?.lost === false && !this.#open.queries.isReleased;
  }

  /** Waits for a server that can't be reached. */
  async connect(): Promise<void> {
    await this.#translated(() => retryWhileUnreachable(() => this.#connected(), this.#patience));
  }

  /** @throws WaymarkError `WAYMARK_STORE_NEWER` when a newer Waymark has migrated the store since it was opened */
  async begin(): Promise<void> {
    const results = await this.#begin(BEGIN);
    this.#transaction = { id: textOf(results, 'id') };
    keepStart(this.queries, { head: results.at(-3)?.rows[0], collection: results.at(-2)?.rows[0] });
    try {
      await assertNotMigratedMeanwhile(this, Number(textOf(results, 'migrations')), this.#patience.store);
    } catch (error) {
      await this.rollback();
      throw this.translate(error);
    }
  }

  async beginMigration(): Promise<void> {
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('waymark/${this.#schema}', 0))`;
    // A table of many rows takes its time.
    await this.#begin(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; ${lock}`);
    this.#transaction = { id: undefined };
    keepStart(this.queries, undefined);
    await this.#translated(async () => {
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
    const life = this.#open?.life;
    try {
      const { command } = await this.#run('COMMIT');
      this.#transaction = undefined;
      // PostgreSQL takes back what had failed in the middle, and calls that a success.
      if (command !== 'COMMIT') throw transactionAborted(this.#patience.store, undefined);
    } catch (error) {
      this.#transaction = undefined;
      if (!isUnreachable(error)) throw this.translate(error);
      await this.#giveUp();
      await this.#assertCommitted(transaction?.id, life, error);
    }
  }

  async rollback(): Promise<void> {
    if (this.#transaction === undefined) return;
    this.#transaction = undefined;
    // The server takes back what a connection leaves unfinished.
    if (this.#open?.lost !== false || this.#open.queries.isReleased) return this.#giveUp();
    try {
      await this.#run('ROLLBACK');
    } catch {
      await this.#giveUp();
    }
  }

  /** Also takes note of a connection that is lost. */
  translate(error: unknown): unknown {
    if (isUnreachable(error) && this.#open !== undefined) this.#open.lost = true;
    return toPostgresError(error, this.#patience.store);
  }

  async close(): Promise<void> {
    await this.rollback();
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) await this.#pool.giveBack(open.queries, open.lost);
  }

  /** Nothing of a transaction that was not begun can be lost: that may be tried again. */
  async #begin(statements: string): Promise<readonly PostgresResult[]> {
    // A rollback that failed must not make this transaction a part of the one before it.
    await this.rollback();
    return this.#translated(() =>
      retryWhileUnreachable(async () => {
        const { client } = await this.#connected();
        try {
          return (await client.query(statements)) as unknown as readonly PostgresResult[];
        } catch (error) {
          this.translate(error);
          if (this.#open?.lost === false) await client.query('ROLLBACK').catch(() => this.#giveUp());
          else await this.#giveUp();
          throw error;
        }
      }, this.#patience),
    );
  }

  async #connected(): Promise<OpenConnection> {
    if (this.#open !== undefined && !this.#open.lost && !this.#open.queries.isReleased) return this.#open;
    await this.#giveUp();
    const queries = await this.#pool.take();
    try {
      const client = (await queries.connect()) as PostgresClient;
      const results = (await client.query(this.#settings)) as unknown as readonly PostgresResult[];
      this.#open = { queries, client, life: textOf(results, 'life'), lost: false };
      return this.#open;
    } catch (error) {
      await this.#pool.giveBack(queries, true);
      throw error;
    }
  }

  async #giveUp(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) await this.#pool.giveBack(open.queries, true);
  }

  async #run(statement: string): Promise<PostgresResult> {
    const open = this.#open;
    if (open === undefined) throw storeClosed(this.#patience.store);
    return open.client.query(statement);
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
    const open = await this.#connected();
    const [row] = (await open.queries.query('SELECT pg_xact_status($1::xid8) AS status', [id])) as {
      readonly status: string | null;
    }[];
    return row?.status === 'committed' && open.life !== life ? undefined : row?.status;
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.translate(error);
    }
  }
}

const IN_PROGRESS_PAUSE_MS = 50;

interface OpenConnection {
  readonly queries: QueryRunner;
  readonly client: PostgresClient;
  /** See {@link INCARNATION}. */
  readonly life: string | undefined;
  lost: boolean;
}

/** A column of the last of several results. */
function textOf(results: readonly PostgresResult[], column: string): string | undefined {
  const value = results.at(-1)?.rows[0]?.[column];
  return typeof value === 'string' ? value : undefined;
}
