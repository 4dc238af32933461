import { WaymarkError } from '../../shared/errors.js';
import { MerkleFrontier } from './merkle-tree.js';
import type { SubtreeHashes } from './subtree-hashes.js';

/**
 * How many hashes a full tile has. A tile of level 0 is a row of 32 leaf hashes; one of level 1 is a row of the roots of
 * 32 such tiles, and so on. C2SP's tlog-tiles has 256, which suits files that are fetched whole; a database reads a few
 * rows as easily as many, and a proof has to hash the half of every tile that it reads.
 */
export const TILE_WIDTH = 32;

/** Levels of a Merkle tree in one tile: log₂ of {@link TILE_WIDTH}. */
const TILE_HEIGHT = 5;

/** A subtree of `32 ** level` leaves, which begins at leaf `index * 32 ** level`. */
export interface TilePlace {
  /** From 1: the leaves themselves are level 0, and they are kept with their entries. */
  readonly level: number;
  /** Which one of its level, from 0. */
  readonly index: number;
}

/**
 * The root of a tile that is full. It never changes again, so it is worth keeping: with these beside the leaf hashes, a
 * proof over a million entries reads a few rows instead of the log. They make up one hash for 31 entries.
 */
export interface TileRoot extends TilePlace {
  readonly hash: Buffer;
}

/** What a store has to be able to read for {@link subtreesOfTiles}. Both may give fewer hashes where there are no more. */
export interface TileReader {
  /** The leaf hashes of so many entries from a position on, in order. */
  leaves(from: number, count: number): readonly Buffer[] | Promise<readonly Buffer[]>;
  /** The roots of so many full tiles of a level from an index on, in order. */
  tiles(level: number, from: number, count: number): readonly Buffer[] | Promise<readonly Buffer[]>;
}

/** A proof needs a hash that the store does not have. */
export class MissingHashError extends WaymarkError {
  /** Which one; of level 0 it is a leaf. */
  readonly place: TilePlace;

  constructor({ level, index }: TilePlace) {
    const what = level === 0 ? `leaf ${index}` : `tile ${index} of level ${level}`;
    super('WAYMARK_STORE_CORRUPT', `The hash of ${what} is missing from the store, so nothing can be proved with it.`, {
      hint: 'Run waymark verify to learn how far the log is intact.',
      details: { level, index },
    });
    this.place = { level, index };
  }
}

/**
 * Extends a tree, and gives the roots of the tiles that became full. They come about while the frontier is extended, so
 * that no leaf is read or hashed again.
 *
 * @returns the tiles in the order in which they became full
 * @example
 * const leaves = Array.from({ length: 32 }, (_, index) => leafHash(`entry ${index}`));
 * const { frontier, tiles } = extendTiles(MerkleFrontier.EMPTY, leaves);
 * tiles[0]?.hash.equals(frontier.root()); // true
 */
export function extendTiles(
  frontier: MerkleFrontier,
  leaves: Iterable<Buffer>,
): { readonly frontier: MerkleFrontier; readonly tiles: readonly TileRoot[] } {
  const tiles: TileRoot[] = [];
  const extended = frontier.appendAll(leaves, (hash, height, lastLeaf) => {
    if (height % TILE_HEIGHT !== 0) return;
    tiles.push({ level: height / TILE_HEIGHT, index: Math.floor(lastLeaf / 2 ** height), hash });
  });
  return { frontier: extended, tiles };
}

/**
 * The tiles that are full in a tree of `newSize` leaves and were not in one of `oldSize`, lower levels first: what a
 * store must have kept. From 0 on, it is all that it must have.
 */
export function tilesCompletedBy(oldSize: number, newSize: number): readonly TilePlace[] {
  const places: TilePlace[] = [];
  for (let level = 1; TILE_WIDTH ** level <= newSize; level += 1) {
    const end = Math.floor(newSize / TILE_WIDTH ** level);
    for (let index = Math.floor(oldSize / TILE_WIDTH ** level); index < end; index += 1) places.push({ level, index });
  }
  return places;
}

/**
 * The subtrees of a log whose store keeps the roots of full tiles. A look-up reads at most one tile, and each is read
 * once: make one of these for each proof.
 *
 * It believes what it reads. The root that a proof has to lead to is the head's or a seal's, never one of these.
 */
export function subtreesOfTiles(reader: TileReader): SubtreeHashes {
  const known = new Map<string, readonly Buffer[]>();

  /** A tile, or as much of it as there is, but no less than `width` hashes. */
  const tileAt = async (level: number, tile: number, width: number): Promise<readonly Buffer[]> => {
    const key = `${level}/${tile}`;
    const found = known.get(key);
    if (found !== undefined && found.length >= width) return found;
    const from = tile * TILE_WIDTH;
    const read = await (level === 0 ? reader.leaves(from, TILE_WIDTH) : reader.tiles(level, from, TILE_WIDTH));
    if (read.length < width) throw new MissingHashError({ level, index: from + read.length });
    known.set(key, read);
    return read;
  };

  return {
    hashOf: async (from, size) => {
      const height = Math.log2(size);
      const level = Math.floor(height / TILE_HEIGHT);
      const width = 2 ** (height % TILE_HEIGHT);
      const first = from / TILE_WIDTH ** level;
      const offset = first % TILE_WIDTH;
      const tile = await tileAt(level, Math.floor(first / TILE_WIDTH), offset + width);
      return MerkleFrontier.EMPTY.appendAll(tile.slice(offset, offset + width)).root();
    },
  };
}
