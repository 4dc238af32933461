import { resolve } from 'node:path';
import type { QueryRunner } from 'typeorm';
import type { Compaction } from '../../../application/store/store.port.js';
import type { PageCheckers } from '../../../domain/audit/integrity/page-checkers.port.js';
import type { Scheduler } from '../../../domain/shared/clock.js';
import type { Durability } from './durability.js';
import { type LockPatience, retryWhileLocked } from './lock-retry.js';
import { migrate, type MigrationState, migrationState } from './migrate.js';
import { SqliteConnection, type SqliteConnectionOptions } from './sqlite-connection.js';
import { SqlitePageCheckers } from './page-check/sqlite-page-checkers.js';
import { SerialQueue } from './serial-queue.js';
import type { TypeOrmDatabase, WriteConnection } from './database.js';
import {
  lacksSideFiles,
  notWaymark,
  storeClosed,
  storeOutdated,
  storeReadOnly,
  toStoreError,
  unreadableInPlace,
} from './store-errors.js';
import { checkFile, readImage, readingRole, sizeOf } from './store-file.js';

/** Which file, and how to use it. */
export interface SqliteOptions {
  /** The file; relative to the working directory. */
  readonly path: string;
  /** `rw` (when left out) makes and migrates what is missing; `ro` changes nothing, and every write fails. */
  readonly mode?: 'rw' | 'ro';
  /** Whether a file that is not there is an error. Always with `ro`. */
  readonly mustExist?: boolean;
  /** How long to wait for another process that is writing, in milliseconds; 5,000 when left out. */
  readonly lockTimeoutMs?: number;
  /** What an append that resolved survives; `full` when left out. */
  readonly durability?: Durability;
  /** How large the file may grow, in bytes. A write beyond it fails with `WAYMARK_STORE_FULL`. */
  readonly maxBytes?: number;
}

/** What `waymark doctor` tells about a store. */
export interface SqliteInfo {
  readonly path: string;
  readonly mode: 'rw' | 'ro';
  /** Whether it is read as it was when it was opened: SQLite could make no files beside it. */
  readonly isSnapshot: boolean;
  readonly sqliteVersion: string;
  readonly journalMode: string;
  readonly synchronous: 'off' | 'normal' | 'full' | 'extra';
  /** How long it waits for another process that is writing, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** In bytes. */
  readonly pageSize: number;
  readonly fileBytes: number;
  /** Size of the write-ahead log beside the file. */
  readonly walBytes: number;
  readonly appliedMigrations: readonly string[];
  readonly pendingMigrations: readonly string[];
}

/** What is open between `open` and `close`. Without a writer it is open for reading only. */
interface Connections {
  readonly reader: SqliteConnection;
  readonly writer: SqliteConnection | undefined;
}

/** Opens a connection that is closed again when opening the store fails. */
type Connect = (how: Pick<SqliteConnectionOptions, 'role' | 'image'>) => Promise<SqliteConnection>;

const DEFAULT_LOCK_TIMEOUT_MS = 5_000;
const SYNCHRONOUS = ['off', 'normal', 'full', 'extra'] as const;

/**
 * A SQLite file. It has a connection that writes and one that reads, because TypeORM runs all that a data source is
 * asked on one connection, where a reader would see transactions that are still open.
 *
 * @example
 * const database = new SqliteDatabase({ path: './waymark.db' }, timerScheduler);
 * await database.open();
 * const rows: unknown = await database.read((queries) => queries.query('SELECT count(*) FROM audit_entries'));
 * await database.close();
 */
export class SqliteDatabase implements TypeOrmDatabase, AsyncDisposable {
  /** The file's absolute path. */
  readonly path: string;
  readonly #options: SqliteOptions;
  readonly #patience: LockPatience;
  #opening: Promise<Connections> | undefined;
  #closing: Promise<void> | undefined;
  #connections: Connections | undefined;
  readonly #writes = new SerialQueue();
  readonly #checkers = new Set<SqlitePageCheckers>();

  constructor(options: SqliteOptions, scheduler: Scheduler) {
    this.path = resolve(options.path);
    this.#options = options;
    this.#patience = { scheduler, timeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS, path: this.path };
  }

