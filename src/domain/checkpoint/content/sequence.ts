import type { EncodedPiece } from './encoded.js';
import { hashOf, type Item, KEPT_WITHIN } from './part.js';
import { textHash } from './value-text.js';

/**
 * What a node weighs at the least: three references. It ends after the first item from there on whose text says so,
 * which is every second. With about four references to a node, the way from the root to the newest item is shortest in
 * bytes.
 */
const MIN_NODE_WEIGHT = 3 * KEPT_WITHIN;

/** What a node weighs at the most, where no item ends it. */
const MAX_NODE_WEIGHT = 12 * KEPT_WITHIN;

/** One level of a sequence: its items, and the nodes that are closed. */
export interface Level {
  readonly items: readonly Item[];
  /** Where each node ends, as the index after its last item. */
  readonly ends: readonly number[];
  /** The nodes, which are the items of the level above. */
  readonly nodes: readonly Item[];
}

/** How the items of a sequence are written. */
export type SequenceKind = 'items' | 'hashes';

/**
 * A long list as a tree of nodes (a Merkle tree): a node holds consecutive items, the level above holds the nodes'
 * hashes, and so on until a level has no closed node. Where a node ends follows from the items in it, so that equal
 * stretches of two lists make the same nodes, but for those at their edges. What is not in a closed node yet stays in the
 * list's own text: an item that is appended changes that, and closes a node now and then.
 *
 * @param before the levels of an earlier list, of which the first `unchanged` items are these
 */
export function sequenceOf(
  items: readonly Item[],
  kind: SequenceKind,
  before: readonly Level[] = [],
  unchanged = 0,
): readonly Level[] {
  const levels: Level[] = [];
  let [level, kept] = levelOf(items, kind, before[0], unchanged);
  levels.push(level);
  while (level.nodes.length > 0) {
    [level, kept] = levelOf(level.nodes, 'hashes', before[levels.length], kept);
    levels.push(level);
  }
  return levels;
}

/** What is in no closed node, the highest level first: all that the list's own text holds. */
export function openItems(levels: readonly Level[]): readonly (readonly Item[])[] {
  return levels.map(({ items, ends }) => items.slice(ends.at(-1) ?? 0)).reverse();
}

/** The text of levels: a list of each level's open items. */
export function levelsText(open: readonly (readonly Item[])[]): string {
  return `[${open.map((items) => `[${items.map(({ text }) => text).join(',')}]`).join(',')}]`;
}

/** A level, and how many nodes of the earlier one it begins with. */
function levelOf(
  items: readonly Item[],
  kind: SequenceKind,
  before: Level | undefined,
  unchanged: number,
): [level: Level, kept: number] {
  let kept = before?.ends.length ?? 0;
  while (kept > 0 && (before?.ends[kept - 1] ?? 0) > unchanged) kept -= 1;
  const ends = before?.ends.slice(0, kept) ?? [];
  const nodes = before?.nodes.slice(0, kept) ?? [];
  let start = ends.at(-1) ?? 0;
  const known = before === undefined || items.length - start < 16 ? undefined : nodesByFirst(before, kept);
  let weight = 0;
  for (let index = start; index < items.length; index += 1) {
    const item = items[index] as Item;
    weight += item.weight;
    if (weight < MIN_NODE_WEIGHT || (!item.endsNode && weight < MAX_NODE_WEIGHT)) continue;
    const end = index + 1;
    nodes.push(sameNode(items, start, end, before, known) ?? nodeOf(items.slice(start, end), kind));
    ends.push(end);
    start = end;
    weight = 0;
  }
  return [{ items, ends, nodes }, kept];
}

function nodeOf(items: readonly Item[], kind: SequenceKind): Item {
  const list = `[${items.map(({ text }) => text).join(',')}]`;
  const body = kind === 'items' ? list : `{"$":"c","v":${list}}`;
  const children: EncodedPiece[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += item.bytes;
    children.push(...item.pieces);
  }
  return hashOf({ hash: textHash(body), body, children }, bytes);
}

/** Where the nodes of a level begin that are not taken over as they are: by their first item. */
function nodesByFirst({ items, ends }: Level, kept: number): ReadonlyMap<Item, number> {
  const found = new Map<Item, number>();
  for (let index = kept; index < ends.length; index += 1) {
    found.set(items[ends[index - 1] ?? 0] as Item, index);
  }
  return found;
}

/** The node of the earlier level that holds the same items: what was moved by an insertion, say. */
function sameNode(
  items: readonly Item[],
  start: number,
  end: number,
  before: Level | undefined,
  known: ReadonlyMap<Item, number> | undefined,
): Item | undefined {
  const index = known?.get(items[start] as Item);
  if (before === undefined || index === undefined) return undefined;
  const from = before.ends[index - 1] ?? 0;
  if ((before.ends[index] ?? 0) - from !== end - start) return undefined;
  for (let at = 0; at < end - start; at += 1) if (before.items[from + at] !== items[start + at]) return undefined;
  return before.nodes[index];
}
