import fc from 'fast-check';
import {
  leafHash,
  MerkleFrontier,
  proveConsistency,
  proveInclusion,
  type SubtreeHashes,
  subtreesOf,
  subtreesOfTiles,
  verifyConsistency,
  verifyInclusion,
} from '../../src/index.js';
import { tilesCompletedBy } from '../../src/domain/audit/integrity/tiles.js';
import { naiveConsistencyPath, naiveInclusionPath } from '../support/naive-proofs.js';
import { TileStore } from '../support/tile-store.js';

const MOST = 1_100;
const texts = Array.from({ length: MOST }, (_, index) => `entry ${index}`);
const leaves = texts.map((text) => leafHash(text));
const rootOf = (size: number): Buffer => MerkleFrontier.EMPTY.appendAll(leaves.slice(0, size)).root();
const toHex = (hashes: readonly Buffer[]): readonly string[] => hashes.map((hash) => hash.toString('hex'));

const stored = new TileStore();
stored.append(leaves);

/** Both ways of getting at hashes. */
const sources: readonly (() => SubtreeHashes)[] = [() => subtreesOf(leaves), () => subtreesOfTiles(stored)];

/** Sizes on and beside every power of two: where trees change their shape. */
const boundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024].flatMap((power) => [power - 1, power, power + 1]);
const sizes = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(...boundaries.filter((size) => size > 0)));

/** A size, and a number below it. */
const placed = sizes.chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));

/** A size, and one that is not above it. */
const grown = sizes.chain((size) => fc.tuple(fc.integer({ min: 1, max: size }), fc.constant(size)));

describe('proofs of inclusion', () => {
  it('are those of RFC 9162 for every leaf of every small tree', async () => {
    for (let size = 1; size <= 33; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const path = await proveInclusion(subtreesOf(leaves), index, size);
        expect(toHex(path)).toStrictEqual(naiveInclusionPath(index, texts.slice(0, size)));
        expect(verifyInclusion({ leafHash: leaves[index]!, index, size, path, root: rootOf(size) })).toBe(true);
      }
    }
  });

  it('are those of RFC 9162, wherever the hashes come from', async () => {
    await fc.assert(
      fc.asyncProperty(placed, async ([index, size]) => {
        const naive = naiveInclusionPath(index, texts.slice(0, size));
        for (const source of sources) {
          expect(toHex(await proveInclusion(source(), index, size))).toStrictEqual(naive);
        }
      }),
    );
  });

  it('hold for their leaf, and for no other', async () => {
    await fc.assert(
      fc.asyncProperty(placed, fc.nat(MOST - 1), async ([index, size], other) => {
        const path = await proveInclusion(subtreesOfTiles(stored), index, size);
        const claim = { leafHash: leaves[index]!, index, size, path, root: rootOf(size) };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, index: other })).toBe(other === index);
        expect(verifyInclusion({ ...claim, leafHash: leaves[other]! })).toBe(other === index);
      }),
    );
  });
});

describe('proofs of consistency', () => {
  it('are those of RFC 9162 for all pairs of small trees', async () => {
    for (let second = 1; second <= 33; second += 1) {
      for (let first = 1; first <= second; first += 1) {
        const path = await proveConsistency(subtreesOf(leaves), first, second);
        expect(toHex(path)).toStrictEqual(naiveConsistencyPath(first, texts.slice(0, second)));
        const roots = { firstRoot: rootOf(first), secondRoot: rootOf(second) };
        expect(verifyConsistency({ firstSize: first, secondSize: second, path, ...roots })).toBe(true);
      }
    }
  });

  it('are those of RFC 9162, wherever the hashes come from', async () => {
    await fc.assert(
      fc.asyncProperty(grown, async ([first, second]) => {
        const naive = naiveConsistencyPath(first, texts.slice(0, second));
        for (const source of sources) {
          expect(toHex(await proveConsistency(source(), first, second))).toStrictEqual(naive);
        }
      }),
    );
  });

  it('hold for what grew, and not when one of the old leaves is another', async () => {
    await fc.assert(
      fc.asyncProperty(grown, fc.nat(), async ([first, second], at) => {
        const path = await proveConsistency(subtreesOfTiles(stored), first, second);
        const claim = { firstSize: first, firstRoot: rootOf(first), secondSize: second, secondRoot: rootOf(second) };
        expect(verifyConsistency({ ...claim, path })).toBe(true);
        const forged = leaves.slice(0, second).with(at % first, leafHash('forged'));
        const secondRoot = MerkleFrontier.EMPTY.appendAll(forged).root();
        expect(verifyConsistency({ ...claim, secondRoot, path })).toBe(false);
        const forgedPath = await proveConsistency(subtreesOf(forged), first, second);
        expect(verifyConsistency({ ...claim, secondRoot, path: forgedPath })).toBe(false);
      }),
    );
  });
});

describe('tiles', () => {
  it('are the same in whatever portions the leaves come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700), { maxLength: 6 }), (portions) => {
        const store = new TileStore();
        let size = 0;
        for (const portion of portions) {
          const next = Math.min(MOST, size + portion);
          const tiles = store
            .append(leaves.slice(size, next))
            .toSorted((one, other) => one.level - other.level || one.index - other.index);
          expect(tiles.map(({ level, index }) => ({ level, index }))).toStrictEqual(tilesCompletedBy(size, next));
          const roots = tiles.map(({ level, index }) => leaves.slice(32 ** level * index, 32 ** level * (index + 1)));
          expect(tiles.map(({ hash }) => hash)).toStrictEqual(
            roots.map((part) => MerkleFrontier.EMPTY.appendAll(part).root()),
          );
          size = next;
        }
      }),
    );
  });

  it('prove what is in a tree of several levels', async () => {
    const store = new TileStore();
    const many = Array.from({ length: 70_000 }, (_, index) => leafHash(String(index)));
    store.append(many);
    const root = store.frontier.root();
    const beforeOf = new Map<number, Buffer>();
    const rootBefore = (size: number): Buffer => {
      const known = beforeOf.get(size) ?? MerkleFrontier.EMPTY.appendAll(many.slice(0, size)).root();
      beforeOf.set(size, known);
      return known;
    };
    const marks = fc.constantFrom(1, 31, 32, 33, 1_023, 1_024, 1_025, 32_768, 65_536, 65_537, 69_888, 69_999);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.nat(69_999), marks), marks, async (index, first) => {
        const path = await proveInclusion(subtreesOfTiles(store), index, 70_000);
        expect(verifyInclusion({ leafHash: many[index]!, index, size: 70_000, path, root })).toBe(true);
        const growth = await proveConsistency(subtreesOfTiles(store), first, 70_000);
        const claim = { firstSize: first, firstRoot: rootBefore(first), secondSize: 70_000, secondRoot: root };
        expect(verifyConsistency({ ...claim, path: growth })).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
