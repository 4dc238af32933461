import type { HashSource, StoredTile } from '../../../domain/audit/integrity/stored-hashes.js';
import { TILE_WIDTH, type TileRoot } from '../../../domain/audit/integrity/tiles.js';

/** A tile that is not what the entries make it. */
export interface WrongTile {
  readonly level: number;
  readonly index: number;
  /** The entries under it. */
  readonly from: number;
  readonly to: number;
  /** Whether it is not there at all. */
  readonly isMissing: boolean;
}

const BATCH = 1_000;

/** Compares the tiles that a store keeps with those that the entries make, as these come about. */
export class TileCheck {
  readonly #source: HashSource;
  readonly #pending = new Map<number, TileRoot[]>();
  /** The wrong tile that says most about where: the one that begins first, and of those the smallest. */
  wrong: WrongTile | undefined;

  constructor(source: HashSource) {
    this.#source = source;
  }

  /** Takes tiles in the order in which they became full. */
  async take(tiles: readonly TileRoot[]): Promise<void> {
    for (const tile of tiles) {
      const row = this.#pending.get(tile.level) ?? [];
      this.#pending.set(tile.level, row);
      row.push(tile);
      if (row.length >= BATCH) await this.#compare(tile.level);
    }
  }

  /** Compares what is left, and looks for tiles that are too many. */
  async finish(size: number): Promise<void> {
    for (const level of this.#pending.keys()) await this.#compare(level);
    for (let level = 1; ; level += 1) {
      const count = Math.floor(size / TILE_WIDTH ** level);
      const [surplus] = await this.#source.readTiles(level, count, 1);
      if (surplus !== undefined) this.#note(level, surplus.index, false);
      if (count === 0) return;
    }
  }

  async #compare(level: number): Promise<void> {
    const tiles = this.#pending.get(level) ?? [];
    this.#pending.set(level, []);
    const [first] = tiles;
    if (first === undefined) return;
    const stored = await this.#source.readTiles(level, first.index, tiles.length);
    const hashes = new Map<number, StoredTile['hash']>(stored.map(({ index, hash }) => [index, hash]));
    for (const { index, hash } of tiles) {
      if (hashes.get(index) !== hash.toString('hex')) this.#note(level, index, !hashes.has(index));
    }
  }

  #note(level: number, index: number, isMissing: boolean): void {
    const width = TILE_WIDTH ** level;
    const from = index * width;
    const { wrong } = this;
    if (wrong !== undefined && (wrong.from < from || (wrong.from === from && wrong.level < level))) return;
    this.wrong = { level, index, from, to: from + width - 1, isMissing };
  }
}