  /**
   * Connects, checks that the file is a store of this version or an older one, and migrates it. A second call awaits
   * the first; a failed one can be repeated.
   *
   * @throws WaymarkError `WAYMARK_STORE_…`, or `WAYMARK_DRIVER_MISSING` when better-sqlite3 can't be loaded
   */
  async open(): Promise<void> {
    if (this.#closing !== undefined) throw storeClosed(this.path);
    this.#opening ??= this.#open();
    try {
      this.#connections = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /** Waits for the transactions that were begun, and releases the file. Idempotent; a closed store stays closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async read<T>(work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    const { reader } = this.#opened();
    try {
      // A reader meets a lock only where the write-ahead log is being recovered or taken down.
      const found = await retryWhileLocked(() => work(reader.queries), this.#patience);
      reader.assertInPlace();
      return found;
    } catch (error) {
      if (this.#connections === undefined) throw storeClosed(this.path, error);
      throw reader.translate(error);
    }
  }

  exclusively<T>(work: (connection: WriteConnection) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(storeClosed(this.path));
    return this.#writes.run(() => work(this.#writer()));
  }

  /**
   * Writes the file anew without its free pages. The event loop waits for that: about a second for 100 MB.
   *
   * @throws WaymarkError `WAYMARK_STORE_LOCKED`, `WAYMARK_STORE_FULL`, `WAYMARK_STORE_READ_ONLY`: the file is as it was
   */
  async compact(): Promise<Compaction> {
    return this.exclusively(async (connection) => {
      await this.#opened().writer?.settled();
      const beforeBytes = await this.#bytes();
      try {
        await retryWhileLocked(() => connection.queries.query('VACUUM'), this.#patience);
        // Until then the file as it was before is still there, and the new one in the write-ahead log.
        await connection.queries.query('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch (error) {
        throw connection.translate(error);
      }
      return { beforeBytes, afterBytes: await this.#bytes() };
    });
  }

  /** Threads that check entries; none for a store that is read from memory. They are closed with it, if not before. */
  pageCheckers(): PageCheckers | undefined {
    const { reader } = this.#opened();
    if (reader.isSnapshot || this.#closing !== undefined) return undefined;
    const { path } = this;
    const checkers = SqlitePageCheckers.start({ path, file: reader.file, readonly: reader.role === 'ro' });
    if (checkers === undefined) return undefined;
    this.#checkers.add(checkers);
    void checkers.closed.then(() => this.#checkers.delete(checkers));
    return checkers;
  }

  writerAtOnce(): WriteConnection | undefined {
    const isFree = this.#closing === undefined && this.#writes.isIdle;
    return isFree ? this.#connections?.writer : undefined;
  }

  /** What the store is and how it is set. */
  async info(): Promise<SqliteInfo> {
    const { reader, writer } = this.#opened();
    const { applied, pending } = await this.#migrationState(reader);
    const [version] = (await this.read((queries) => queries.query('SELECT sqlite_version() AS version'))) as {
      readonly version: string;
    }[];
    return {
      path: this.path,
      mode: writer === undefined ? 'ro' : 'rw',
      isSnapshot: reader.isSnapshot,
      sqliteVersion: version?.version ?? '',
      journalMode: String(await reader.pragma('journal_mode')),
      synchronous: SYNCHRONOUS[Number(await (writer ?? reader).pragma('synchronous'))] ?? 'off',
      lockTimeoutMs: this.#patience.timeoutMs,
      pageSize: Number(await reader.pragma('page_size')),
      fileBytes: await sizeOf(this.path),
      walBytes: await sizeOf(`${this.path}-wal`),
      appliedMigrations: applied,
      pendingMigrations: pending,
    };
  }

  /** The size of the file with its write-ahead log. */
  async #bytes(): Promise<number> {
    return (await sizeOf(this.path)) + (await sizeOf(`${this.path}-wal`));
  }

  async #open(): Promise<Connections> {
    const readOnly = this.#options.mode === 'ro';
    await checkFile(this.path, readOnly, this.#options.mustExist === true);
    const opened: SqliteConnection[] = [];
    const connect: Connect = async (how) => {
      const { durability = 'full' } = this.#options;
      const connection = await SqliteConnection.open({ path: this.path, patience: this.#patience, durability, ...how });
      opened.push(connection);
      return connection;
    };
    try {
      if (readOnly) {
        return { reader: await this.#connectToRead(connect), writer: undefined };
      }
      const writer = await connect({ role: 'writer' });
      // A store that is refused must stay as it is: this comes before the first thing that may write.
      const { isEmpty } = await this.#migrationState(writer);
      if (isEmpty && this.#options.mustExist === true) throw notWaymark(this.path, 'it is empty');
      await writer.prepareForWriting(this.#options.maxBytes);
      await migrate(writer, this.path);
      return { reader: await connect({ role: 'reader' }), writer };
    } catch (error) {
      for (const connection of opened.reverse()) await connection.close();
      throw toStoreError(error, this.path);
    }
  }

  /**
   * A connection to a store that is ready to be read: the file itself, or its bytes where SQLite may make no files
   * beside it.
   */
  async #connectToRead(connect: Connect): Promise<SqliteConnection> {
    try {
      return await this.#checkedToRead(await connect({ role: await readingRole(this.path) }));
    } catch (error) {
      if (!lacksSideFiles(error)) throw error;
      const image = await readImage(this.path).catch(() => undefined);
      if (image === undefined) throw unreadableInPlace(this.path, error);
      return this.#checkedToRead(await connect({ role: 'ro', image }));
    }
  }

  async #checkedToRead(reader: SqliteConnection): Promise<SqliteConnection> {
    const { isEmpty, pending } = await this.#migrationState(reader);
    if (isEmpty) throw notWaymark(this.path, 'it is empty');
    if (pending.length > 0) throw storeOutdated(this.path, pending);
    return reader;
  }

  async #close(): Promise<void> {
    const connections = await this.#opening?.catch(() => undefined);
    await this.#writes.idle();
    this.#connections = undefined;
    for (const checkers of this.#checkers) await checkers.close();
    // The writer last: it takes the write-ahead log back into the file and removes it.
    await connections?.reader.close();
    await connections?.writer?.close();
  }

  async #migrationState(connection: SqliteConnection): Promise<MigrationState> {
    return retryWhileLocked(() => migrationState(connection, this.path), this.#patience);
  }

  #opened(): Connections {
    if (this.#connections === undefined) throw storeClosed(this.path);
    return this.#connections;
  }

  #writer(): SqliteConnection {
    const { writer } = this.#opened();
    if (writer === undefined) throw storeReadOnly(this.path);
    return writer;
  }
}
