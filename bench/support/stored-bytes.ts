import Database from 'better-sqlite3';
import pg from 'pg';

/** What a store takes, in bytes: all of it, and how much of that is the log. */
export interface StoredBytes {
  readonly all: number;
  readonly log: number;
}

/** The tables of the log, with their indexes. */
const LOG = /^(sqlite_autoindex_)?(audit_|log_|seams|kept_leaves)/;

/** What the pages of a SQLite database take, those in its write-ahead log included, each once. */
export function sqliteBytes(path: string): StoredBytes {
  const database = new Database(path, { readonly: true });
  try {
    const tables = database.prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name').all();
    return sumOf(tables as readonly { readonly name: string; readonly bytes: number }[]);
  } finally {
    database.close();
  }
}

/** What all tables of a schema of PostgreSQL take with their indexes. */
export async function schemaBytes(url: string, schema: string): Promise<StoredBytes> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; bytes: string }>(
      `SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'`,
      [schema],
    );
    return sumOf(rows.map(({ name, bytes }) => ({ name, bytes: Number(bytes) })));
  } finally {
    await client.end();
  }
}

function sumOf(tables: readonly { readonly name: string; readonly bytes: number }[]): StoredBytes {
  const sum = (some: typeof tables): number => some.reduce((total, { bytes }) => total + bytes, 0);
  return { all: sum(tables), log: sum(tables.filter(({ name }) => LOG.test(name))) };
}
