// Probes in the manner of transparency-dev/merkle: a proof that holds, changed in every way there is, must not hold.
import {
  type ConsistencyClaim,
  type InclusionClaim,
  leafHash,
  MerkleFrontier,
  nodeHash,
  proveConsistency,
  proveInclusion,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';

const SIZE = 40;
const EMPTY = MerkleFrontier.EMPTY.root();
const leaves = Array.from({ length: SIZE }, (_, index) => leafHash(`entry ${index}`));
const roots = Array.from({ length: SIZE + 1 }, (_, size) =>
  MerkleFrontier.EMPTY.appendAll(leaves.slice(0, size)).root(),
);
const subtrees = subtreesOf(leaves);

/** Every hash with one bit of one byte changed, for each byte. */
function bitFlips(hash: Uint8Array): readonly Buffer[] {
  return Array.from(hash, (byte, at) => Buffer.from(hash.with(at, byte ^ (1 << (at % 8)))));
}

/** Every path that is nearly the given one. */
function wrongPaths(path: readonly Uint8Array[], root: Uint8Array): readonly (readonly Uint8Array[])[] {
  return [
    ...path.map((_, at) => path.toSpliced(at, 1)),
    ...path.flatMap((hash, at) => bitFlips(hash).map((flipped) => path.with(at, flipped))),
    ...path.map((_, at) => path.with(at, EMPTY)),
    ...path.flatMap((hash, at) =>
      path[at + 1] === undefined ? [] : [path.with(at, path[at + 1]!).with(at + 1, hash)],
    ),
    ...path.map((hash, at) => path.with(at, hash.subarray(0, 31))),
    ...path.map((hash, at) => path.with(at, Buffer.concat([hash, Buffer.of(0)]))),
    [...path, root],
    [root, ...path],
    [...path, EMPTY],
    [...path, Buffer.alloc(0)],
    [Buffer.alloc(0), ...path],
    ...(path.length === 0 ? [] : [[...path, path.at(-1)!], [path[0]!, ...path], []]),
  ];
}

const NO_NUMBERS = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, undefined, 1n];

describe('a proof of inclusion', () => {
  const cases = [1, 2, 3, 5, 7, 8, 9, 16, 31, 40].flatMap((size) =>
    [...new Set([0, 1, Math.floor(size / 2), size - 2, size - 1])]
      .filter((index) => index >= 0 && index < size)
      .map((index) => [index, size] as const),
  );
  const claimOf = async (index: number, size: number): Promise<InclusionClaim> => ({
    leafHash: leaves[index]!,
    index,
    size,
    path: await proveInclusion(subtrees, index, size),
    root: roots[size]!,
  });

  it.each(cases)('of leaf %i of %i holds, and nothing that is nearly it', async (index, size) => {
    const claim = await claimOf(index, size);
    expect(verifyInclusion(claim)).toBe(true);
    const wrong: readonly Partial<InclusionClaim>[] = [
      ...leaves.filter((_, at) => at !== index).map((leaf) => ({ leafHash: leaf })),
      ...bitFlips(claim.leafHash).map((leaf) => ({ leafHash: leaf })),
      ...bitFlips(claim.root).map((root) => ({ root })),
      ...roots.filter((_, at) => at !== size).map((root) => ({ root })),
      ...leaves.flatMap((_, at) => (at === index ? [] : [{ index: at }])),
      { index: index ^ 2 },
      { index: index + size },
      { index: index + 2 ** 32 },
      { size: index },
      { size: 0 },
      { size: size * 2 + 2 },
      { size: size + 2 ** 32 },
      ...wrongPaths(claim.path, claim.root).map((path) => ({ path })),
    ];
    expect(wrong.filter((change) => verifyInclusion({ ...claim, ...change }))).toStrictEqual([]);
  });

  it('of another size of the tree leads to another root', async () => {
    for (let size = 2; size <= SIZE; size += 1) {
      const claim = await claimOf(1, size);
      const others = roots.flatMap((root, at) => (at === size || at < 2 ? [] : [{ ...claim, size: at, root }]));
      expect(others.filter(verifyInclusion)).toStrictEqual([]);
    }
  });

  it('is not what is malformed', async () => {
    const claim = await claimOf(3, 8);
    const wrong: readonly object[] = [
      ...NO_NUMBERS.flatMap((value) => [{ index: value }, { size: value }]),
      ...[undefined, null, 'ab'.repeat(32), [], {}, 5].flatMap((value) => [{ leafHash: value }, { root: value }]),
      ...[undefined, null, 'ab', {}, { length: 3 }, 5, [null], ['ab'.repeat(32)]].map((path) => ({ path })),
      { path: Array.from({ length: 200 }, () => EMPTY) },
    ];
    expect(wrong.filter((change) => verifyInclusion({ ...claim, ...change }))).toStrictEqual([]);
  });

  it('ends where its tree does, whatever root it would lead to', () => {
    const [leaf, beside] = [leaves[0]!, leaves[1]!];
    const roots = [nodeHash(beside, leaf), nodeHash(leaf, beside)];
    const claims = roots.map((root) => ({ leafHash: leaf, index: 0, size: 1, path: [beside], root }));
    expect(claims.filter(verifyInclusion)).toStrictEqual([]);
  });

  it('can be of a tree with more leaves than 32 bits count', () => {
    const place = 2 ** 40;
    const path = Array.from({ length: 41 }, (_, at) => leafHash(`beside ${at}`));
    // The last leaf of 2^40 + 1 hangs beside everything before it.
    const root = MerkleFrontier.EMPTY.appendAll([path[0]!, leaves[0]!]).root();
    const claim = { leafHash: leaves[0]!, index: place, size: place + 1, path: path.slice(0, 1), root };
    expect(verifyInclusion(claim)).toBe(true);
    expect(verifyInclusion({ ...claim, index: place - 1 })).toBe(false);
    expect(verifyInclusion({ ...claim, index: 0 })).toBe(false);
    expect(verifyInclusion({ ...claim, index: 1, size: 2 })).toBe(true);
  });

  it('is not made for a leaf that there is not', async () => {
    expect(await codeOf(proveInclusion(subtrees, 8, 8))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(proveInclusion(subtrees, -1, 8))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(proveInclusion(subtrees, 0, 0))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(proveInclusion(subtrees, 0.5, 8))).toBe('WAYMARK_INVALID_ARGUMENT');
    await expect(proveInclusion(subtrees, 0, SIZE + 1)).rejects.toThrow('There are 40 leaves');
  });
});

