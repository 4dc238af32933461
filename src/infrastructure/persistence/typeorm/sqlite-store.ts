import type { Store, StoreFact } from '../../../application/store/store.port.js';
import type { Scheduler } from '../../../domain/shared/clock.js';
import { TypeOrmAuditLogRepository } from './repositories/typeorm-audit-log.repository.js';
import { TypeOrmCheckpointRepository } from './repositories/typeorm-checkpoint.repository.js';
import { TypeOrmDeadLetterRepository } from './repositories/typeorm-dead-letter.repository.js';
import { TypeOrmExecutionRepository } from './repositories/typeorm-execution.repository.js';
import { SqliteDatabase, type SqliteInfo, type SqliteOptions } from './sqlite-database.js';
import { TypeOrmUnitOfWork } from './typeorm-unit-of-work.js';

/**
 * Above this size the write-ahead log is not being taken back into the file: a reader has been open for long. In bytes.
 */
const LARGE_WAL = 64 * 1024 * 1024;

/**
 * Everything in one SQLite file, which many processes may share.
 *
 * @example
 * const store = new SqliteStore({ path: './waymark.db' }, timerScheduler);
 * await store.open();
 * await store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope));
 * await store.close();
 */
export class SqliteStore implements Store, AsyncDisposable {
  readonly unitOfWork: TypeOrmUnitOfWork;
  readonly auditLog: TypeOrmAuditLogRepository;
  readonly executions: TypeOrmExecutionRepository;
  readonly checkpoints: TypeOrmCheckpointRepository;
  readonly deadLetters: TypeOrmDeadLetterRepository;
  readonly #database: SqliteDatabase;

  constructor(options: SqliteOptions, scheduler: Scheduler) {
    this.#database = new SqliteDatabase(options, scheduler);
    this.unitOfWork = new TypeOrmUnitOfWork(this.#database);
    this.auditLog = new TypeOrmAuditLogRepository(this.#database);
    this.executions = new TypeOrmExecutionRepository(this.#database);
    this.checkpoints = new TypeOrmCheckpointRepository(this.#database);
    this.deadLetters = new TypeOrmDeadLetterRepository(this.#database);
  }

  /**
   * Connects, checks that the file is a store of this version or an older one, and migrates it. Idempotent; one that
   * failed can be repeated.
   *
   * @throws WaymarkError `WAYMARK_STORE_…`, or `WAYMARK_DRIVER_MISSING` when better-sqlite3 can't be loaded
   */
  open(): Promise<void> {
    return this.#database.open();
  }

  /** Waits for the transactions that were begun, and releases the file. Idempotent; a closed store stays closed. */
  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What the file is and how it is set. */
  info(): Promise<SqliteInfo> {
    return this.#database.info();
  }

  async describe(): Promise<readonly StoreFact[]> {
    const info = await this.info();
    const pending = info.pendingMigrations.length;
    return [
      { name: 'storage', value: `sqlite: ${info.path}${manner(info)}`, level: 'ok' },
      { name: 'SQLite', value: info.sqliteVersion, level: 'ok' },
      { name: 'journal mode', value: info.journalMode, level: info.journalMode === 'wal' ? 'ok' : 'note' },
      {
        name: 'synchronous',
        value: info.synchronous,
        level: info.synchronous === 'full' || info.synchronous === 'extra' ? 'ok' : 'problem',
      },
      { name: 'page size', value: `${info.pageSize} bytes`, level: 'ok' },
      { name: 'file', value: `${info.fileBytes} bytes`, level: 'ok' },
      { name: 'write-ahead log', value: `${info.walBytes} bytes`, level: info.walBytes > LARGE_WAL ? 'note' : 'ok' },
      {
        name: 'migrations',
        value: `${info.appliedMigrations.length} applied, ${pending} pending`,
        level: pending === 0 ? 'ok' : 'problem',
      },
    ];
  }
}

function manner({ mode, isSnapshot }: SqliteInfo): string {
  if (isSnapshot) return ' (read only, as it was when it was opened)';
  return mode === 'ro' ? ' (read only)' : '';
}
