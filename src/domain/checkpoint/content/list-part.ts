import { within } from './content.errors.js';
import type { EncodedPiece } from './encoded.js';
import { type Item, KEPT_WITHIN, KEPT_WITHIN_OBJECT, Part } from './part.js';
import type { AnyPart, ListShape, ValueEncoder } from './part-shape.js';
import { type Level, levelsText, openItems, sequenceOf } from './sequence.js';

/** Up to which weight a list has no nodes: six references. */
const WITHOUT_NODES = 6 * KEPT_WITHIN;

const NO_PARTS: readonly AnyPart[] = [];

/** A list's part: `before` itself when the list is what it was. */
export function encodeList(
  encoder: ValueEncoder,
  list: readonly unknown[],
  before: AnyPart | undefined,
  depth: number,
): AnyPart {
  const shape = before?.shape.kind === 'list' ? before.shape : undefined;
  const old = shape?.parts ?? NO_PARTS;
  const { parts, from, to } = alignedParts(encoder, list, old, depth + 1);
  if (before !== undefined && shape !== undefined && from === list.length && from === old.length) {
    before.source = list;
    before.isFrozen = isDeeplyFrozen(list, parts);
    return before;
  }
  const levels = hasNodes(parts) ? sequenceOf(itemsOf(parts, shape, from), 'items', shape?.levels, from) : undefined;
  // Of what stayed the same, the sums stay the same.
  const removed = old.slice(from, old.length - (list.length - to));
  const added = parts.slice(from, to);
  const oldCost = shape === undefined ? 0 : (before?.cost ?? 0) - (before?.text.length ?? 0);
  return new Part({
    source: list,
    ...(levels === undefined ? flatList(parts) : longList(levels)),
    shape: { kind: 'list', parts, levels },
    isFrozen: isDeeplyFrozen(list, parts),
    height:
      1 +
      added.reduce((most, part) => Math.max(most, part.height), shape === undefined ? 0 : (before?.height ?? 1) - 1),
    partsCost: Math.max(0, oldCost - costOf(removed)) + costOf(added),
  });
}

/**
 * The parts of a list's items, with those of the list before it taken over for what did not change: what both begin with
 * (up to `from`), what both end with (from `to` on), and in between whatever is the same object or text, or stands in the
 * same place.
 */
function alignedParts(
  encoder: ValueEncoder,
  list: readonly unknown[],
  old: readonly AnyPart[],
  depth: number,
): { readonly parts: readonly AnyPart[]; readonly from: number; readonly to: number } {
  let at = 0;
  try {
    while (at < list.length && at < old.length && encoder.encode(list[at], old[at], depth) === old[at]) at += 1;
    const from = at;
    if (from === list.length && from === old.length) return { parts: old, from, to: from };
    let to = list.length;
    for (let oldTo = old.length; to > from && oldTo > from; to -= 1, oldTo -= 1) {
      at = to - 1;
      if (encoder.encode(list[at], old[oldTo - 1], depth) !== old[oldTo - 1]) break;
    }
    const moved = to - from > 1 && old.length - from > 1 ? partsBySource(old, from) : undefined;
    const parts = old.slice(0, from);
    for (at = from; at < to; at += 1) parts.push(encoder.encode(list[at], moved?.get(list[at]) ?? old[at], depth));
    for (const shift = old.length - list.length; at < list.length; at += 1) parts.push(old[at + shift] as AnyPart);
    return { parts, from, to };
  } catch (error) {
    throw within(error, at);
  }
}

function partsBySource(parts: readonly AnyPart[], from: number): ReadonlyMap<unknown, AnyPart> {
  const found = new Map<unknown, AnyPart>();
  for (let index = from; index < parts.length; index += 1) {
    const part = parts[index] as AnyPart;
    found.set(part.source, part);
  }
  return found;
}

/** Whether a list is too long for one text. As soon as that is certain, the rest is not looked at. */
function hasNodes(parts: readonly AnyPart[]): boolean {
  let length = 1;
  let weight = 0;
  for (const part of parts) {
    length += part.text.length + 1;
    weight += Math.min(part.text.length + 1, KEPT_WITHIN);
    if (length > KEPT_WITHIN_OBJECT && weight > WITHOUT_NODES) return true;
  }
  return false;
}

/** The parts as items; those of the list before are at hand. */
function itemsOf(parts: readonly AnyPart[], shape: ListShape | undefined, unchanged: number): readonly Item[] {
  const known = shape?.levels?.[0]?.items;
  if (known === undefined) return parts.map(({ item }) => item);
  const items = known.slice(0, unchanged);
  for (let index = unchanged; index < parts.length; index += 1) items.push((parts[index] as AnyPart).item);
  return items;
}

function flatList(parts: readonly AnyPart[]): Pick<AnyPart, 'text' | 'bytes' | 'pieces'> {
  const length = parts.reduce((sum, { text }) => sum + text.length + 1, 1);
  const items = length > KEPT_WITHIN_OBJECT ? parts.map(({ item }) => item) : parts;
  return {
    text: `[${items.map(({ text }) => text).join(',')}]`,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, Math.max(2, 1 + items.length)),
    pieces: items.flatMap(({ pieces }) => pieces),
  };
}

function longList(levels: readonly Level[]): Pick<AnyPart, 'text' | 'bytes' | 'pieces'> {
  const open = openItems(levels);
  const pieces: EncodedPiece[] = [];
  let bytes = 1 + (levels[0]?.items.length ?? 0);
  for (const item of open.flat()) {
    bytes += item.bytes;
    pieces.push(...item.pieces);
  }
  return { text: `{"$":"l","v":${levelsText(open)}}`, bytes, pieces };
}

/** Whether nothing in a list can change: then it need not be looked at again. */
function isDeeplyFrozen(list: readonly unknown[], parts: readonly AnyPart[]): boolean {
  return Object.isFrozen(list) && parts.every((part, index) => part.isFrozen && Object.is(part.source, list[index]));
}

function costOf(parts: readonly AnyPart[]): number {
  return parts.reduce((sum, { cost }) => sum + cost, 0);
}
