import { wholeNumber } from '../../shared/options.js';
import { nodeHash } from './merkle-tree.js';
import { half, isDigest, isOdd, isProof, isSameDigest, isTreeSize } from './proof-checks.js';
import { leftSizeOf, type LeafRange, rangeHashes, type SubtreeHashes } from './subtree-hashes.js';

/** What {@link verifyInclusion} is given. */
export interface InclusionClaim {
  /** The leaf's hash: `leafHash` of the entry's stored text. */
  readonly leafHash: Uint8Array;
  /** The leaf's place: the entry's position. */
  readonly index: number;
  /** Leaves of the tree. */
  readonly size: number;
  /** The hashes beside the way from the leaf to the root. */
  readonly path: readonly Uint8Array[];
  /** The root of the tree, from a seal and not from whom the path is from. */
  readonly root: Uint8Array;
}

/**
 * The proof that a leaf is in a tree: RFC 9162 section 2.1.3.1. It takes about log₂(size) look-ups for the path, and as
 * many again for the ragged right edge of the tree.
 *
 * @param index the leaf's place, from 0
 * @param size the leaves of the tree that it is proved to be in; there may be more by now
 * @returns the path, from the leaf to the root
 * @throws InvalidArgumentError when the index is none of such a tree
 * @example
 * const leaves = ['a', 'b', 'c'].map((text) => leafHash(text));
 * const path = await proveInclusion(subtreesOf(leaves), 2, 3);
 */
export async function proveInclusion(subtrees: SubtreeHashes, index: number, size: number): Promise<readonly Buffer[]> {
  wholeNumber(size, 'size of the tree', 1);
  wholeNumber(index, 'index of the leaf', 0, size - 1);
  return rangeHashes(subtrees, inclusionRanges(index, size));
}

/**
 * Whether a path proves that a leaf is in a tree: RFC 9162 section 2.1.3.2. It needs nothing but what it is given, and
 * never throws: a claim that is malformed is not proved.
 *
 * @example
 * const leaves = ['a', 'b', 'c'].map((text) => leafHash(text));
 * const path = await proveInclusion(subtreesOf(leaves), 1, 3);
 * const root = MerkleFrontier.EMPTY.appendAll(leaves).root();
 * verifyInclusion({ leafHash: leafHash('b'), index: 1, size: 3, path, root }); // true
 */
export function verifyInclusion({ leafHash, index, size, path, root }: InclusionClaim): boolean {
  if (!isTreeSize(index) || !isTreeSize(size) || index >= size) return false;
  if (!isDigest(leafHash) || !isDigest(root) || !isProof(path)) return false;
  let hash = leafHash;
  // The places of the node on the way and of the last node, on their level. The RFC calls them fn and sn.
  let place = index;
  let last = size - 1;
  for (const beside of path) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      hash = nodeHash(beside, hash);
      // The last node of a level without a right neighbour is lifted until it is a right child.
      while (!isOdd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, beside);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && isSameDigest(hash, root);
}

/** What the hashes of a path stand for, from the leaf to the root. */
function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  const ranges: LeafRange[] = [];
  let from = 0;
  let rest = size;
  while (rest > 1) {
    const left = leftSizeOf(rest);
    if (index < from + left) {
      ranges.push({ from: from + left, size: rest - left });
      rest = left;
    } else {
      ranges.push({ from, size: left });
      from += left;
      rest -= left;
    }
  }
  return ranges.toReversed();
}
