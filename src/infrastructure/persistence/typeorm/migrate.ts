import { APPLICATION_ID } from './application-id.js';
import { MIGRATION_NAMES } from './migrations/index.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { notWaymark, storeNewer } from './store-errors.js';

/** The migrations that a store has, and those it lacks. */
export interface MigrationState {
  /** Whether nobody has put anything into it yet: a new file. */
  readonly isEmpty: boolean;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/**
 * Brings the tables up to date. Many processes may do so with one new file: one of them migrates, the others wait and
 * find it done.
 *
 * @throws WaymarkError `WAYMARK_STORE_NEWER` when the store has a migration that this build does not know: nothing was
 *   written then
 */
export async function migrate(connection: SqliteConnection, path: string): Promise<void> {
  if ((await migrationState(connection, path)).pending.length === 0) return;
  await connection.begin();
  try {
    // Again, now that nobody else can write: a newer Waymark may have been here in between.
    await migrationState(connection, path);
    await connection.dataSource.runMigrations({ transaction: 'none' });
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    throw connection.translate(error);
  }
}

/**
 * Whether a database is a store, and which migrations were applied to it. Reads only.
 *
 * @throws WaymarkError `WAYMARK_STORE_NOT_WAYMARK` or `WAYMARK_STORE_NEWER`
 */
export async function migrationState(connection: SqliteConnection, path: string): Promise<MigrationState> {
  const isEmpty = await assertOurs(connection, path);
  const applied = (await hasMigrationsTable(connection)) ? await appliedMigrations(connection) : [];
  const unknown = applied.filter((name) => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0) throw storeNewer(path, unknown);
  return { isEmpty, applied, pending: MIGRATION_NAMES.filter((name) => !applied.includes(name)) };
}

/** Refuses what somebody else has made. Returns whether it is a new file. */
async function assertOurs(connection: SqliteConnection, path: string): Promise<boolean> {
  // In this order: another process may be making the store, and the mark is committed together with the first table.
  const [found] = (await connection.queries.query('SELECT count(*) AS count FROM sqlite_master')) as {
    readonly count: number;
  }[];
  const applicationId = await connection.pragma('application_id');
  if (applicationId === APPLICATION_ID) return false;
  if (found?.count !== 0 || applicationId !== 0) throw notWaymark(path, 'it holds the tables of another program');
  return true;
}

async function hasMigrationsTable(connection: SqliteConnection): Promise<boolean> {
  return connection.queries.hasTable('migrations');
}

async function appliedMigrations(connection: SqliteConnection): Promise<readonly string[]> {
  const rows = (await connection.queries.query('SELECT name FROM migrations ORDER BY id')) as {
    readonly name: string;
  }[];
  return Array.from(rows, (row) => row.name);
}
