import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { parseStorage } from '../../src/composition/configuration.js';
import type { PostgresOptions } from '../../src/infrastructure/persistence/typeorm/postgres-options.js';
import { describeWhere } from './requirement.js';

/** Where the tests find a server. Each makes schemas of its own there, and removes them. */
export const POSTGRES_URL = process.env['WAYMARK_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** A server that is not there refuses at once; one on a machine that is busy with other things takes its time. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Why there is no server, or `undefined` where there is one. */
const missing = await whyMissing();

/** Whether what needs the server can run. Where it can't, that was said. */
export const hasPostgres = missing === undefined;

/** `describe`, for what needs the server. */
export const describeOnPostgres = describeWhere(
  'everything on PostgreSQL',
  missing === undefined ? undefined : `PostgreSQL can't be reached (WAYMARK_TEST_POSTGRES): ${missing}`,
);

/** The server with a schema that nobody else uses, and that is not there yet. */
export function postgresOptions(options: Partial<PostgresOptions> = {}): PostgresOptions & { readonly schema: string } {
  const storage = parseStorage(POSTGRES_URL);
  if (storage.kind !== 'postgres') throw new TypeError('WAYMARK_TEST_POSTGRES is no URL of PostgreSQL');
  const { kind: _, url: __, ...server } = storage;
  return { ...server, schema: `waymark_test_${randomUUID().replaceAll('-', '')}`, ...options };
}

/** The same as a storage URL, with options. */
export function postgresUrl(schema: string, query = ''): string {
  const url = new URL(POSTGRES_URL);
  url.search = `?schema=${schema}${query === '' ? '' : `&${query}`}`;
  return url.href;
}

/** Asks the server, over a connection that is no store's. */
export async function askPostgres(sql: string, parameters: readonly unknown[] = []): Promise<readonly unknown[]> {
  const client = await connectToPostgres();
  try {
    return (await client.query(sql, [...parameters])).rows as unknown[];
  } finally {
    await client.end();
  }
}

/** A connection that is no store's. The test ends it. */
export async function connectToPostgres(): Promise<pg.Client> {
  const { host, port, user, password, database } = postgresOptions();
  const client = new pg.Client({ host, port, user, password, database, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Removes schemas with all that is in them. */
export async function dropSchemas(schemas: readonly string[]): Promise<void> {
  if (schemas.length === 0) return;
  const names = schemas.map((schema) => `"${schema}"`).join(', ');
  await askPostgres(`DROP SCHEMA IF EXISTS ${names} CASCADE`);
}

async function whyMissing(): Promise<string | undefined> {
  try {
    await askPostgres('SELECT 1');
    return undefined;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return message || code || String(error);
  }
}
