import { join } from 'node:path';
import { type BaseCheckpointSaver, MemorySaver } from '@langchain/langgraph-checkpoint';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import type { WaymarkSaver as Saver } from 'waymark/langgraph';
import { WaymarkSaver } from 'waymark/langgraph';
import { schemaBytes, sqliteBytes, type StoredBytes } from './stored-bytes.js';

/** A saver that is measured. */
export interface SubjectSaver {
  readonly name: string;
  readonly saver: BaseCheckpointSaver;
  /** What it takes; `undefined` for memory. */
  bytes(): Promise<StoredBytes | undefined>;
  close(): Promise<void>;
}

/** LangGraph's own saver in memory. */
export function officialMemory(): SubjectSaver {
  return {
    name: 'official MemorySaver',
    saver: new MemorySaver(),
    bytes: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
}

/** LangGraph's own saver on SQLite, as it comes: WAL, and SQLite's default of `synchronous`. */
export function officialSqlite(folder: string): SubjectSaver {
  const path = join(folder, 'official.db');
  const saver = SqliteSaver.fromConnString(path);
  // Its tables are made with its first checkpoint otherwise.
  (saver as unknown as { setup(): void }).setup();
  return {
    name: 'official SqliteSaver',
    saver,
    bytes: () => Promise.resolve(sqliteBytes(path)),
    close: () => {
      saver.db.close();
      return Promise.resolve();
    },
  };
}

/** LangGraph's own saver on PostgreSQL, in a schema of its own. */
export async function officialPostgres(url: string, schema: string): Promise<SubjectSaver> {
  const saver = PostgresSaver.fromConnString(url, { schema });
  await saver.setup();
  return {
    name: 'official PostgresSaver',
    saver,
    bytes: () => schemaBytes(url, schema),
    close: () => saver.end(),
  };
}

/** Waymark's saver. */
export async function waymarkSaver(name: string, storage: string, bytes: SubjectSaver['bytes']): Promise<SubjectSaver> {
  const saver: Saver = await WaymarkSaver.open(storage);
  return { name, saver, bytes, close: () => saver.close() };
}
