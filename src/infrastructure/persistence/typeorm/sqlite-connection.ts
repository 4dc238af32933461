import type { DataSource, QueryRunner } from 'typeorm';
import { entitySchemas } from './entities/index.js';
import { type LockPatience, retryWhileLocked } from './lock-retry.js';
import { MIGRATIONS } from './migrations/index.js';
import { type Durability, SQLITE_SYNCHRONOUS } from './durability.js';
import { assertNotMigratedMeanwhile, COUNT_MIGRATIONS, hasMigrations, type MigratingConnection } from './migrate.js';
import type { TransactionAtOnce } from './database.js';
import { driverMissing, isLocked, toStoreError } from './store-errors.js';
import { assertInPlace, type FileIdentity, identityOf } from './store-file.js';
import { WalCheckpointer } from './wal-checkpoint/wal-checkpointer.js';

/** The part of better-sqlite3's database that is used beside TypeORM. */
interface SqliteHandle {
  readonly inTransaction: boolean;
  prepare(source: string): { run(): unknown; pluck(): { get(): unknown } };
  pragma(source: string, options?: { readonly simple: boolean }): unknown;
  close(): void;
}

/**
 * After how many pages in the write-ahead log a commit takes them back into the file, which holds the event loop: with
 * half of SQLite's 1,000 it takes about 4 ms instead of 6, and appends lose a few percent.
 */
const PAGES_TO_CHECKPOINT = 500;

/**
 * The same where transactions are a few rows each. They write the same few pages again and again, so that there is less
 * to take back, and what it costs is the flush to disk.
 */
const PAGES_OF_FEW_ROWS_TO_CHECKPOINT = 1_000;

/** The same where a thread takes them back: little is left to do then, and the write-ahead log begins anew. 32 MB. */
const PAGES_WITH_HELP = 8_000;

/** About how many pages a transaction of a few events writes: one of the entries, one of each index, the head. */
const PAGES_OF_FEW_ROWS = 8;

/** The same for any other: between an execution's step and many entries. */
const PAGES_OF_MANY_ROWS = 64;

/** How to open a connection. */
export interface SqliteConnectionOptions {
  readonly path: string;
  /**
   * `writer` may change the file; `reader` may not, though the file is open for writing; `ro` leaves the file alone.
   */
  readonly role: 'writer' | 'reader' | 'ro';
  readonly durability: Durability;
  /** The bytes to read instead of the file. */
  readonly image?: Buffer | undefined;
  readonly patience: LockPatience;
}

/**
 * One connection to a SQLite file: a TypeORM data source, and the handle below it.
 *
 * TypeORM and the driver are loaded when the first one is opened: importing Waymark costs neither the time nor the
 * package.
 */