describe('a proof of consistency', () => {
  const cases = [
    [1, 2],
    [1, 8],
    [2, 3],
    [2, 5],
    [3, 7],
    [4, 7],
    [4, 8],
    [6, 8],
    [7, 8],
    [8, 9],
    [15, 16],
    [16, 31],
    [17, 40],
    [32, 40],
    [39, 40],
  ] as const;
  const claimOf = async (firstSize: number, secondSize: number): Promise<ConsistencyClaim> => ({
    firstSize,
    firstRoot: roots[firstSize]!,
    secondSize,
    secondRoot: roots[secondSize]!,
    path: await proveConsistency(subtrees, firstSize, secondSize),
  });

  it.each(cases)('from %i to %i holds, and nothing that is nearly it', async (firstSize, secondSize) => {
    const claim = await claimOf(firstSize, secondSize);
    expect(verifyConsistency(claim)).toBe(true);
    const wrong: readonly Partial<ConsistencyClaim>[] = [
      ...bitFlips(claim.firstRoot).map((root) => ({ firstRoot: root })),
      ...bitFlips(claim.secondRoot).map((root) => ({ secondRoot: root })),
      { firstRoot: claim.secondRoot, secondRoot: claim.firstRoot },
      { firstRoot: claim.secondRoot },
      { secondRoot: claim.firstRoot },
      ...roots.flatMap((_, size) => (size === firstSize ? [] : [{ firstSize: size }])),
      { firstSize: firstSize ^ 2 },
      { firstSize: firstSize + 2 ** 32, secondSize: secondSize + 2 ** 32 },
      { secondSize: firstSize },
      { secondSize: 0 },
      { secondSize: secondSize * 2 + 2 },
      { firstSize: secondSize, secondSize: firstSize },
      ...wrongPaths(claim.path, claim.secondRoot).map((path) => ({ path })),
      ...wrongPaths(claim.path, claim.firstRoot).map((path) => ({ path })),
    ];
    expect(wrong.filter((change) => verifyConsistency({ ...claim, ...change }))).toStrictEqual([]);
  });

  it('is empty where there is nothing to prove, and must be', async () => {
    for (const size of [0, 1, 7, 8]) {
      const same = await claimOf(size, size);
      expect([same.path, verifyConsistency(same)]).toStrictEqual([[], true]);
      expect(verifyConsistency({ ...same, path: [EMPTY] })).toBe(false);
      expect(verifyConsistency({ ...same, firstRoot: leafHash('x') })).toBe(false);
      expect(verifyConsistency({ ...same, secondRoot: leafHash('x') })).toBe(false);
      const fromNothing = await claimOf(0, size);
      expect([fromNothing.path, verifyConsistency(fromNothing)]).toStrictEqual([[], true]);
      expect(verifyConsistency({ ...fromNothing, path: [EMPTY] })).toBe(false);
    }
    const invented = { firstSize: 0, firstRoot: EMPTY, secondSize: 0, secondRoot: leafHash('x'), path: [] };
    expect(verifyConsistency(invented)).toBe(false);
    expect(verifyConsistency({ ...invented, firstRoot: leafHash('x') })).toBe(false);
  });

  it('is not empty where there is something to prove', () => {
    for (const [firstSize, secondSize] of cases) {
      const claim = { firstSize, firstRoot: roots[firstSize]!, secondSize, secondRoot: roots[secondSize]!, path: [] };
      expect(verifyConsistency(claim)).toBe(false);
      expect(verifyConsistency({ ...claim, secondRoot: claim.firstRoot })).toBe(false);
    }
  });

  it('is not what is malformed', async () => {
    const claim = await claimOf(3, 7);
    const wrong: readonly object[] = [
      ...NO_NUMBERS.flatMap((value) => [{ firstSize: value }, { secondSize: value }]),
      ...[undefined, null, 'ab'.repeat(32), [], 5].flatMap((value) => [{ firstRoot: value }, { secondRoot: value }]),
      ...[undefined, null, 'ab', {}, 5, [null], ['ab'.repeat(32)]].map((path) => ({ path })),
      { path: Array.from({ length: 200 }, () => EMPTY) },
    ];
    expect(wrong.filter((change) => verifyConsistency({ ...claim, ...change }))).toStrictEqual([]);
  });

  it('is not made for a tree that shrank', async () => {
    expect(await codeOf(proveConsistency(subtrees, 9, 8))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(proveConsistency(subtrees, -1, 8))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(proveConsistency(subtrees, 1, Number.NaN))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
