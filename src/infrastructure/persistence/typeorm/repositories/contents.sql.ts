import type { QueryRunner } from 'typeorm';
import type { Content } from '../../../../domain/checkpoint/checkpoint.js';
import type { ContentSummary } from '../../../../domain/checkpoint/content-collection.port.js';
import { mayRefer } from '../../../../domain/checkpoint/reference-graph.js';
import type { Hash } from '../../../../domain/shared/hash.js';
import type { GatheredRows } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { takeStart } from '../transaction-start.js';
import type { TypeOrmScope } from '../typeorm-scope.js';

const CONTENTS = { table: 'contents', columns: { hash: 'text', body: 'text' } } as const;
const NOTED = { table: 'noted_contents', columns: { hash: 'text' } } as const;

/** How many hashes are in one statement: what is long must not hold the event loop. */
const CHUNK = 1_000;

/** Which of some contents are stored. */
export async function selectStoredHashes(queries: QueryRunner, hashes: readonly Hash[]): Promise<readonly Hash[]> {
  const rows = await selectAmong(queries, 'SELECT hash FROM contents WHERE', hashes);
  return rows.map(([hash]) => String(hash));
}

/** The bodies of contents, by hash. */
export async function selectContents(
  queries: QueryRunner,
  hashes: readonly Hash[],
): Promise<ReadonlyMap<Hash, string>> {
  const rows = await selectAmong(queries, 'SELECT hash, body FROM contents WHERE', hashes);
  return new Map(rows.map(([hash, body]) => [String(hash), String(body)]));
}

/** Stores contents that are not there yet. */
export function insertContents(queries: QueryRunner, contents: readonly Content[]): Promise<void> {
  const rows = contents.map(({ hash, body }) => [hash, body]);
  return dialectOf(queries).insertMissing(queries, CONTENTS, rows);
}

const INSERTED: GatheredRows = {
  name: 'contents',
  columns: CONTENTS.columns,
  write: (given) => `INSERT INTO contents (hash, body) SELECT hash, body FROM ${given} ON CONFLICT DO NOTHING`,
  mayBeThere: true,
};

/** {@link insertContents}, together with others. */
export function gatherContents(scope: TypeOrmScope, contents: readonly Content[]): void {
  for (const { hash, body } of contents) scope.gather(INSERTED, hash, [hash, body]);
}

/** Whether a content waits to be stored. */
export function isGathered(scope: TypeOrmScope, hash: Hash): boolean {
  return scope.hasGathered(INSERTED, hash);
}

/** Removes contents. */
export async function deleteContents(queries: QueryRunner, hashes: readonly Hash[]): Promise<void> {
  const dialect = dialectOf(queries);
  for (const chunk of chunksOf(hashes)) {
    await dialect.runPrepared(queries, `DELETE FROM contents WHERE ${dialect.isOneOf('hash')}`, [
      dialect.listOf(chunk),
    ]);
  }
}

/** Some contents after a hash, by their hashes, with the bodies of those that may refer to others. */
export async function selectSummaries(
  queries: QueryRunner,
  after: Hash,
  limit: number,
): Promise<readonly ContentSummary[]> {
  const dialect = dialectOf(queries);
  const sql = `
    SELECT hash, ${dialect.bytesOf('body')}, CASE WHEN ${dialect.contains('body')} THEN body END
    FROM contents WHERE hash > ? ORDER BY hash LIMIT ?`;
  const rows = await dialect.selectArrays(queries, sql, ['{"$":', after, limit]);
  return rows.map(([hash, bytes, body]) => ({
    hash: String(hash),
    bytes: Number(bytes),
    body: typeof body === 'string' && mayRefer(String(hash)) ? body : undefined,
  }));
}

/** The epoch of the contents, and the collection that is going on. */
export async function selectCollection(
  queries: QueryRunner,
): Promise<{ readonly epoch: number; readonly collectionId: string | null }> {
  const start = takeStart(queries, 'collection');
  if (start !== undefined) return collectionOf(start['epoch'], start['collection_id']);
  const sql = 'SELECT epoch, collection_id FROM content_collection WHERE id = 1';
  const [[epoch, collectionId] = []] = await dialectOf(queries).selectArrays(queries, sql, []);
  return collectionOf(epoch, collectionId);
}

function collectionOf(epoch: unknown, collectionId: unknown): Awaited<ReturnType<typeof selectCollection>> {
  return { epoch: Number(epoch ?? 0), collectionId: typeof collectionId === 'string' ? collectionId : null };
}

/** Begins a collection, or takes over from the one that is going on. */
export async function beginCollection(queries: QueryRunner, collectionId: string): Promise<void> {
  const dialect = dialectOf(queries);
  // What was read of it before is past.
  takeStart(queries, 'collection');
  const sql = 'UPDATE content_collection SET epoch = epoch + 1, collection_id = ? WHERE id = 1';
  await dialect.runPrepared(queries, sql, [collectionId]);
  await dialect.runPrepared(queries, 'DELETE FROM noted_contents');
}

/** Ends a collection, unless it is another's. */
export async function endCollection(queries: QueryRunner, collectionId: string): Promise<void> {
  const dialect = dialectOf(queries);
  const { collectionId: current } = await selectCollection(queries);
  if (current !== collectionId) return;
  await dialect.runPrepared(queries, 'UPDATE content_collection SET collection_id = NULL WHERE id = 1');
  await dialect.runPrepared(queries, 'DELETE FROM noted_contents');
}

/** Takes note of contents. */
export function insertNoted(queries: QueryRunner, hashes: readonly Hash[]): Promise<void> {
  return dialectOf(queries).insertMissing(
    queries,
    NOTED,
    hashes.map((hash) => [hash]),
  );
}

/** Gives what was taken note of, and forgets it. */
export async function takeNoted(queries: QueryRunner): Promise<readonly Hash[]> {
  const dialect = dialectOf(queries);
  const rows = await dialect.selectArrays(queries, 'SELECT hash FROM noted_contents', []);
  if (rows.length > 0) await dialect.runPrepared(queries, 'DELETE FROM noted_contents');
  return rows.map(([hash]) => String(hash));
}

async function selectAmong(
  queries: QueryRunner,
  select: string,
  hashes: readonly Hash[],
): Promise<readonly (readonly unknown[])[]> {
  const dialect = dialectOf(queries);
  const found: (readonly unknown[])[] = [];
  for (const chunk of chunksOf(hashes)) {
    const sql = `${select} ${dialect.isOneOf('hash')}`;
    found.push(...(await dialect.selectArrays(queries, sql, [dialect.listOf(chunk)])));
  }
  return found;
}

function chunksOf<T>(items: readonly T[]): readonly T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < items.length; from += CHUNK) chunks.push(items.slice(from, from + CHUNK));
  return chunks;
}
