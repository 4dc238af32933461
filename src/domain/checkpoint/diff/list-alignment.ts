/** An index in the list before, and the one in the list after that belongs to it. */
export type IndexPair = readonly [before: number, after: number];

/** Which items of a list are found again in another. */
export interface ListAlignment {
  /** Those that kept their order among each other; ascending on both sides. */
  readonly kept: readonly IndexPair[];
  /** Those that are found elsewhere, in the order of the list after. */
  readonly moved: readonly IndexPair[];
}

/** Where the search for the longest common way ends: about a tenth of a second. */
const MAX_STEPS = 4_000_000;
/** How many edits it may take: its memory grows with the square. */
const MAX_EDITS = 1_000;

/**
 * Finds the items of one list in another, given what tells them apart. As few as possible move, where the items are
 * unique or the edits few; long lists with many equal items and many edits get an answer that is good rather than best,
 * so that the cost stays near to linear.
 *
 * @param before what each item is told by
 * @param after the same for the other list
 */
export function alignLists(before: readonly number[], after: readonly number[]): ListAlignment {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;

  const kept: IndexPair[] = [];
  for (let index = 0; index < start; index += 1) kept.push([index, index]);
  const middle = alignMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end));
  for (const [one, other] of middle.kept) kept.push([one + start, other + start]);
  for (let index = end; index > 0; index -= 1) kept.push([before.length - index, after.length - index]);
  return { kept, moved: middle.moved.map(([one, other]) => [one + start, other + start]) };
}

function alignMiddle(before: readonly number[], after: readonly number[]): ListAlignment {
  const pairs = pairEqual(before, after);
  const kept = pairs.areUnique
    ? longestAscending(pairs.found)
    : (longestCommon(before, after) ?? longestAscending(pairs.found));
  const [keptBefore, keptAfter] = [new Set(kept.map(([one]) => one)), new Set(kept.map(([, other]) => other))];
  const left = pairEqual(before, after, keptBefore, keptAfter).found;
  return { kept, moved: left.toSorted(([, one], [, other]) => one - other) };
}

/** Pairs the first item of a sort with the first of that sort in the other list, the second with the second, and so on. */
function pairEqual(
  before: readonly number[],
  after: readonly number[],
  skipBefore?: ReadonlySet<number>,
  skipAfter?: ReadonlySet<number>,
): { readonly found: readonly IndexPair[]; readonly areUnique: boolean } {
  const places = new Map<number, number[]>();
  for (const [index, item] of after.entries()) {
    if (skipAfter?.has(index) === true) continue;
    const known = places.get(item);
    if (known === undefined) places.set(item, [index]);
    else known.push(index);
  }
  const used = new Map<number, number>();
  const found: IndexPair[] = [];
  let areUnique = true;
  for (const [index, item] of before.entries()) {
    const there = skipBefore?.has(index) === true ? undefined : places.get(item);
    if (there === undefined) continue;
    const count = used.get(item) ?? 0;
    used.set(item, count + 1);
    if (there.length > 1 || count > 0) areUnique = false;
    const place = there[count];
    if (place !== undefined) found.push([index, place]);
  }
  return { found, areUnique };
}

/**
 * The longest part of pairs that ascends on both sides (patience sorting). The pairs ascend by their first side already.
 */
function longestAscending(pairs: readonly IndexPair[]): readonly IndexPair[] {
  const tops: number[] = [];
  const previous = new Int32Array(pairs.length);
  const placeOf = (at: number | undefined): number => (at === undefined ? -1 : (pairs[at]?.[1] ?? -1));
  for (const [at, [, place]] of pairs.entries()) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placeOf(tops[middle]) < place) low = middle + 1;
      else high = middle;
    }
    previous[at] = tops[low - 1] ?? -1;
    tops[low] = at;
  }
  const longest: IndexPair[] = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = previous[at] ?? -1) longest.push(pairs[at] as IndexPair);
  return longest.reverse();
}

/**
 * The longest common subsequence by the fewest edits (E. W. Myers, "An O(ND) difference algorithm and its variations",
 * 1986). `undefined` when it would cost too much.
 */
function longestCommon(before: readonly number[], after: readonly number[]): readonly IndexPair[] | undefined {
  const [rows, columns] = [before.length, after.length];
  const most = Math.min(rows + columns, MAX_EDITS);
  /** How far each diagonal got, by the number of edits. */
  const reached: Int32Array[] = [];
  let steps = 0;
  for (let edits = 0; edits <= most; edits += 1) {
    const last = reached.at(-1);
    const now = new Int32Array(2 * edits + 1);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let row = edits === 0 ? 0 : startOf(last, edits, diagonal);
      while (row < rows && row - diagonal < columns && before[row] === after[row - diagonal]) {
        row += 1;
        steps += 1;
      }
      now[diagonal + edits] = row;
      if (row >= rows && row - diagonal >= columns) return wayBack(reached, edits, diagonal, row);
    }
    reached.push(now);
    steps += edits;
    if (steps > MAX_STEPS) return undefined;
  }
  return undefined;
}

/** Where a diagonal goes on from: the neighbour that got further, before the run of equal items. */
function startOf(last: Int32Array | undefined, edits: number, diagonal: number): number {
  const below = furthest(last, edits, diagonal + 1);
  const above = furthest(last, edits, diagonal - 1);
  return isFromBelow(edits, diagonal, below, above) ? below : above + 1;
}

function isFromBelow(edits: number, diagonal: number, below: number, above: number): boolean {
  return diagonal === -edits || (diagonal !== edits && above < below);
}

function furthest(last: Int32Array | undefined, edits: number, diagonal: number): number {
  return last?.[diagonal + edits - 1] ?? -1;
}

function wayBack(
  reached: readonly Int32Array[],
  allEdits: number,
  lastDiagonal: number,
  lastRow: number,
): readonly IndexPair[] {
  const way: IndexPair[] = [];
  let [diagonal, row] = [lastDiagonal, lastRow];
  for (let edits = allEdits; edits >= 0; edits -= 1) {
    const last = reached[edits - 1];
    const start = edits === 0 ? 0 : startOf(last, edits, diagonal);
    for (row -= 1; row >= start; row -= 1) way.push([row, row - diagonal]);
    if (edits === 0) break;
    const below = furthest(last, edits, diagonal + 1);
    const above = furthest(last, edits, diagonal - 1);
    [diagonal, row] = isFromBelow(edits, diagonal, below, above) ? [diagonal + 1, below] : [diagonal - 1, above];
  }
  return way.reverse();
}
