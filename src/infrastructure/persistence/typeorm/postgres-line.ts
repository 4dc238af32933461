import type { QueryRunner } from 'typeorm';
import type { PostgresClient, PostgresResult } from './dialect/postgres-client.js';
import type { Durability } from './durability.js';
import { isUnreachable, toPostgresError } from './postgres-errors.js';
import type { PostgresPool } from './postgres-pool.js';
import { type ConnectPatience, retryWhileUnreachable } from './reconnect.js';
import { storeClosed } from './store-errors.js';
import type { LeftBehind } from './whole-write.js';

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

/** A connection that writes, from when it was opened until it is lost or given back. */
export interface PostgresSession {
  readonly queries: QueryRunner;
  readonly client: PostgresClient;
  /** See {@link INCARNATION}. */
  readonly life: string | undefined;
  lost: boolean;
  /** `undefined` before its first transaction. */
  left: LeftBehind | undefined;
  /** How many transactions in a row found the store as it was left, as far as that has been looked at. */
  quiet: number | undefined;
}

/** What a {@link PostgresLine} needs. */
export interface PostgresLineOptions {
  readonly pool: PostgresPool;
  readonly durability: Durability;
  readonly patience: ConnectPatience;
  /** Called before anything is asked through the query runner, and waited for where it returns a promise. */
  readonly onAsked: () => Promise<void> | undefined;
}

/** The connection of a PostgreSQL store that writes. It is opened anew when it is lost. */
export class PostgresLine {
  readonly #options: PostgresLineOptions;
  readonly #settings: string;
  #open: PostgresSession | undefined;

  constructor(options: PostgresLineOptions) {
    this.#options = options;
    this.#settings = `${SYNCHRONOUS_COMMIT[options.durability]}; ${LOOK_UP_BY_KEY}; ${INCARNATION}`;
  }

  /** The connection that is open, lost or not. */
  get session(): PostgresSession | undefined {
    return this.#open;
  }

  /** @throws WaymarkError `WAYMARK_STORE_CLOSED` when none is open */
  get opened(): PostgresSession {
    if (this.#open === undefined) throw storeClosed(this.#options.patience.store);
    return this.#open;
  }

  /** Whether it can be used. */
  get isSound(): boolean {
    return this.#open?.lost === false && !this.#open.queries.isReleased;
  }

  /** The connection, opened where there is none. */
  async connected(): Promise<PostgresSession> {
    if (this.#open !== undefined && this.isSound) return this.#open;
    await this.giveUp();
    const { pool, onAsked } = this.#options;
    const queries = await pool.take();
    try {
      const client = (await queries.connect()) as PostgresClient;
      const results = (await client.query(this.#settings)) as unknown as readonly PostgresResult[];
      const connect = queries.connect.bind(queries);
      // Whatever asks anything of the database, TypeORM too, comes through here.
      queries.connect = () => onAsked()?.then(connect) ?? connect();
      this.#open = { queries, client, life: textOf(results, 'life'), lost: false, left: undefined, quiet: undefined };
      return this.#open;
    } catch (error) {
      await pool.giveBack(queries, true);
      throw error;
    }
  }

  /** Runs one statement or several, past the query runner. Returns a result for each. */
  async run(statements: string): Promise<readonly PostgresResult[]> {
    return [(await this.opened.client.query(statements)) as PostgresResult | readonly PostgresResult[]].flat();
  }

  /** Begins a transaction. Nothing of one that was not begun can be lost: that may be tried again. */
  begin(statements: string): Promise<readonly PostgresResult[]> {
    return this.translated(() =>
      retryWhileUnreachable(async () => {
        const { client } = await this.connected();
        try {
          return (await client.query(statements)) as unknown as readonly PostgresResult[];
        } catch (error) {
          this.translate(error);
          if (this.#open?.lost === false) await client.query('ROLLBACK').catch(() => this.giveUp());
          else await this.giveUp();
          throw error;
        }
      }, this.#options.patience),
    );
  }

  /** An error of the driver as a WaymarkError. Takes note of a connection that is lost. */
  translate(error: unknown): unknown {
    if (isUnreachable(error) && this.#open !== undefined) this.#open.lost = true;
    return toPostgresError(error, this.#options.patience.store);
  }

  async translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.translate(error);
    }
  }

  /** Closes the connection. The server takes back what it leaves unfinished. */
  async giveUp(): Promise<void> {
    if (this.#open !== undefined) this.#open.lost = true;
    await this.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) await this.#options.pool.giveBack(open.queries, open.lost);
  }
}

/** A column of the last of several results. */
export function textOf(results: readonly PostgresResult[], column: string): string | undefined {
  const value = results.at(-1)?.rows[0]?.[column];
  return typeof value === 'string' ? value : undefined;
}
