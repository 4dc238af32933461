import type { StoreFact } from '../../../application/store/store.port.js';
import type { Scheduler } from '../../../domain/shared/clock.js';
import { PostgresDatabase } from './postgres-database.js';
import type { PostgresInfo } from './postgres-info.js';
import type { PostgresOptions } from './postgres-options.js';
import { TypeOrmStore } from './typeorm-store.js';

/**
 * Everything in one schema of a PostgreSQL database, which many processes on many machines may share.
 *
 * @example
 * const store = new PostgresStore({ host: 'localhost', database: 'app', schema: 'waymark' }, timerScheduler);
 * await store.open();
 * await store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope));
 * await store.close();
 */
export class PostgresStore extends TypeOrmStore<PostgresInfo> {
  constructor(options: PostgresOptions, scheduler: Scheduler) {
    super(new PostgresDatabase(options, scheduler));
  }

  async describe(): Promise<readonly StoreFact[]> {
    const info = await this.info();
    const pending = info.pendingMigrations.length;
    return [
      { name: 'storage', value: `${info.name}${info.mode === 'ro' ? ' (read only)' : ''}`, level: 'ok' },
      { name: 'PostgreSQL', value: info.serverVersion, level: 'ok' },
      { name: 'database', value: `${info.database}, schema ${info.schema}`, level: 'ok' },
      { name: 'encoding', value: info.encoding, level: info.encoding === 'UTF8' ? 'ok' : 'problem' },
      synchronousCommit(info),
      { name: 'fsync', value: info.fsync ? 'on' : 'off', level: info.fsync ? 'ok' : 'problem' },
      {
        name: 'pool',
        value: `${info.pool.total} of at most ${info.pool.max} connections open, ${info.pool.idle} idle`,
        level: 'ok',
      },
      { name: 'entries', value: `${info.logBytes} bytes with their indexes`, level: 'ok' },
      { name: 'schema', value: `${info.schemaBytes} bytes in all`, level: 'ok' },
      {
        name: 'migrations',
        value: `${info.appliedMigrations.length} applied, ${pending} pending`,
        level: pending === 0 ? 'ok' : 'problem',
      },
    ];
  }
}

/** Who writes sees to it that a commit is as durable as it should be, whatever the server is set to. */
function synchronousCommit({ synchronousCommit: value, durability }: PostgresInfo): StoreFact {
  const name = 'synchronous_commit';
  if (durability !== 'full') {
    const own = durability === 'normal' ? 'local' : 'off';
    return { name, value: `${own}, by durability=${durability}: the last commits can be lost`, level: 'problem' };
  }
  return value === 'off'
    ? { name, value: 'off for others; on for what Waymark writes', level: 'note' }
    : { name, value, level: 'ok' };
}
