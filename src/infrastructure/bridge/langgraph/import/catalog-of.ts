import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { type Pool, postgresCatalog } from './postgres-catalog.js';
import type { SourceCatalog, SourceKey } from './source-catalog.js';
import { type SqliteHandle, sqliteCatalog } from './sqlite-catalog.js';

/**
 * The catalog of a saver: LangGraph's own for SQLite and PostgreSQL are asked below their surface, without `setup()`,
 * which would make tables; any other one lists what it has.
 *
 * @throws WaymarkError `WAYMARK_IMPORT_SOURCE_FOREIGN` when an official saver's tables are not there
 */
export async function catalogOf(saver: BaseCheckpointSaver): Promise<SourceCatalog> {
  const { isSetup, db, pool, options } = saver as unknown as Official;
  if (typeof isSetup === 'boolean' && typeof db?.prepare === 'function') return sqliteCatalog(db as SqliteHandle);
  if (typeof isSetup === 'boolean' && typeof pool?.query === 'function') {
    return postgresCatalog(pool as Pool, typeof options?.schema === 'string' ? options.schema : 'public');
  }
  return listedCatalog(saver);
}

/** What LangGraph's savers for SQLite and PostgreSQL have in common with no other. */
interface Official {
  readonly isSetup?: unknown;
  readonly db?: Partial<SqliteHandle>;
  readonly pool?: Partial<Pool>;
  readonly options?: { readonly schema?: unknown };
}

/** Reads everything there is, once, and keeps the names. */
function listedCatalog(saver: BaseCheckpointSaver): SourceCatalog {
  const found = new Map<string, SourceKey[]>();
  const read = async (threadId?: string): Promise<void> => {
    for await (const { config } of saver.list({
      configurable: threadId === undefined ? {} : { thread_id: threadId },
    })) {
      const { thread_id: of, checkpoint_ns: namespace = '', checkpoint_id: checkpointId } = config.configurable ?? {};
      const keys = found.get(of as string) ?? [];
      found.set(of as string, keys);
      keys.push({ namespace: namespace as string, checkpointId: checkpointId as string });
    }
  };
  return {
    threads: async (named) => {
      found.clear();
      if (named === undefined) await read();
      else for (const threadId of new Set(named)) await read(threadId);
      for (const keys of found.values()) keys.sort(byAge);
      const threads = Array.from(found, ([threadId, keys]) => ({ threadId, checkpoints: keys.length, first: keys[0] }));
      return threads.toSorted((a, b) => byAge(a.first as SourceKey, b.first as SourceKey));
    },
    keys: (threadId) => Promise.resolve(found.get(threadId) ?? []),
  };
}

function byAge(a: SourceKey, b: SourceKey): number {
  return compare(a.checkpointId, b.checkpointId) || compare(a.namespace, b.namespace);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
