import { MerkleFrontier, nodeHash } from './merkle-tree.js';

/** Where a proof gets its hashes from: the roots of perfect subtrees, however they are kept. */
export interface SubtreeHashes {
  /**
   * The root over the leaves `from` to `from + size - 1`.
   *
   * @param size a power of two
   * @param from a multiple of `size`
   */
  hashOf(from: number, size: number): Buffer | Promise<Buffer>;
}

/** Leaves that follow each other: what one hash of a proof stands for. */
export interface LeafRange {
  readonly from: number;
  readonly size: number;
}

/**
 * The subtrees of a list of leaf hashes, for small trees and for tests.
 *
 * @example
 * const leaves = ['a', 'b', 'c'].map((text) => leafHash(text));
 * const path = await proveInclusion(subtreesOf(leaves), 1, 3);
 */
export function subtreesOf(leaves: readonly Buffer[]): SubtreeHashes {
  return {
    hashOf: (from, size) => {
      if (from + size > leaves.length) {
        throw new RangeError(`There are ${leaves.length} leaves, and not ${from + size}.`);
      }
      return MerkleFrontier.EMPTY.appendAll(leaves.slice(from, from + size)).root();
    },
  };
}

/**
 * The root over leaves that follow each other, as RFC 9162 section 2.1.1 defines it for them alone. A range that a proof
 * has need of divides into perfect subtrees, one for each bit that is set in its size.
 *
 * @param range of one leaf or more, from a multiple of the largest power of two that is not above its size
 */
export async function rangeHash(subtrees: SubtreeHashes, { from, size }: LeafRange): Promise<Buffer> {
  const hashes: Buffer[] = [];
  let start = from;
  for (let rest = size; rest > 0;) {
    const width = powerOfTwoUpTo(rest);
    // One after the other: a store that keeps what it read for the last look-up has it for the next.
    hashes.push(await subtrees.hashOf(start, width));
    start += width;
    rest -= width;
  }
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The hashes of several ranges, in their order. */
export async function rangeHashes(subtrees: SubtreeHashes, ranges: readonly LeafRange[]): Promise<readonly Buffer[]> {
  const hashes: Buffer[] = [];
  for (const range of ranges) hashes.push(await rangeHash(subtrees, range));
  return hashes;
}

/** How many leaves hang in the left subtree of a tree: the largest power of two below its size (RFC 9162's k). */
export function leftSizeOf(size: number): number {
  return powerOfTwoUpTo(size - 1);
}

/** The largest power of two that is not above a number from 1. Exact up to 2^53, where 32-bit operators are not. */
export function powerOfTwoUpTo(value: number): number {
  let power = 1;
  while (power * 2 <= value) power *= 2;
  return power;
}
