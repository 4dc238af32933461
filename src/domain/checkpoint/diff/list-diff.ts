import { alignLists, type IndexPair, type ListAlignment } from './list-alignment.js';
import { type Place, placeOf } from './place.js';
import { isSameValue } from './same-value.js';
import { canonicalText, type ValueContents } from './value-content.js';
import { kindOf, type StateRecord } from './value-kind.js';

type List = readonly unknown[];

/** The comparison of two states, as far as one of their lists needs it. */
export interface ListWalk {
  readonly contents: ValueContents;
  compare(before: unknown, after: unknown, place: Place): void;
  added(after: unknown, path: string): void;
  /** @param within where the list is */
  removed(before: unknown, from: string, within: Place): void;
  moved(value: unknown, place: Place): void;
}

/** Adds to a comparison what changed from one list to another. */
export function diffLists(before: List, after: List, place: Place, walk: ListWalk): void {
  const { kept, moved } = align(before, after, walk);
  const movedFrom = new Set(moved.map(([index]) => index));
  const movedTo = new Map(moved.map((pair) => [pair[1], pair]));
  let [fromBefore, fromAfter] = [0, 0];
  for (const pair of [...kept, [before.length, after.length] as const]) {
    const [untilBefore, untilAfter] = pair;
    const gone = indexes(fromBefore, untilBefore).filter((index) => !movedFrom.has(index));
    const come = indexes(fromAfter, untilAfter).filter((index) => !movedTo.has(index));
    const isOther = tellGap(gone, come, { before, after, place }, walk);
    for (const index of indexes(fromAfter, untilAfter)) {
      const move = movedTo.get(index);
      if (move !== undefined) tellMove(move, { before, after, place }, walk);
      else if (isOther.has(index)) walk.added(after[index], placeOf(place, index, index).path);
    }
    if (untilBefore < before.length) {
      walk.compare(before[untilBefore], after[untilAfter], placeOf(place, untilBefore, untilAfter));
    }
    [fromBefore, fromAfter] = [untilBefore + 1, untilAfter + 1];
  }
}

/** Two lists, and where they are. */
interface Lists {
  readonly before: List;
  readonly after: List;
  readonly place: Place;
}

/**
 * Between two items that were kept: what is gone and what has come are taken for the same items, one by one, unless they
 * say that they are others. Gives the indexes of those that are new.
 */
function tellGap(gone: readonly number[], come: readonly number[], lists: Lists, walk: ListWalk): ReadonlySet<number> {
  const { before, after, place } = lists;
  const isNew = new Set(come);
  const removed = new Set(gone);
  const both = Math.min(gone.length, come.length);
  for (let at = 0; at < both; at += 1) {
    const [old, fresh] = [gone[at] as number, come[at] as number];
    if (areOthers(before[old], after[fresh])) continue;
    isNew.delete(fresh);
    removed.delete(old);
    walk.compare(before[old], after[fresh], placeOf(place, old, fresh));
  }
  for (const index of removed) walk.removed(before[index], placeOf(place, index, index).from, place);
  return isNew;
}

function tellMove([old, fresh]: IndexPair, { before, after, place }: Lists, walk: ListWalk): void {
  const at = placeOf(place, old, fresh);
  walk.moved(before[old], at);
  walk.compare(before[old], after[fresh], at);
}

/** Finds the items again. What is the same at both ends, mostly all, is not looked into any further. */
function align(before: List, after: List, walk: ListWalk): ListAlignment {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSameValue(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && isSameValue(before.at(-1 - end), after.at(-1 - end))) end += 1;
  const middle = alignMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end), walk);
  const within = ([one, other]: IndexPair): IndexPair => [one + start, other + start];
  const ends = indexes(0, end).map((index): IndexPair => [before.length - end + index, after.length - end + index]);
  return {
    kept: [...indexes(0, start).map((index): IndexPair => [index, index]), ...middle.kept.map(within), ...ends],
    moved: middle.moved.map(within),
  };
}

/** In a way that does not depend on which of the lists comes first. */
function alignMiddle(before: List, after: List, walk: ListWalk): ListAlignment {
  const [ofBefore, ofAfter] = tellingApart(before, after, walk);
  const differs = ofBefore.findIndex((item, index) => item !== ofAfter[index]);
  if (differs === -1 || !isAfter(before, after, differs)) return alignLists(ofBefore, ofAfter);
  const { kept, moved } = alignLists(ofAfter, ofBefore);
  return { kept: kept.map(turned), moved: moved.map(turned).toSorted(([, one], [, other]) => one - other) };
}

function isAfter(before: List, after: List, differs: number): boolean {
  if (before.length !== after.length) return before.length > after.length;
  return canonicalText(before[differs]) > canonicalText(after[differs]);
}

function turned([one, other]: IndexPair): IndexPair {
  return [other, one];
}

/** A number for each item: the same for those that have an id in common which no other item has, or the same content. */
function tellingApart(before: List, after: List, walk: ListWalk): readonly [number[], number[]] {
  const [idsBefore, idsAfter] = [uniqueIds(before), uniqueIds(after)];
  const tell = (item: unknown): number => {
    const id = idOf(item);
    const isShared = id !== undefined && idsBefore.has(id) && idsAfter.has(id);
    // Below zero, where no content is.
    return isShared ? -1 - (idsBefore.get(id) as number) : walk.contents.of(item);
  };
  return [before.map(tell), after.map(tell)];
}

/** The ids that one item of a list has, each with that item's index. */
function uniqueIds(list: List): ReadonlyMap<unknown, number> {
  const found = new Map<unknown, number>();
  const several = new Set<unknown>();
  for (const [index, item] of list.entries()) {
    const id = idOf(item);
    if (id === undefined) continue;
    if (found.has(id)) several.add(id);
    else found.set(id, index);
  }
  for (const id of several) found.delete(id);
  return found;
}

/**
 * What an item says it is, or `undefined`. A message of LangChain is stored as what it was constructed with, `kwargs`, and has
 * the way to its class for an `id`.
 */
function idOf(item: unknown): string | number | bigint | undefined {
  if (kindOf(item) !== 'record') return undefined;
  const { id, kwargs } = item as StateRecord;
  if (Array.isArray(id) && kwargs !== undefined) return idOf(kwargs);
  const isId = typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint';
  return isId && Object.hasOwn(item as object, 'id') ? id : undefined;
}

/** Whether two items at the same place are not one that has changed: their ids differ, or hardly any key is in both. */
function areOthers(before: unknown, after: unknown): boolean {
  if (kindOf(before) !== 'record' || kindOf(after) !== 'record') return false;
  const [idBefore, idAfter] = [idOf(before), idOf(after)];
  if (idBefore !== undefined || idAfter !== undefined) return idBefore !== idAfter;
  const [keys, others] = [Object.keys(before as object), Object.keys(after as object)];
  const shared = keys.filter((key) => Object.hasOwn(after as object, key)).length;
  return shared * 2 < Math.max(keys.length, others.length);
}

function indexes(from: number, until: number): readonly number[] {
  return Array.from({ length: Math.max(0, until - from) }, (_, index) => from + index);
}
