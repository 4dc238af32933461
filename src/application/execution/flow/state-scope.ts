import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../../../domain/shared/json.js';
import { bodiesOf } from '../../../domain/workflow/address.js';
import type { MapNode } from '../../../domain/workflow/nodes/workflow-node.js';
import type { WorkflowTree } from '../../../domain/workflow/workflow-tree.js';

/** An item of a map that an address lies in. */
export interface MapFrame {
  /** The address of the map. */
  readonly at: string;
  readonly map: MapNode;
  readonly index: number;
}

/** The items that a map goes over: asked for with the state that the map sees. */
export type ItemsOf = (frame: MapFrame, outer: JsonObject, around: readonly MapFrame[]) => readonly JsonValue[];

const NONE: readonly MapFrame[] = Object.freeze([]);
const EMPTY: JsonObject = Object.freeze({});

/** The items of maps that an address lies in, the outer ones first. */
export function framesOf(tree: WorkflowTree, at: string): readonly MapFrame[] {
  if (!at.includes('[')) return NONE;
  const frames: MapFrame[] = [];
  for (const { node, index } of bodiesOf(at)) {
    const definition = tree.get(node.replaceAll(/\[\d+\]/g, ''))?.definition;
    if (definition?.kind === 'map') frames.push({ at: node, map: definition, index });
  }
  return frames;
}

/** The number of the innermost pass of a loop that an address lies in. */
export function iterationOf(tree: WorkflowTree, at: string): number | undefined {
  if (!at.includes('[')) return undefined;
  return bodiesOf(at).findLast(({ node }) => tree.get(node.replaceAll(/\[\d+\]/g, ''))?.kind === 'loop')?.index;
}

/** What the nodes of an item see: the state with the item, and with what they have returned so far. */
export function viewOf(state: JsonObject, frames: readonly MapFrame[], itemsOf: ItemsOf): JsonObject {
  let view = state;
  let own = state;
  for (const [depth, frame] of frames.entries()) {
    const item = itemsOf(frame, view, frames.slice(0, depth))[frame.index] ?? null;
    own = itemState(own, frame);
    view = assign(assign(view, { [frame.map.as]: item }), own);
  }
  return view;
}

/** The item that an address lies in, and its index: of the innermost map. */
export function itemOf(
  state: JsonObject,
  frames: readonly MapFrame[],
  itemsOf: ItemsOf,
): { readonly item?: JsonValue; readonly index?: number } {
  const frame = frames.at(-1);
  if (frame === undefined) return {};
  const around = frames.slice(0, -1);
  const { index } = frame;
  return { item: itemsOf(frame, viewOf(state, around, itemsOf), around)[index] ?? null, index };
}

/** Where the results of an item's nodes go: the state itself, outside of maps. */
export function ownState(state: JsonObject, frames: readonly MapFrame[]): JsonObject {
  return frames.reduce(itemState, state);
}

/** The state with a result: each key replaces the one of that name, in the state or in that of the item. */
export function withResult(state: JsonObject, frames: readonly MapFrame[], output: JsonObject): JsonObject {
  const [frame, ...inner] = frames;
  if (frame === undefined) return assign(state, output);
  const { map, index } = frame;
  const before = state[map.into];
  const list = Array.isArray(before) ? [...(before as readonly JsonValue[])] : [];
  while (list.length <= index) list.push(EMPTY);
  list[index] = withResult(itemState(state, frame), inner, output);
  return assign(state, { [map.into]: Object.freeze(list) });
}

/** Each key of the second replaces the one of that name. */
export function assign(state: JsonObject, output: JsonObject): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const [key, value] of [...Object.entries(state), ...Object.entries(output)]) setOwn(result, key, value);
  return Object.freeze(result);
}

function itemState(state: JsonObject, { map, index }: MapFrame): JsonObject {
  const list = state[map.into];
  const found = Array.isArray(list) ? (list as readonly JsonValue[])[index] : undefined;
  return isJsonObject(found) ? found : EMPTY;
}
