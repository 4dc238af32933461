import type { Hash } from '../../shared/hash.js';
import type { SubtreeHashes } from './subtree-hashes.js';
import { subtreesOfTiles, type TileReader, type TileRoot } from './tiles.js';

/** A leaf hash as a store keeps it beside its entry. */
export interface StoredLeaf {
  readonly position: number;
  readonly leafHash: Hash;
}

/** The root of a full tile as a store keeps it. */
export interface StoredTile {
  readonly level: number;
  readonly index: number;
  readonly hash: Hash;
}

/** Where the hashes of a log are read, for proofs. */
export interface HashSource {
  /** The leaf hashes of entries from a position on, ascending, as they are stored, at most `limit`. */
  readLeaves(from: number, limit: number): Promise<readonly StoredLeaf[]>;

  /**
   * The tiles of a level from an index on, ascending, as they are stored, at most `limit`. Nothing is checked here: a
   * proof leads to a root that is known, or it is none.
   */
  readTiles(level: number, from: number, limit: number): Promise<readonly StoredTile[]>;
}

/** A tile as it is stored. */
export function toStoredTile({ level, index, hash }: TileRoot): StoredTile {
  return { level, index, hash: hash.toString('hex') };
}

/**
 * The subtrees of a log, from the hashes that its store keeps. What was read is kept: make one for each proof.
 *
 * @example
 * const path = await proveInclusion(subtreesOfLog(auditLog), 3, 5);
 */
export function subtreesOfLog(source: HashSource): SubtreeHashes {
  const reader: TileReader = {
    leaves: async (from, count) => {
      const leaves = await source.readLeaves(from, count);
      return unbroken(leaves, from, ({ position, leafHash }) => [position, leafHash]);
    },
    tiles: async (level, from, count) => {
      const tiles = await source.readTiles(level, from, count);
      return unbroken(tiles, from, ({ index, hash }) => [index, hash]);
    },
  };
  return subtreesOfTiles(reader);
}

/** The hashes up to the first that is missing or is none. */
function unbroken<Row>(rows: readonly Row[], from: number, read: (row: Row) => readonly [number, Hash]): Buffer[] {
  const hashes: Buffer[] = [];
  for (const row of rows) {
    const [place, hash] = read(row);
    const bytes = Buffer.from(String(hash), 'hex');
    if (place !== from + hashes.length || bytes.length !== 32) break;
    hashes.push(bytes);
  }
  return hashes;
}
