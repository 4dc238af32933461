import type { DataSource } from 'typeorm';
import type { WriteConnection } from './database.js';
import { dialectOf } from './dialect/dialect-of.js';
import { MIGRATION_NAMES } from './migrations/index.js';
import { rightsMissing } from './postgres-errors.js';
import { notWaymark, storeNewer } from './store-errors.js';

/** The migrations that a store has, and those it lacks. */
export interface MigrationState {
  /** Whether nobody has put anything into it yet: a new file, or a schema that is not there. */
  readonly isEmpty: boolean;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** A connection that can change tables. */
export interface MigratingConnection extends WriteConnection {
  readonly dataSource: DataSource;
  /** Begins the transaction of a migration, which keeps out every other process that would migrate. */
  beginMigration(): Promise<void>;
}

/**
 * Brings the tables up to date. Many processes may do so with one new store: one of them migrates, the others wait and
 * find it done.
 *
 * @param store how a message should call it
 * @throws WaymarkError `WAYMARK_STORE_NEWER` when the store has a migration that this build does not know: nothing was
 *   written then
 */
export async function migrate(connection: MigratingConnection, store: string): Promise<void> {
  if ((await migrationState(connection, store)).pending.length === 0) return;
  const { MigrationExecutor } = await import('typeorm');
  try {
    await connection.beginMigration();
    // Again, now that nobody else can write: a newer Waymark may have been here in between.
    await migrationState(connection, store);
    const executor = new MigrationExecutor(connection.dataSource, connection.queries);
    executor.transaction = 'none';
    await executor.executePendingMigrations();
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
export async function migrationState(
  { queries }: Pick<WriteConnection, 'queries'>,
  store: string,
): Promise<MigrationState> {
  const owner = await dialectOf(queries).owner(queries);
  if (owner === 'forbidden') throw rightsMissing(store);
  if (owner === 'somebody else') throw notWaymark(store, 'it holds the tables of another program');
  const applied = owner === 'waymark' && (await queries.hasTable('migrations')) ? await appliedMigrations(queries) : [];
  const unknown = applied.filter((name) => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0) throw storeNewer(store, unknown);
  return { isEmpty: owner === 'nobody', applied, pending: MIGRATION_NAMES.filter((name) => !applied.includes(name)) };
}

/** Asked in every transaction that writes. */
export const COUNT_MIGRATIONS = 'SELECT count(*) FROM migrations';

/**
 * A store that was opened has every migration that this build knows. One more means that a newer Waymark is at work: rows
 * of the shape that this build knows may be wrong by now.
 *
 * @param count how many the store has
 * @throws WaymarkError `WAYMARK_STORE_NEWER`
 */
export async function assertNotMigratedMeanwhile(
  connection: Pick<WriteConnection, 'queries'>,
  count: number,
  store: string,
): Promise<void> {
  if (!hasMigrations(count)) await migrationState(connection, store);
}

/** Whether so many are all that this build knows, and no more. */
export function hasMigrations(count: number): boolean {
  return count === MIGRATION_NAMES.length;
}

async function appliedMigrations(queries: WriteConnection['queries']): Promise<readonly string[]> {
  const rows = (await queries.query('SELECT name FROM migrations ORDER BY id')) as { readonly name: string }[];
  return Array.from(rows, (row) => row.name);
}
