import type { Compaction, StoreFact } from '../../../application/store/store.port.js';
import type { Scheduler } from '../../../domain/shared/clock.js';
import { SqliteDatabase, type SqliteInfo, type SqliteOptions } from './sqlite-database.js';
import { TypeOrmStore } from './typeorm-store.js';

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
export class SqliteStore extends TypeOrmStore<SqliteInfo> {
  readonly #file: SqliteDatabase;

  constructor(options: SqliteOptions, scheduler: Scheduler) {
    const file = new SqliteDatabase(options, scheduler);
    super(file);
    this.#file = file;
  }

  /** See `SqliteDatabase.compact`. */
  compact(): Promise<Compaction> {
    return this.#file.compact();
  }

  async describe(): Promise<readonly StoreFact[]> {
    const info = await this.info();
    const pending = info.pendingMigrations.length;
    return [
      { name: 'storage', value: `sqlite: ${info.path}${manner(info)}`, level: 'ok' },
      { name: 'SQLite', value: info.sqliteVersion, level: 'ok' },
      { name: 'journal mode', value: info.journalMode, level: info.journalMode === 'wal' ? 'ok' : 'note' },
      synchronous(info),
      { name: 'lock timeout', value: `${info.lockTimeoutMs} ms`, level: 'ok' },
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

function synchronous({ synchronous: value }: SqliteInfo): StoreFact {
  const name = 'synchronous';
  if (value === 'full' || value === 'extra') return { name, value, level: 'ok' };
  const loss = value === 'normal' ? 'take the last commits' : 'destroy the file';
  return { name, value: `${value}, by durability=${value}: a power failure can ${loss}`, level: 'problem' };
}

function manner({ mode, isSnapshot }: SqliteInfo): string {
  if (isSnapshot) return ' (read only, as it was when it was opened)';
  return mode === 'ro' ? ' (read only)' : '';
}
