import type { QueryRunner } from 'typeorm';
import { type StoredLeaf, type StoredTile, toStoredTile } from '../../../../domain/audit/integrity/stored-hashes.js';
import type { TileRoot } from '../../../../domain/audit/integrity/tiles.js';
import type { GatheredRows, InsertRow, StatementsAtOnce } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import { selectKeptLeaves } from './seams.sql.js';

const TILES = { table: 'audit_tiles', columns: { level: 'integer', idx: 'integer', hash: 'text' } } as const;

/** Keeps tiles. One that is there stays as it is: whether it is right is what `verify` finds out. */
export async function insertTiles(queries: QueryRunner, tiles: readonly TileRoot[]): Promise<void> {
  if (tiles.length === 0) return;
  await dialectOf(queries).insertMissing(queries, TILES, tiles.map(toRow));
}

/** {@link insertTiles}, without waiting. */
export function insertTilesAtOnce(queries: QueryRunner, atOnce: StatementsAtOnce, tiles: readonly TileRoot[]): void {
  if (tiles.length > 0) atOnce.insertMissing(queries, TILES, tiles.map(toRow));
}

const INSERTED: GatheredRows = {
  name: TILES.table,
  columns: TILES.columns,
  write: (given) =>
    `INSERT INTO audit_tiles (level, idx, hash) SELECT level, idx, hash FROM ${given} ON CONFLICT DO NOTHING`,
  mayBeThere: true,
};

/** {@link insertTiles}, together with others. */
export function gatherTiles(scope: TypeOrmScope, tiles: readonly TileRoot[]): void {
  for (const tile of tiles) scope.gather(INSERTED, `${tile.level}/${tile.index}`, toRow(tile));
}

function toRow(tile: TileRoot): InsertRow {
  const { level, index, hash } = toStoredTile(tile);
  return [level, index, hash];
}

/** The tiles of a level from an index on, ascending. */
export async function selectTiles(
  queries: QueryRunner,
  level: number,
  from: number,
  limit: number,
): Promise<readonly StoredTile[]> {
  const sql = 'SELECT idx, hash FROM audit_tiles WHERE level = ? AND idx >= ? ORDER BY idx LIMIT ?';
  const rows = await dialectOf(queries).selectArrays(queries, sql, [level, from, limit]);
  return Array.from(rows, ([index, hash]) => ({ level, index: index as number, hash: hash as string }));
}

/** The leaf hashes of entries from a position on, ascending. */
export async function selectLeaves(queries: QueryRunner, from: number, limit: number): Promise<readonly StoredLeaf[]> {
  const sql = 'SELECT position, leaf_hash FROM audit_entries WHERE position >= ? ORDER BY position LIMIT ?';
  const rows = await dialectOf(queries).selectArrays(queries, sql, [from, limit]);
  const leaves = Array.from(rows, ([position, leafHash]) => ({
    position: position as number,
    leafHash: leafHash as string,
  }));
  if (leaves[0]?.position === from) return leaves;
  // Retention keeps those of removed entries that share a tile with one that is there.
  return [...(await selectKeptLeaves(queries, from, limit)), ...leaves].slice(0, limit);
}
