import { isJsonObject, type JsonObject, type JsonValue, pointerSegment } from '../shared/json.js';

/** One difference between two states, at a JSON pointer (RFC 6901). */
export type StateChange =
  | { readonly kind: 'added'; readonly path: string; readonly after: JsonValue }
  | { readonly kind: 'removed'; readonly path: string; readonly before: JsonValue }
  | { readonly kind: 'changed'; readonly path: string; readonly before: JsonValue; readonly after: JsonValue };

/**
 * What changed from one JSON value to another, as the smallest parts that differ, in the order of the first value's
 * keys. Lists are compared index by index.
 *
 * @example
 * diffJson({ limit: 0.2 }, { limit: 0.3 });
 * // [{ kind: 'changed', path: '/limit', before: 0.2, after: 0.3 }]
 */
export function diffJson(before: JsonValue, after: JsonValue): readonly StateChange[] {
  const changes: StateChange[] = [];
  collect(before, after, '', changes);
  return changes;
}

function collect(before: JsonValue, after: JsonValue, path: string, changes: StateChange[]): void {
  if (before === after) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    collectObject(before, after, path, changes);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    collectArray(before, after, path, changes);
  } else {
    changes.push({ kind: 'changed', path, before, after });
  }
}

function collectObject(before: JsonObject, after: JsonObject, path: string, changes: StateChange[]): void {
  for (const [key, value] of Object.entries(before)) {
    const at = path + pointerSegment(key);
    const next = Object.hasOwn(after, key) ? after[key] : undefined;
    if (next === undefined) changes.push({ kind: 'removed', path: at, before: value });
    else collect(value, next, at, changes);
  }
  for (const [key, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, key)) changes.push({ kind: 'added', path: path + pointerSegment(key), after: value });
  }
}

function collectArray(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  path: string,
  changes: StateChange[],
): void {
  const length = Math.max(before.length, after.length);
  for (let index = 0; index < length; index += 1) {
    const at = path + pointerSegment(index);
    const [old, next] = [before[index], after[index]];
    if (old === undefined && next !== undefined) changes.push({ kind: 'added', path: at, after: next });
    else if (next === undefined && old !== undefined) changes.push({ kind: 'removed', path: at, before: old });
    else if (old !== undefined && next !== undefined) collect(old, next, at, changes);
  }
}
