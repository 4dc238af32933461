import { readFileSync } from 'node:fs';
import {
  leafHash,
  MerkleFrontier,
  proveConsistency,
  proveInclusion,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../../src/index.js';
import { naiveMerkleRoot } from '../../../../src/testing/naive-merkle.js';
import { naiveConsistencyPath, naiveInclusionPath } from '../../../support/naive-proofs.js';

interface Vectors {
  readonly leaves: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { readonly index: number; readonly size: number; readonly path: readonly string[] }[];
  readonly consistency: readonly {
    readonly firstSize: number;
    readonly secondSize: number;
    readonly path: readonly string[];
  }[];
}

const file = new URL('../../../fixtures/ct-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const data = vectors.leaves.map((leaf) => Buffer.from(leaf, 'hex'));
const leaves = data.map((leaf) => leafHash(leaf));
const rootOf = (size: number): Buffer => Buffer.from(vectors.roots[size]!, 'hex');
const toHex = (hashes: readonly Buffer[]): readonly string[] => hashes.map((hash) => hash.toString('hex'));
const toBytes = (hashes: readonly string[]): readonly Buffer[] => hashes.map((hash) => Buffer.from(hash, 'hex'));

describe('the published vectors of Certificate Transparency', () => {
  it('are written down as an implementation straight from the RFC has them', () => {
    expect(vectors.roots).toStrictEqual(vectors.roots.map((_, size) => naiveMerkleRoot(data.slice(0, size))));
    for (const { index, size, path } of vectors.inclusion) {
      expect(path).toStrictEqual(naiveInclusionPath(index, data.slice(0, size)));
    }
    for (const { firstSize, secondSize, path } of vectors.consistency) {
      expect(path).toStrictEqual(naiveConsistencyPath(firstSize, data.slice(0, secondSize)));
    }
  });

  it('have our roots', () => {
    const roots = vectors.roots.map((_, size) => MerkleFrontier.EMPTY.appendAll(leaves.slice(0, size)).root());
    expect(toHex(roots)).toStrictEqual(vectors.roots);
  });

  it.each(vectors.inclusion)('have our proof that leaf $index is among $size', async ({ index, size, path }) => {
    expect(toHex(await proveInclusion(subtreesOf(leaves), index, size))).toStrictEqual(path);
    const claim = { leafHash: leaves[index]!, index, size, path: toBytes(path), root: rootOf(size) };
    expect(verifyInclusion(claim)).toBe(true);
  });

  it.each(vectors.consistency)(
    'have our proof that $secondSize leaves grew from $firstSize',
    async ({ firstSize, secondSize, path }) => {
      expect(toHex(await proveConsistency(subtreesOf(leaves), firstSize, secondSize))).toStrictEqual(path);
      const claim = { firstSize, secondSize, path: toBytes(path) };
      const roots = { firstRoot: rootOf(firstSize), secondRoot: rootOf(secondSize) };
      expect(verifyConsistency({ ...claim, ...roots })).toBe(true);
    },
  );
});
