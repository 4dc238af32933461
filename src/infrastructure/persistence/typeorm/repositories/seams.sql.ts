import type { QueryRunner } from 'typeorm';
import type { StoredLeaf } from '../../../../domain/audit/integrity/stored-hashes.js';
import { TILE_WIDTH } from '../../../../domain/audit/integrity/tiles.js';
import type { RemovedStream } from '../../../../domain/audit/retention/retention.repository.port.js';
import type { Seam } from '../../../../domain/audit/retention/seam.js';
import { dialectOf } from '../dialect/dialect-of.js';

interface SeamRow {
  readonly to_position: number;
  readonly id: string;
  readonly from_position: number;
  readonly frontier: string;
  readonly root_hash: string;
  readonly note: string | null;
  readonly archive_path: string;
  readonly archive_sha256: string;
  readonly applied_at: string;
}

const COLUMNS =
  'to_position, id, from_position, frontier, root_hash, note, archive_path, archive_sha256, applied_at' as const;

/** How many entries one statement removes: what is long must not hold the event loop. */
const ROWS_PER_STATEMENT = 10_000;

/** Every seam, the oldest first. */
export async function selectSeams(queries: QueryRunner): Promise<readonly Seam[]> {
  const sql = `SELECT ${COLUMNS} FROM seams ORDER BY to_position`;
  const rows = (await dialectOf(queries).runPrepared(queries, sql)) as readonly SeamRow[];
  return Array.from(rows, (row) => ({
    id: row.id,
    from: row.from_position,
    to: row.to_position,
    frontier: frontierOf(row.frontier),
    rootHash: row.root_hash,
    archive: { path: row.archive_path, sha256: row.archive_sha256 },
    appliedAt: row.applied_at,
    ...(row.note === null ? {} : { note: row.note }),
  }));
}

/** Keeps a seam. */
export async function insertSeam(queries: QueryRunner, seam: Seam): Promise<void> {
  const { to, id, from, frontier, rootHash, note = null, archive, appliedAt } = seam;
  const sql = `INSERT INTO seams (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  const place = [archive.path, archive.sha256, appliedAt];
  const values = [to, id, from, JSON.stringify(frontier), rootHash, note, ...place];
  await dialectOf(queries).runPrepared(queries, sql, values);
}

/** Keeps the leaves that share a tile with the first entry that stays, and no others. */
export async function keepLeaves(queries: QueryRunner, to: number): Promise<void> {
  const dialect = dialectOf(queries);
  const from = Math.floor(to / TILE_WIDTH) * TILE_WIDTH;
  await dialect.runPrepared(queries, 'DELETE FROM kept_leaves WHERE position < ?', [from]);
  const sql = `
    INSERT INTO kept_leaves (position, leaf_hash)
    SELECT position, leaf_hash FROM audit_entries WHERE position >= ? AND position < ?`;
  await dialect.runPrepared(queries, sql, [from, to]);
}

/** Adds what is removed to how many entries each stream has had. */
export async function countRemoved(queries: QueryRunner, to: number): Promise<void> {
  const sql = `
    INSERT INTO removed_streams (stream, entries)
    SELECT stream, count(*) FROM audit_entries WHERE position < ? GROUP BY stream
    ON CONFLICT (stream) DO UPDATE SET entries = removed_streams.entries + excluded.entries`;
  await dialectOf(queries).runPrepared(queries, sql, [to]);
}

/** How many entries each stream has lost, from a name on. Names are ordered by their code points. */
export async function selectRemovedStreams(
  queries: QueryRunner,
  after: string,
  limit: number,
): Promise<readonly RemovedStream[]> {
  const sql = 'SELECT stream, entries FROM removed_streams WHERE stream > ? ORDER BY stream LIMIT ?';
  const rows = (await dialectOf(queries).runPrepared(queries, sql, [after, limit])) as readonly RemovedStream[];
  return Array.from(rows, ({ stream, entries }) => ({ stream, entries }));
}

/** Removes the entries of some positions before one, from the first on. Returns how many; none when nothing is left. */
export async function deleteSome(queries: QueryRunner, to: number): Promise<number> {
  const dialect = dialectOf(queries);
  const [row] = (await dialect.runPrepared(queries, 'SELECT min(position) AS first FROM audit_entries')) as {
    readonly first: number | null;
  }[];
  const first = row?.first ?? to;
  if (first >= to) return 0;
  const end = Math.min(to, first + ROWS_PER_STATEMENT);
  const [counted] = (await dialect.runPrepared(
    queries,
    'SELECT count(*) AS count FROM audit_entries WHERE position < ?',
    [end],
  )) as { readonly count: number }[];
  await dialect.runPrepared(queries, 'DELETE FROM audit_entries WHERE position < ?', [end]);
  return counted?.count ?? 0;
}

/** The leaf hashes that were kept of removed entries, from a position on, ascending. */
export async function selectKeptLeaves(
  queries: QueryRunner,
  from: number,
  limit: number,
): Promise<readonly StoredLeaf[]> {
  const sql = 'SELECT position, leaf_hash FROM kept_leaves WHERE position >= ? ORDER BY position LIMIT ?';
  const rows = (await dialectOf(queries).runPrepared(queries, sql, [from, limit])) as {
    readonly position: number;
    readonly leaf_hash: string;
  }[];
  return Array.from(rows, (row) => ({ position: row.position, leafHash: row.leaf_hash }));
}

/** What is no list of hashes leads to no root: `verify` tells. */
function frontierOf(text: string): readonly string[] {
  try {
    const parsed = JSON.parse(text) as unknown;
    return Array.isArray(parsed) ? Array.from(parsed as readonly unknown[], String) : [];
  } catch {
    return [];
  }
}
