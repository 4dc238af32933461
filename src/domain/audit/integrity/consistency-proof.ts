import { wholeNumber } from '../../shared/options.js';
import { EMPTY_ROOT, nodeHash } from './merkle-tree.js';
import { half, isDigest, isOdd, isProof, isSameDigest, isTreeSize } from './proof-checks.js';
import { leftSizeOf, type LeafRange, powerOfTwoUpTo, rangeHashes, type SubtreeHashes } from './subtree-hashes.js';

/** What {@link verifyConsistency} is given. */
export interface ConsistencyClaim {
  /** Leaves of the older tree. */
  readonly firstSize: number;
  readonly firstRoot: Uint8Array;
  /** Leaves of the newer tree. */
  readonly secondSize: number;
  readonly secondRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/**
 * The proof that a tree only grew: that the first leaves of the newer tree are those of the older one. RFC 9162 section
 * 2.1.4.1. It takes about log₂(size) look-ups for the path, and as many again for the ragged right edge of the tree.
 *
 * Nothing has to be proved where the older tree is empty or the two are one: the proof is an empty list.
 *
 * @param firstSize leaves of the older tree
 * @param secondSize leaves of the newer tree
 * @throws InvalidArgumentError when the older tree is the larger one
 * @example
 * const leaves = ['a', 'b', 'c'].map((text) => leafHash(text));
 * const path = await proveConsistency(subtreesOf(leaves), 2, 3);
 */
export async function proveConsistency(
  subtrees: SubtreeHashes,
  firstSize: number,
  secondSize: number,
): Promise<readonly Buffer[]> {
  wholeNumber(secondSize, 'size of the newer tree', 0);
  wholeNumber(firstSize, 'size of the older tree', 0, secondSize);
  return rangeHashes(subtrees, consistencyRanges(firstSize, secondSize));
}

/**
 * Whether a path proves that a tree only grew: RFC 9162 section 2.1.4.2. It needs nothing but what it is given, and never
 * throws: a claim that is malformed is not proved.
 *
 * The RFC speaks of older trees with leaves only. An empty one is consistent with every tree, if its root is that of an
 * empty tree and the path is empty.
 *
 * @example
 * const leaves = ['a', 'b', 'c'].map((text) => leafHash(text));
 * const rootOf = (size: number) => MerkleFrontier.EMPTY.appendAll(leaves.slice(0, size)).root();
 * const path = await proveConsistency(subtreesOf(leaves), 2, 3);
 * verifyConsistency({ firstSize: 2, firstRoot: rootOf(2), secondSize: 3, secondRoot: rootOf(3), path }); // true
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { firstSize, firstRoot, secondSize, secondRoot, path } = claim;
  if (!isTreeSize(firstSize) || !isTreeSize(secondSize) || firstSize > secondSize) return false;
  if (!isDigest(firstRoot) || !isDigest(secondRoot) || !isProof(path)) return false;
  if (secondSize === 0 && !isSameDigest(secondRoot, EMPTY_ROOT)) return false;
  if (firstSize === 0) return path.length === 0 && isSameDigest(firstRoot, EMPTY_ROOT);
  if (firstSize === secondSize) return path.length === 0 && isSameDigest(firstRoot, secondRoot);

  // Where the older tree is perfect, its root is where the way begins, and it is not repeated in the path.
  const [start, ...rest] = powerOfTwoUpTo(firstSize) === firstSize ? [firstRoot, ...path] : path;
  if (start === undefined) return false;
  // The places of the last node of the older tree and of the newer one, on their level. The RFC: fn and sn.
  let place = firstSize - 1;
  let last = secondSize - 1;
  while (isOdd(place)) {
    place = half(place);
    last = half(last);
  }
  let first = start;
  let second = start;
  for (const beside of rest) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      first = nodeHash(beside, first);
      second = nodeHash(beside, second);
      while (!isOdd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      second = nodeHash(second, beside);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && isSameDigest(first, firstRoot) && isSameDigest(second, secondRoot);
}

/** What the hashes of a proof stand for, in their order. */
function consistencyRanges(firstSize: number, secondSize: number): readonly LeafRange[] {
  if (firstSize === 0 || firstSize === secondSize) return [];
  const ranges: LeafRange[] = [];
  let from = 0;
  let older = firstSize;
  let newer = secondSize;
  while (older !== newer) {
    const left = leftSizeOf(newer);
    if (older <= left) {
      ranges.push({ from: from + left, size: newer - left });
      newer = left;
    } else {
      ranges.push({ from, size: left });
      from += left;
      older -= left;
      newer -= left;
    }
  }
  // The older tree's own right edge, unless that is the whole of it: its root is known to whoever asks.
  if (from > 0) ranges.push({ from, size: older });
  return ranges.toReversed();
}