export class SqliteConnection implements MigratingConnection {
  readonly dataSource: DataSource;
  readonly queries: QueryRunner;
  /** Whether it reads bytes, rather than the file. */
  readonly isSnapshot: boolean;
  readonly role: SqliteConnectionOptions['role'];
  readonly file: FileIdentity;
  readonly #handle: SqliteHandle;
  readonly #patience: LockPatience;
  /** Takes the write-ahead log back into the file, for one that writes. */
  readonly #checkpointer: WalCheckpointer | undefined;
  /** BEGIN, COMMIT and ROLLBACK. */
  readonly #statements = new Map<string, { run(): unknown }>();
  readonly atOnce: TransactionAtOnce = {
    begin: () => this.#beginAtOnce(),
    commit: () => {
      if (!this.#runAtOnce('COMMIT')) return false;
      // SQLite does not look: it would go on writing to a file that nobody finds again.
      this.assertInPlace();
      this.#checkpointer?.committed(PAGES_OF_FEW_ROWS);
      return true;
    },
    rollback: () => {
      if (this.inTransaction) this.#runAtOnce('ROLLBACK');
    },
  };
  #countMigrations: { get(): unknown } | undefined;
  #pagesToCheckpoint = 0;

  private constructor(dataSource: DataSource, handle: SqliteHandle, options: SqliteConnectionOptions) {
    this.dataSource = dataSource;
    this.queries = dataSource.createQueryRunner();
    this.isSnapshot = options.image !== undefined;
    this.#handle = handle;
    this.role = options.role;
    this.file = identityOf(options.path);
    this.#patience = options.patience;
    if (options.role !== 'writer') return;
    const synchronous = SQLITE_SYNCHRONOUS[options.durability];
    this.#checkpointer = new WalCheckpointer({ path: options.path, file: this.file, synchronous });
  }

  /** @throws WaymarkError `WAYMARK_STORE_…` or `WAYMARK_DRIVER_MISSING` */
  static async open(options: SqliteConnectionOptions): Promise<SqliteConnection> {
    const driver = await loadDriver();
    const { image } = options;
    const { DataSource, EntitySchema } = await import('typeorm');
    let handle: SqliteHandle | undefined;
    const dataSource = new DataSource({
      type: 'better-sqlite3',
      driver: image === undefined ? driver : driverOf(driver, image),
      database: image === undefined ? options.path : ':memory:',
      readonly: options.role === 'ro',
      // SQLite must not wait for locks: it would hold the event loop. We wait ourselves.
      timeout: 0,
      prepareDatabase: (opened: SqliteHandle) => {
        handle = opened;
        configure(opened, options);
      },
      entities: [...entitySchemas(EntitySchema)],
      migrations: [...MIGRATIONS],
      synchronize: false,
      logging: false,
    });
    try {
      await retryWhileLocked(() => dataSource.initialize(), options.patience);
      if (handle === undefined) throw new TypeError('TypeORM opened no database');
      return new SqliteConnection(dataSource, handle, options);
    } catch (error) {
      if (isMissingBinding(error)) throw driverMissing(error);
      throw toStoreError(error, options.path);
    }
  }

  get inTransaction(): boolean {
    return this.#handle.inTransaction;
  }

  /** @throws WaymarkError `WAYMARK_STORE_NEWER` when a newer Waymark has migrated the store since it was opened */
  async begin(): Promise<void> {
    await this.beginMigration();
    try {
      this.#checkpointAfter(PAGES_TO_CHECKPOINT);
      await assertNotMigratedMeanwhile(this, this.#migrations(), this.#patience.path);
    } catch (error) {
      await this.rollback();
      throw this.translate(error);
    }
  }

  /** A writer of SQLite keeps out every other. */
  async beginMigration(): Promise<void> {
    // A rollback that failed must not make this transaction a part of the one before it.
    await this.rollback();
    await this.#run('BEGIN IMMEDIATE');
  }

  async commit(): Promise<void> {
    await this.#run('COMMIT');
    this.assertInPlace();
    this.#checkpointer?.committed(PAGES_OF_MANY_ROWS);
  }

  /**
   * @throws WaymarkError `WAYMARK_STORE_NOT_FOUND` when the path leads to another file than the one that is open, or to
   *   none
   */
  assertInPlace(): void {
    assertInPlace(this.#patience.path, this.file);
  }

  async rollback(): Promise<void> {
    if (this.inTransaction) await this.#run('ROLLBACK');
  }

  translate(error: unknown): unknown {
    return toStoreError(error, this.#patience.path);
  }

  /**
   * Turns the write-ahead log on, which lets readers go on while one writes, and sets how large the file may grow, in
   * bytes.
   */
  async prepareForWriting(maxBytes: number | undefined): Promise<void> {
    await this.pragma('journal_mode = WAL');
    this.#checkpointAfter(PAGES_TO_CHECKPOINT);
    if (maxBytes === undefined) return;
    const pageSize = Number(await this.pragma('page_size'));
    await this.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`);
  }

  /** Reads or sets a pragma, and returns its value. */
  async pragma(source: string): Promise<unknown> {
    try {
      return await retryWhileLocked(() => this.#handle.pragma(source, { simple: true }), this.#patience);
    } catch (error) {
      throw this.translate(error);
    }
  }

  /** Resolves when nobody but this connection takes the write-ahead log back. */
  async settled(): Promise<void> {
    await this.#checkpointer?.idle();
  }

  async close(): Promise<void> {
    await this.#checkpointer?.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /** What there is to be told is told by `begin`, which tries it again. */
  #beginAtOnce(): boolean {
    if (this.inTransaction || !this.#runAtOnce('BEGIN IMMEDIATE')) return false;
    let isCurrent = false;
    try {
      this.#checkpointAfter(PAGES_OF_FEW_ROWS_TO_CHECKPOINT);
      isCurrent = hasMigrations(this.#migrations());
    } catch (error) {
      throw this.translate(error);
    } finally {
      if (!isCurrent) this.atOnce.rollback();
    }
    return isCurrent;
  }

  /** @returns whether it was done, rather than kept out by a lock */
  #runAtOnce(text: string): boolean {
    try {
      this.#prepared(text).run();
      return true;
    } catch (error) {
      if (isLocked(error)) return false;
      throw this.translate(error);
    }
  }

  async #run(text: string): Promise<void> {
    try {
      const statement = this.#prepared(text);
      await retryWhileLocked(() => statement.run(), this.#patience);
    } catch (error) {
      throw this.translate(error);
    }
  }

  #prepared(text: string): { run(): unknown } {
    let statement = this.#statements.get(text);
    if (statement === undefined) this.#statements.set(text, (statement = this.#handle.prepare(text)));
    return statement;
  }

  #checkpointAfter(pagesAlone: number): void {
    const pages = this.#checkpointer?.isReady === true ? PAGES_WITH_HELP : pagesAlone;
    if (pages === this.#pagesToCheckpoint) return;
    this.#handle.pragma(`wal_autocheckpoint = ${pages}`);
    this.#pagesToCheckpoint = pages;
  }

  #migrations(): number {
    this.#countMigrations ??= this.#handle.prepare(COUNT_MIGRATIONS).pluck();
    return Number(this.#countMigrations.get());
  }
}

/** Sets a new connection up, without touching the file. What this throws leaves it closed. */
function configure(handle: SqliteHandle, { role, durability }: SqliteConnectionOptions): void {
  try {
    // The driver's build would choose NORMAL with a write-ahead log.
    handle.pragma(`synchronous = ${SQLITE_SYNCHRONOUS[durability]}`);
    if (role === 'reader') handle.pragma('query_only = ON');
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** The part of better-sqlite3 that TypeORM uses: its constructor, which takes a path or the bytes of a database. */
type Driver = new (source: string | Buffer, options: object) => SqliteHandle;

/** The driver, opening bytes whatever path TypeORM gives it. */
function driverOf(Database: Driver, image: Buffer): unknown {
  return function open(_path: string, options: object) {
    return new Database(image, options);
  };
}

async function loadDriver(): Promise<Driver> {
  try {
    return (await import('better-sqlite3')).default;
  } catch (error) {
    throw driverMissing(error);
  }
}

/** The package is there, and its compiled part is not: installed without scripts, or for another Node. */
function isMissingBinding(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    code === 'ERR_DLOPEN_FAILED' ||
    code === 'MODULE_NOT_FOUND' ||
    error.message.startsWith('Could not locate the bindings')
  );
}
