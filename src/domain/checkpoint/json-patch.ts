import { pointerSegment } from '../shared/json.js';
import { lastKey, parentPointer } from '../shared/json-pointer.js';
import { orderMoves } from './diff/move-order.js';
import type { StateChange } from './state-diff.js';

/** One operation of a JSON Patch (RFC 6902). Of its operations these are the ones that are needed. */
export type JsonPatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'move'; readonly from: string; readonly path: string };

/** Changes to the parts of one list or object. */
interface Group {
  readonly removed: string[];
  readonly moved: { readonly from: number; readonly to: number }[];
  readonly added: { readonly key: string; readonly value: unknown }[];
  readonly replaced: { readonly key: string; readonly value: unknown }[];
}

/**
 * Changes as a JSON Patch (RFC 6902): applied in its order to the state before, it gives the state after.
 *
 * Values are those of the states. One that holds what JSON lacks (a date, bytes …) has to be put into a form of JSON before
 * the patch is sent anywhere; `waymark diff --json-patch` writes it as the store does.
 *
 * @param changes all that {@link diffState} found, in any order; what is left out is left as it is only where no list is
 *   concerned
 * @example
 * const changes = await waymark.checkpoints.diff(before, after);
 * toJsonPatch(changes); // [{ op: 'replace', path: '/limit', value: 0.3 }]
 */
export function toJsonPatch(changes: readonly StateChange[]): readonly JsonPatchOperation[] {
  const whole = changes.find((change) => parentOf(change) === undefined);
  if (whole !== undefined) return wholeChanged(whole);
  const groups = new Map<string, Group>();
  for (const change of changes) {
    const parent = parentOf(change) ?? '';
    let group = groups.get(parent);
    if (group === undefined) groups.set(parent, (group = { removed: [], moved: [], added: [], replaced: [] }));
    addTo(group, change);
  }
  // From the outside to the inside: once what is around a list has its place, the list is where its changes say.
  const inOrder = [...groups].toSorted(([one], [other]) => depthOf(one) - depthOf(other));
  return inOrder.flatMap(([parent, group]) => operationsOf(parent, group));
}

/** The list or object that a change is made in, where it is after all changes around it; none for the whole state. */
function parentOf(change: StateChange): string | undefined {
  if (change.kind === 'removed' && change.parent !== undefined) return change.parent;
  return parentPointer(change.path);
}

function wholeChanged(change: StateChange): readonly JsonPatchOperation[] {
  switch (change.kind) {
    case 'added':
      return [{ op: 'add', path: '', value: change.after }];
    case 'changed':
      return [{ op: 'replace', path: '', value: change.after }];
    case 'removed':
      return [{ op: 'remove', path: '' }];
    case 'moved':
      return [{ op: 'move', from: change.from, path: '' }];
  }
}

function addTo(group: Group, change: StateChange): void {
  const key = lastKey(change.path);
  switch (change.kind) {
    case 'removed':
      group.removed.push(key);
      return;
    case 'added':
      group.added.push({ key, value: change.after });
      return;
    case 'changed':
      group.replaced.push({ key, value: change.after });
      return;
    case 'moved':
      group.moved.push({ from: Number(lastKey(change.from)), to: Number(key) });
  }
}

/**
 * First what goes, from the end, then what moves, then what comes, from the beginning: so that an index is the one that it
 * was before, or will be after, when its turn comes. To the keys of an object the order is nothing.
 */
function operationsOf(parent: string, group: Group): readonly JsonPatchOperation[] {
  const at = (key: string | number): string => parent + pointerSegment(key);
  const removed = group.removed.toSorted((one, other) => Number(other) - Number(one));
  const added = group.added.toSorted((one, other) => Number(one.key) - Number(other.key));
  const moves = orderMoves(
    group.moved,
    removed.map(Number),
    added.map(({ key }) => Number(key)),
  );
  return [
    ...removed.map((key) => ({ op: 'remove', path: at(key) }) as const),
    ...moves.map(({ from, to }) => ({ op: 'move', from: at(from), path: at(to) }) as const),
    ...added.map(({ key, value }) => ({ op: 'add', path: at(key), value }) as const),
    ...group.replaced.map(({ key, value }) => ({ op: 'replace', path: at(key), value }) as const),
  ];
}

function depthOf(pointer: string): number {
  return pointer.split('/').length;
}
