import { resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type SqliteDriver from 'better-sqlite3';
import { loadOptional } from '../../../consumer/optional-package.js';
import { postgresDriverMissing, sqlState, toPostgresError } from '../../../persistence/typeorm/postgres-errors.js';
import { readImage, readingRole } from '../../../persistence/typeorm/store-file.js';
import {
  driverMissing,
  lacksSideFiles,
  toStoreError,
  unreadableInPlace,
} from '../../../persistence/typeorm/store-errors.js';
import { invalidSource, sourceFailed, sourceForeign, sourceNotFound } from './import-errors.js';
import { postgresCatalog } from './postgres-catalog.js';
import { sqliteCatalog } from './sqlite-catalog.js';

/** A source that was opened for an import. */
export interface OpenedSource {
  /** LangGraph's own saver on it, which reads and never writes. */
  readonly saver: BaseCheckpointSaver;
  close(): Promise<void>;
}

const neededBy = 'An import from LangGraph';

/**
 * Opens what `sqlite:FILE` or `postgres://…?schema=…` names with LangGraph's own saver, for reading only: no file is
 * made, and no table.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_STORAGE`; WaymarkError `WAYMARK_IMPORT_SOURCE_NOT_FOUND`,
 *   `WAYMARK_IMPORT_SOURCE_FOREIGN`, `WAYMARK_PACKAGE_MISSING`, `WAYMARK_DRIVER_MISSING`, `WAYMARK_STORE_UNAVAILABLE`,
 *   `WAYMARK_STORE_LOGIN_REFUSED`
 */
export async function openSource(source: string): Promise<OpenedSource> {
  if (/^sqlite:./.test(source)) return openSqlite(resolve(source.slice('sqlite:'.length)));
  if (/^postgres(?:ql)?:\/\//i.test(source) && URL.canParse(source)) return openPostgres(new URL(source));
  throw invalidSource();
}

async function openSqlite(path: string): Promise<OpenedSource> {
  await assertFile(path);
  const { SqliteSaver } = await loadOptional(
    { name: '@langchain/langgraph-checkpoint-sqlite', major: 1, neededBy },
    () => import('@langchain/langgraph-checkpoint-sqlite'),
  );
  const { default: Database } = await import('better-sqlite3').catch((error: unknown) => {
    throw driverMissing(error);
  });
  const opened = await openFile(Database, path);
  // The saver's `setup` would turn the write-ahead log on, and make tables: both are none of a reader's business.
  const reading = {
    name: path,
    isSetup: false,
    prepare: (sql: string) => opened.prepare(sql),
    pragma: () => undefined,
    exec: () => undefined,
  };
  return {
    saver: new SqliteSaver(reading as never),
    close: () => {
      opened.close();
      return Promise.resolve();
    },
  };
}

/** A handle that changes nothing. Where SQLite can make no files beside the database, it is one on the file's bytes. */
async function openFile(Database: typeof SqliteDriver, path: string): Promise<SqliteDriver.Database> {
  let handle: SqliteDriver.Database | undefined;
  const open = (source: string | Buffer, readonly: boolean): SqliteDriver.Database => {
    handle = new Database(source, { readonly, fileMustExist: true });
    handle.pragma('query_only = ON');
    sqliteCatalog(handle, path);
    return handle;
  };
  try {
    // One that may write removes at its end the files that it made beside the database, which even reading takes.
    return open(path, (await readingRole(path)) === 'ro');
  } catch (error) {
    handle?.close();
    if (!lacksSideFiles(error)) throw toStoreError(error, path);
    const image = await readImage(path).catch((cause: unknown) => {
      throw sourceFailed({}, cause);
    });
    if (image === undefined) throw unreadableInPlace(path, error);
    return open(image, true);
  }
}

async function assertFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw sourceNotFound(path, error);
  });
  if (!found.isFile()) throw sourceForeign(path, 'it is no file');
}

async function openPostgres(url: URL): Promise<OpenedSource> {
  const schema = url.searchParams.get('schema') ?? 'public';
  url.searchParams.delete('schema');
  const { PostgresSaver } = await loadOptional(
    { name: '@langchain/langgraph-checkpoint-postgres', major: 1, neededBy },
    () => import('@langchain/langgraph-checkpoint-postgres'),
  );
  const { default: pg } = await import('pg').catch((error: unknown) => {
    throw postgresDriverMissing(error);
  });
  const pool = new pg.Pool({
    connectionString: url.href,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: '-c default_transaction_read_only=on',
    application_name: 'waymark',
  });
  // A connection that ends while nobody uses it is replaced. Unheard, it would end the process.
  pool.on('error', () => undefined);
  try {
    await postgresCatalog(pool, schema);
  } catch (error) {
    await pool.end();
    const called = `${url.protocol}//${url.host}${url.pathname}`;
    throw sqlState(error) === DATABASE_MISSING ? sourceNotFound(called, error) : toPostgresError(error, called);
  }
  return { saver: new PostgresSaver(pool, undefined, { schema }), close: () => pool.end() };
}

const CONNECTIONS = 2;
const CONNECT_TIMEOUT_MS = 10_000;
/** SQLSTATE `invalid_catalog_name`. */
const DATABASE_MISSING = '3D000';
