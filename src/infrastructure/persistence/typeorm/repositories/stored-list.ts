/** A list as it is stored: whole, or as what turns another list into it. */
export type StoredList<Item> = { readonly whole: readonly Item[] } | ListChange<Item>;

/**
 * Items that are gone, by their keys, and items that are new: in the place of the one with their key, or else at the
 * end.
 */
interface ListChange<Item> {
  readonly drop?: readonly string[];
  readonly put?: readonly Item[];
}

/**
 * How to store a list that mostly equals another: as the change, unless there is no other, or the list itself is no
 * longer than that.
 *
 * @param keyOf tells items apart; a list in which two have the same key is stored whole
 */
export function changedList<Item>(
  before: readonly Item[] | undefined,
  list: readonly Item[],
  keyOf: (item: Item) => string,
): StoredList<Item> {
  if (before === undefined) return { whole: list };
  const old = byKey(before, keyOf);
  const keys = new Set(list.map(keyOf));
  const drop = [...old.keys()].filter((key) => !keys.has(key));
  const put = list.filter((item) => !isEqual(old.get(keyOf(item)), item));
  if (drop.length + put.length >= list.length && list.length > 0) return { whole: list };
  const change = { ...(drop.length === 0 ? {} : { drop }), ...(put.length === 0 ? {} : { put }) };
  // An item that moved, or is there twice, is no change of this kind.
  apply(old, change, keyOf);
  const made = [...old.keys()];
  const isTold = made.length === list.length && list.every((item, index) => keyOf(item) === made[index]);
  return isTold ? change : { whole: list };
}

/** A list from a whole one and the changes that follow it, in their order. */
export function listOf<Item>(parts: readonly StoredList<Item>[], keyOf: (item: Item) => string): readonly Item[] {
  const [first, ...changes] = parts;
  if (first === undefined || !('whole' in first)) throw new RangeError('A list begins with a whole one.');
  if (changes.length === 0) return Object.freeze(first.whole);
  const items = byKey(first.whole, keyOf);
  for (const change of changes) apply(items, change as ListChange<Item>, keyOf);
  return Object.freeze([...items.values()]);
}

/** Why a value that was read is no stored list, or `undefined` where it is one. */
export function storedListProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is no list';
  const parts = Object.entries(value);
  const isSound = parts.every(([key, part]) => ['whole', 'drop', 'put'].includes(key) && Array.isArray(part));
  return isSound ? undefined : 'is no list';
}

// A map keeps its order: what is set again stays in its place, and what is new comes last.
function apply<Item>(items: Map<string, Item>, { drop, put }: ListChange<Item>, keyOf: (item: Item) => string): void {
  for (const key of drop ?? []) items.delete(key);
  for (const item of put ?? []) items.set(keyOf(item), item);
}

function byKey<Item>(list: readonly Item[], keyOf: (item: Item) => string): Map<string, Item> {
  return new Map(list.map((item) => [keyOf(item), item]));
}

/** Mostly they are the very same, from one step of an execution to the next. */
function isEqual(first: unknown, second: unknown): boolean {
  return first === second || JSON.stringify(first) === JSON.stringify(second);
}
