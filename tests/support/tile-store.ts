import { extendTiles, MerkleFrontier, type TileReader, type TileRoot } from '../../src/index.js';

/** What a store of hashes is asked: the level (0 for the leaves), from where, and how many. */
export type Reading = readonly [level: number, from: number, count: number];

/** Leaf hashes and the roots of full tiles, kept as a store would keep them. */
export class TileStore implements TileReader {
  frontier = MerkleFrontier.EMPTY;
  /** What was read, in order. */
  readonly readings: Reading[] = [];
  /** By level; level 0 holds the leaves. */
  readonly #levels: Buffer[][] = [[]];

  /** Appends leaves as one batch. */
  append(leaves: readonly Buffer[]): readonly TileRoot[] {
    const { frontier, tiles } = extendTiles(this.frontier, leaves);
    this.#levels[0]!.push(...leaves);
    for (const { level, index, hash } of tiles) (this.#levels[level] ??= [])[index] = hash;
    this.frontier = frontier;
    return tiles;
  }

  leaves(from: number, count: number): Promise<readonly Buffer[]> {
    return this.#read(0, from, count);
  }

  tiles(level: number, from: number, count: number): Promise<readonly Buffer[]> {
    return this.#read(level, from, count);
  }

  /** Loses the hashes of a level. */
  lose(level: number): void {
    this.#levels[level] = [];
  }

  #read(level: number, from: number, count: number): Promise<readonly Buffer[]> {
    this.readings.push([level, from, count]);
    return Promise.resolve((this.#levels[level] ?? []).slice(from, from + count));
  }
}

/**
 * The same for a log of so many equal entries, which takes no memory: every full subtree of a size has one hash.
 *
 * @returns the reader, what it was asked, and the root
 */
export function uniformLog(
  leaf: Buffer,
  size: number,
): { readonly reader: TileReader; readonly readings: readonly Reading[]; readonly root: Buffer } {
  const perfect = [leaf];
  while (2 ** perfect.length <= size) {
    const last = perfect.at(-1)!;
    perfect.push(MerkleFrontier.EMPTY.appendAll([last, last]).root());
  }
  // Joining two hashes is what a tree of two leaves does, if their hashes are given for those of the leaves.
  const hashes = MerkleFrontier.from(size, frontierOf(size, perfect));
  const readings: Reading[] = [];
  const read = (level: number, from: number, count: number): readonly Buffer[] => {
    readings.push([level, from, count]);
    const there = Math.floor(size / 32 ** level);
    return Array.from({ length: Math.max(0, Math.min(count, there - from)) }, () => perfect[5 * level]!);
  };
  return {
    reader: { leaves: (from, count) => read(0, from, count), tiles: read },
    readings,
    root: hashes.root(),
  };
}

function frontierOf(size: number, perfect: readonly Buffer[]): readonly string[] {
  return perfect
    .map((hash, height) => (Math.floor(size / 2 ** height) % 2 === 1 ? hash.toString('hex') : ''))
    .filter((hash) => hash !== '')
    .toReversed();
}
