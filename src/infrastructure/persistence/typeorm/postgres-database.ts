import type { QueryRunner } from 'typeorm';
import type { Scheduler } from '../../../domain/shared/clock.js';
import type { TypeOrmDatabase, WriteConnection } from './database.js';
import { migrate, migrationState } from './migrate.js';
import { openedToRead, schemaNotFound, toPostgresError } from './postgres-errors.js';
import { type PostgresInfo, readInfo } from './postgres-info.js';
import { type PostgresOptions, type PostgresSettings, postgresSettings } from './postgres-options.js';
import { PostgresPool } from './postgres-pool.js';
import { PostgresWriter } from './postgres-writer.js';
import { type ConnectPatience, retryWhileUnreachable } from './reconnect.js';
import { SerialQueue } from './serial-queue.js';
import { storeClosed, storeOutdated } from './store-errors.js';

/** What is open between `open` and `close`. Without a writer it is open for reading only. */
interface Connections {
  readonly pool: PostgresPool;
  readonly writer: PostgresWriter | undefined;
}

/**
 * A schema of a PostgreSQL database. One of its connections writes; the others read.
 *
 * @example
 * const database = new PostgresDatabase({ host: 'localhost', database: 'app' }, timerScheduler);
 * await database.open();
 * const rows: unknown = await database.read((queries) => queries.query('SELECT count(*) FROM audit_entries'));
 * await database.close();
 */
export class PostgresDatabase implements TypeOrmDatabase, AsyncDisposable {
  /** How messages call it: its URL without the password. */
  readonly name: string;
  readonly isServer = true;
  readonly #settings: PostgresSettings;
  readonly #patience: ConnectPatience;
  readonly #writes = new SerialQueue();
  #opening: Promise<Connections> | undefined;
  #closing: Promise<void> | undefined;
  #connections: Connections | undefined;

  constructor(options: PostgresOptions, scheduler: Scheduler) {
    this.#settings = postgresSettings(options);
    this.name = this.#settings.name;
    this.#patience = { scheduler, timeoutMs: this.#settings.connectTimeoutMs, store: this.name };
  }

  /**
   * Connects, checks that the schema is a store of this version or an older one, or none yet, and migrates it. A second
   * call awaits the first; a failed one can be repeated.
   *
   * @throws WaymarkError `WAYMARK_STORE_…`, or `WAYMARK_DRIVER_MISSING` when `pg` can't be loaded
   */
  async open(): Promise<void> {
    if (this.#closing !== undefined) throw storeClosed(this.name);
    this.#opening ??= this.#open();
    try {
      this.#connections = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /** Waits for the transactions that were begun, and releases the connections. Idempotent; it stays closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A read is repeated when its connection is lost. */
  async read<T>(work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    try {
      return await retryWhileUnreachable(() => this.#opened().pool.use(work), this.#patience);
    } catch (error) {
      if (this.#connections === undefined) throw storeClosed(this.name, error);
      throw toPostgresError(error, this.name);
    }
  }

  exclusively<T>(work: (connection: WriteConnection) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(storeClosed(this.name));
    return this.#writes.run(async () => {
      const { writer } = this.#opened();
      if (writer === undefined) throw openedToRead(this.name);
      await writer.connect();
      return work(writer);
    });
  }

  /** What the store is and how it is set. */
  async info(): Promise<PostgresInfo> {
    const { pool } = this.#opened();
    return this.read((queries) => readInfo(queries, this.#settings, pool.counts));
  }

  async #open(): Promise<Connections> {
    const { mode, mustExist } = this.#settings;
    let pool: PostgresPool | undefined;
    try {
      pool = await PostgresPool.open(this.#settings, this.#patience);
      // A store that is refused must stay as it is: this comes before the first thing that may write.
      const { isEmpty, pending } = await pool.use((queries) => migrationState({ queries }, this.name));
      if (isEmpty && (mustExist || mode === 'ro')) throw schemaNotFound(this.name);
      if (mode === 'ro') {
        if (pending.length > 0) throw storeOutdated(this.name, pending);
        return { pool, writer: undefined };
      }
      const writer = new PostgresWriter(pool, this.#settings, this.#patience);
      await writer.connect();
      await migrate(writer, this.name);
      return { pool, writer };
    } catch (error) {
      await pool?.close();
      throw toPostgresError(error, this.name);
    }
  }

  async #close(): Promise<void> {
    const connections = await this.#opening?.catch(() => undefined);
    await this.#writes.idle();
    this.#connections = undefined;
    await connections?.writer?.close();
    await connections?.pool.close();
  }

  #opened(): Connections {
    if (this.#connections === undefined) throw storeClosed(this.name);
    return this.#connections;
  }
}
