import { sourceForeign } from './import-errors.js';
import type { SourceCatalog, SourceKey, SourceThread } from './source-catalog.js';

/** The part of better-sqlite3's database that is used. */
export interface SqliteHandle {
  readonly name?: string;
  prepare(source: string): { all(...parameters: readonly unknown[]): unknown[] };
}

/** The tables of LangGraph's `SqliteSaver`, and what tells them from others of that name. */
const TABLES = {
  checkpoints: [
    'thread_id',
    'checkpoint_ns',
    'checkpoint_id',
    'parent_checkpoint_id',
    'type',
    'checkpoint',
    'metadata',
  ],
  writes: ['thread_id', 'checkpoint_ns', 'checkpoint_id', 'task_id', 'idx', 'channel', 'type', 'value'],
} as const;

const THREADS = `
  SELECT thread_id AS threadId, count(*) AS checkpoints FROM checkpoints
  GROUP BY thread_id ORDER BY min(checkpoint_id), thread_id`;

const KEYS = `
  SELECT checkpoint_ns AS namespace, checkpoint_id AS checkpointId FROM checkpoints
  WHERE thread_id = ? ORDER BY checkpoint_id, checkpoint_ns`;

/**
 * What a `SqliteSaver` has stored.
 *
 * @throws WaymarkError `WAYMARK_IMPORT_SOURCE_FOREIGN`
 */
export function sqliteCatalog(handle: SqliteHandle, source = handle.name ?? 'The SQLite database'): SourceCatalog {
  for (const [table, columns] of Object.entries(TABLES)) {
    const there = namesIn(handle, source, table);
    const missing = columns.find((column) => !there.has(column));
    if (there.size === 0) throw sourceForeign(source, `there is no table ${table}`);
    if (missing !== undefined) throw sourceForeign(source, `its table ${table} has no column ${missing}`);
  }
  return {
    threads: (named) => {
      const all = handle.prepare(THREADS).all() as SourceThread[];
      const wanted = named === undefined ? undefined : new Set(named);
      return Promise.resolve(all.filter(({ threadId }) => wanted?.has(threadId) ?? true));
    },
    keys: (threadId) => Promise.resolve(handle.prepare(KEYS).all(threadId) as SourceKey[]),
  };
}

function namesIn(handle: SqliteHandle, source: string, table: string): ReadonlySet<string> {
  try {
    const columns = handle.prepare('SELECT name FROM pragma_table_info(?)').all(table);
    return new Set((columns as { readonly name: string }[]).map(({ name }) => name));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_NOTADB') throw error;
    throw sourceForeign(source, 'it is no SQLite database', error);
  }
}
