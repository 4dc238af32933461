import type { QueryRunner } from 'typeorm';
import type { Durability } from './durability.js';
import { migrationState } from './migrate.js';
import type { PostgresSettings } from './postgres-options.js';
import type { PoolCounts } from './postgres-pool.js';

/** What `waymark doctor` tells about a PostgreSQL store. */
export interface PostgresInfo {
  /** Its URL without the password. */
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly mode: 'rw' | 'ro';
  readonly serverVersion: string;
  readonly encoding: string;
  /** What the store was opened with. */
  readonly durability: Durability;
  /** As the server has it. A store that writes sets its own, by its durability. */
  readonly synchronousCommit: string;
  /** Whether the server waits for its disk at all. */
  readonly fsync: boolean;
  readonly pool: PoolCounts;
  /** Of all tables and indexes in the schema, in bytes. */
  readonly schemaBytes: number;
  /** Of the entries and their indexes. */
  readonly logBytes: number;
  readonly appliedMigrations: readonly string[];
  readonly pendingMigrations: readonly string[];
}

interface InfoRow extends Pick<PostgresInfo, 'database' | 'encoding'> {
  readonly server_version: string;
  readonly synchronous_commit: string;
  readonly fsync: string;
  readonly schema_bytes: number | null;
  readonly log_bytes: number;
}

/** Asks the server. Reads only. */
export async function readInfo(
  queries: QueryRunner,
  settings: PostgresSettings,
  pool: PoolCounts,
): Promise<PostgresInfo> {
  const { name, schema, mode, durability } = settings;
  const { applied, pending } = await migrationState({ queries }, name);
  const [row] = (await queries.query(`
    SELECT current_database() AS database,
      current_setting('server_version') AS server_version,
      current_setting('server_encoding') AS encoding,
      current_setting('synchronous_commit') AS synchronous_commit,
      current_setting('fsync') AS fsync,
      (SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
        WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())) AS schema_bytes,
      pg_total_relation_size('audit_entries') AS log_bytes`)) as InfoRow[];
  if (row === undefined) throw new TypeError('The server answered with nothing.');
  return {
    name,
    database: row.database,
    schema,
    mode,
    durability,
    serverVersion: row.server_version,
    encoding: row.encoding,
    synchronousCommit: row.synchronous_commit,
    fsync: row.fsync === 'on',
    pool,
    schemaBytes: row.schema_bytes ?? 0,
    logBytes: row.log_bytes,
    appliedMigrations: applied,
    pendingMigrations: pending,
  };
}
