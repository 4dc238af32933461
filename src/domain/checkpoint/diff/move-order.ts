/** An item of a list that goes to another place. */
export interface Move {
  readonly from: number;
  readonly to: number;
}

/**
 * Moves of one list as they are made one after the other, each by the indexes that the list has then. The work grows by
 * n log² n with the moves.
 *
 * @param moves by the index in the list before and in the list after
 * @param removed indexes in the list before: these items are gone when the moves begin
 * @param added indexes in the list after: these are put there when the moves are done
 */
export function orderMoves(
  moves: readonly Move[],
  removed: readonly number[],
  added: readonly number[],
): readonly Move[] {
  if (moves.length === 0) return [];
  const [gone, come] = [ascending(removed), ascending(added)];
  const waiting = moves.toSorted((one, other) => one.from - other.from);
  // Those that still wait for their move, and those that are where they belong: of the latter, how many are before each.
  const isWaiting = new PrefixSums(waiting.length);
  const shifts = new PrefixSums(waiting.length);
  for (const at of waiting.keys()) isWaiting.add(at, 1);
  const settledBefore = (at: number): number =>
    (waiting[at] as Move).from - countBelow(gone, (waiting[at] as Move).from) - at + shifts.upTo(at + 1);

  const made: Move[] = [];
  const inOrderOfTarget = waiting
    .map(({ to }, at) => ({ at, to: to - countBelow(come, to) }))
    .toSorted((one, other) => one.to - other.to);
  for (const { at, to: settled } of inOrderOfTarget) {
    const from = settledBefore(at) + isWaiting.upTo(at);
    isWaiting.add(at, -1);
    // It is put right behind what belongs before it, and so before those that wait after that.
    const next = firstWhere(waiting.length, (index) => settledBefore(index) >= settled);
    const to = settled + isWaiting.upTo(next);
    shifts.add(next, 1);
    if (from !== to) made.push({ from, to });
  }
  return made;
}

/** Sums over the beginning of a list whose numbers change (a Fenwick tree). */
class PrefixSums {
  readonly #sums: Int32Array;

  constructor(length: number) {
    this.#sums = new Int32Array(length + 1);
  }

  add(index: number, amount: number): void {
    for (let at = index + 1; at < this.#sums.length; at += at & -at) this.#sums[at] = (this.#sums[at] ?? 0) + amount;
  }

  /** The sum of the first ones, as many as asked for. */
  upTo(count: number): number {
    let sum = 0;
    for (let at = count; at > 0; at -= at & -at) sum += this.#sums[at] ?? 0;
    return sum;
  }
}

function ascending(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((one, other) => one - other);
}

function countBelow(numbers: readonly number[], bound: number): number {
  return firstWhere(numbers.length, (index) => (numbers[index] as number) >= bound);
}

/** The first index for which something holds that holds for all after it. */
function firstWhere(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
