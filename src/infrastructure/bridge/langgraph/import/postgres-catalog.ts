import { sourceForeign } from './import-errors.js';
import type { SourceCatalog, SourceKey, SourceThread } from './source-catalog.js';

/** The part of a pool of `pg` that is used. */
export interface Pool {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The tables of LangGraph's `PostgresSaver`, and what tells them from others of that name. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  checkpoints: ['thread_id', 'checkpoint_ns', 'checkpoint_id', 'parent_checkpoint_id', 'checkpoint', 'metadata'],
  checkpoint_blobs: ['thread_id', 'checkpoint_ns', 'channel', 'version', 'type', 'blob'],
  checkpoint_writes: ['thread_id', 'checkpoint_ns', 'checkpoint_id', 'task_id', 'idx', 'channel', 'type', 'blob'],
};

const COLUMNS = `
  SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
  WHERE table_schema = $1 AND table_name = ANY($2)`;

/**
 * What a `PostgresSaver` has stored in a schema.
 *
 * @throws WaymarkError `WAYMARK_IMPORT_SOURCE_FOREIGN`; whatever the driver throws
 */
export async function postgresCatalog(pool: Pool, schema: string): Promise<SourceCatalog> {
  const { rows } = await pool.query(COLUMNS, [schema, Object.keys(TABLES)]);
  const there = new Set((rows as { table: string; column: string }[]).map(({ table, column }) => `${table}.${column}`));
  for (const [table, columns] of Object.entries(TABLES)) {
    const missing = columns.find((column) => !there.has(`${table}.${column}`));
    if (missing !== undefined) {
      throw sourceForeign(`The schema ${schema}`, `it has no table ${table} with a column ${missing}`);
    }
  }
  const checkpoints = `"${schema.replaceAll('"', '""')}".checkpoints`;
  const threads = `
    SELECT thread_id AS "threadId", count(*)::int AS checkpoints FROM ${checkpoints}
    WHERE $1::text[] IS NULL OR thread_id = ANY($1)
    GROUP BY thread_id ORDER BY min(checkpoint_id COLLATE "C"), thread_id`;
  const keys = `
    SELECT checkpoint_ns AS namespace, checkpoint_id AS "checkpointId" FROM ${checkpoints}
    WHERE thread_id = $1 ORDER BY checkpoint_id COLLATE "C", checkpoint_ns COLLATE "C"`;
  return {
    threads: async (named) => (await pool.query(threads, [named ?? null])).rows as readonly SourceThread[],
    keys: async (threadId) => (await pool.query(keys, [threadId])).rows as readonly SourceKey[],
  };
}
