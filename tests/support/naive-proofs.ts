import { naiveMerkleRoot } from '../../src/testing/naive-merkle.js';

type Leaf = string | Uint8Array;

/** PATH(m, D_n), word by word from RFC 9162 section 2.1.3.1: slow, and independent of what it is compared with. */
export function naiveInclusionPath(index: number, leaves: readonly Leaf[]): readonly string[] {
  if (leaves.length <= 1) return [];
  const k = largestPowerOfTwoBelow(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return index < k
    ? [...naiveInclusionPath(index, left), naiveMerkleRoot(right)]
    : [...naiveInclusionPath(index - k, right), naiveMerkleRoot(left)];
}

/** PROOF(m, D_n), word by word from RFC 9162 section 2.1.4.1. */
export function naiveConsistencyPath(firstSize: number, leaves: readonly Leaf[]): readonly string[] {
  return subproof(firstSize, leaves, true);
}

function subproof(m: number, leaves: readonly Leaf[], isComplete: boolean): readonly string[] {
  if (m === leaves.length) return isComplete ? [] : [naiveMerkleRoot(leaves)];
  const k = largestPowerOfTwoBelow(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m <= k
    ? [...subproof(m, left, isComplete), naiveMerkleRoot(right)]
    : [...subproof(m - k, right, false), naiveMerkleRoot(left)];
}

function largestPowerOfTwoBelow(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
