import {
  leafHash,
  MerkleFrontier,
  proveConsistency,
  proveInclusion,
  subtreesOfTiles,
  verifyConsistency,
  verifyInclusion,
} from '../../../../src/index.js';
import { tilesCompletedBy } from '../../../../src/domain/audit/integrity/tiles.js';
import { caughtWaymark } from '../../../support/caught.js';
import { TileStore, uniformLog } from '../../../support/tile-store.js';

const leavesOf = (count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, index) => leafHash(`entry ${index}`));

describe('the tiles of a log', () => {
  it('become full with their last leaf, and not before', () => {
    const leaves = leavesOf(65);
    const store = new TileStore();
    expect(store.append(leaves.slice(0, 31))).toStrictEqual([]);
    const [first] = store.append(leaves.slice(31, 32));
    expect(first).toStrictEqual({
      level: 1,
      index: 0,
      hash: MerkleFrontier.EMPTY.appendAll(leaves.slice(0, 32)).root(),
    });
    const [second, ...none] = store.append(leaves.slice(32));
    expect(second).toStrictEqual({
      level: 1,
      index: 1,
      hash: MerkleFrontier.EMPTY.appendAll(leaves.slice(32, 64)).root(),
    });
    expect(none).toStrictEqual([]);
  });

  it('make a tile of the next level when there are 32 of them', () => {
    const leaves = leavesOf(1_024);
    const store = new TileStore();
    const tiles = store.append(leaves);
    expect(tiles.length).toBe(33);
    expect(tiles.at(-1)).toStrictEqual({ level: 2, index: 0, hash: store.frontier.root() });
  });

  it('are known from the sizes alone', () => {
    expect(tilesCompletedBy(0, 31)).toStrictEqual([]);
    expect(tilesCompletedBy(31, 32)).toStrictEqual([{ level: 1, index: 0 }]);
    expect(tilesCompletedBy(32, 63)).toStrictEqual([]);
    expect(tilesCompletedBy(40, 128)).toStrictEqual([
      { level: 1, index: 1 },
      { level: 1, index: 2 },
      { level: 1, index: 3 },
    ]);
    expect(tilesCompletedBy(1_023, 1_024)).toStrictEqual([
      { level: 1, index: 31 },
      { level: 2, index: 0 },
    ]);
    const example = tilesCompletedBy(0, 70_000);
    expect([1, 2, 3, 4].map((level) => example.filter((tile) => tile.level === level).length)).toStrictEqual([
      2_187, 68, 2, 0,
    ]);
  });
});

describe('a proof over a million entries', () => {
  const leaf = leafHash('the same');

  it.each([
    [0, 1_000_000],
    [499_999, 1_000_000],
    [999_935, 1_000_000],
    [999_999, 1_000_000],
    [1_048_575, 1_048_576],
    [70_000, 16_777_217],
  ])('that %i is among %i reads eight tiles at most', async (index, size) => {
    const { reader, readings, root } = uniformLog(leaf, size);
    const path = await proveInclusion(subtreesOfTiles(reader), index, size);
    expect(verifyInclusion({ leafHash: leaf, index, size, path, root })).toBe(true);
    expect(readings.length).toBeLessThanOrEqual(8);
    expect(readings.every(([, from, count]) => from % 32 === 0 && count === 32)).toBe(true);
    expect(new Set(readings.map(String)).size).toBe(readings.length);
  });

  it.each([
    [1, 1_000_000],
    [999_999, 1_000_000],
    [524_288, 1_000_000],
    [523_777, 1_000_000],
  ])('that it grew from %i to %i reads eight tiles at most', async (firstSize, secondSize) => {
    const { reader, readings, root } = uniformLog(leaf, secondSize);
    const path = await proveConsistency(subtreesOfTiles(reader), firstSize, secondSize);
    const firstRoot = uniformLog(leaf, firstSize).root;
    expect(verifyConsistency({ firstSize, firstRoot, secondSize, secondRoot: root, path })).toBe(true);
    expect(readings.length).toBeLessThanOrEqual(8);
  });
});

describe('a store without the hashes that a proof needs', () => {
  it('is told which one is missing', async () => {
    const store = new TileStore();
    store.append(leavesOf(600));
    const error = await caughtWaymark(proveInclusion(subtreesOfTiles(store), 0, 601));
    expect(error.code).toBe('WAYMARK_STORE_CORRUPT');
    expect(error.details).toStrictEqual({ level: 0, index: 600 });
    store.lose(1);
    const lost = await caughtWaymark(proveInclusion(subtreesOfTiles(store), 599, 600));
    expect(lost.details).toStrictEqual({ level: 1, index: 0 });
  });

  it('is read again when it has grown', async () => {
    const store = new TileStore();
    const leaves = leavesOf(300);
    store.append(leaves.slice(0, 100));
    const subtrees = subtreesOfTiles(store);
    await proveInclusion(subtrees, 3, 100);
    store.append(leaves.slice(100));
    const path = await proveInclusion(subtrees, 3, 300);
    const root = store.frontier.root();
    expect(verifyInclusion({ leafHash: leaves[3]!, index: 3, size: 300, path, root })).toBe(true);
  });
});
