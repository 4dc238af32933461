import { isPlainPrototype } from './anatomy.js';
import { KEPT_WITHIN_OBJECT, Part } from './part.js';
import type { AnyPart } from './part-shape.js';

/**
 * A small object or list of nothing but JSON, or `undefined` for what is not small, or not plain. Its text is what
 * `JSON.stringify` says, and it is compared with one list of all there is in it: of most states that is most of the
 * memory, and of the time it takes to look for changes.
 */
export function plainPart(value: object, before: AnyPart | undefined, levelsLeft: number): AnyPart | undefined {
  if (before?.shape.kind === 'plain') {
    cursor = 0;
    if (isSame(value, before.shape.flat)) {
      if (before.source !== value) {
        before.source = value;
        before.isFrozen = isDeeplyFrozen(value);
      }
      return before;
    }
  }
  flat = [];
  length = 0;
  const height = flatten(value, levelsLeft);
  if (height < 0) return undefined;
  const text = JSON.stringify(value);
  if (text.length > KEPT_WITHIN_OBJECT) return undefined;
  return new Part({
    source: value,
    text,
    bytes: Buffer.byteLength(text),
    pieces: [],
    shape: { kind: 'plain', flat },
    isFrozen: isDeeplyFrozen(value),
    height,
    partsCost: 8 * flat.length,
  });
}

/** Where {@link isSame} has come to. */
let cursor = 0;

function isSame(value: object, known: readonly unknown[]): boolean {
  const head = known[cursor];
  cursor += 1;
  if (Array.isArray(value)) {
    if (!(head instanceof ListHead) || head.length !== value.length) return false;
    for (let index = 0; index < value.length; index += 1) if (!isSameValue(value[index], known)) return false;
    return true;
  }
  if (head instanceof ListHead || !isPlainPrototype(Object.getPrototypeOf(value))) return false;
  const keys = head as readonly string[];
  let count = 0;
  for (const key in value) {
    if (key !== keys[count]) return false;
    count += 1;
    if (!isSameValue((value as Record<string, unknown>)[key], known)) return false;
  }
  return count === keys.length;
}

function isSameValue(value: unknown, known: readonly unknown[]): boolean {
  const before = known[cursor];
  if (typeof value === 'object' && value !== null) {
    return typeof before === 'object' && before !== null && isSame(value, known);
  }
  cursor += 1;
  return value === before && (value !== 0 || !Object.is(value, -0));
}

/** What {@link flatten} has put together, and the least that its text is long. */
let flat: unknown[] = [];
let length = 0;

const NOT_PLAIN = -1;

/** Lays a value out in {@link flat}. Gives how many levels it has, or `NOT_PLAIN`. */
function flatten(value: object, levelsLeft: number): number {
  if (levelsLeft <= 0) return NOT_PLAIN;
  const isList = Array.isArray(value);
  if (!isList && !isPlainPrototype(Object.getPrototypeOf(value))) return NOT_PLAIN;
  const keys = isList ? undefined : Object.keys(value);
  const count = keys === undefined ? (value as unknown[]).length : keys.length;
  length += 2 * count + 2;
  if (length > 2 * KEPT_WITHIN_OBJECT) return NOT_PLAIN;
  flat.push(keys === undefined ? new ListHead(count) : sharedKeys(keys));
  let height = 1;
  for (let index = 0; index < count; index += 1) {
    const key = keys?.[index];
    if (key === '$') return NOT_PLAIN;
    const item: unknown = key === undefined ? (value as unknown[])[index] : (value as Record<string, unknown>)[key];
    if (typeof item === 'object' && item !== null) {
      const below = flatten(item, levelsLeft - 1);
      if (below === NOT_PLAIN) return NOT_PLAIN;
      height = Math.max(height, below + 1);
    } else if (isJson(item)) {
      flat.push(item);
    } else {
      return NOT_PLAIN;
    }
  }
  return length > 2 * KEPT_WITHIN_OBJECT ? NOT_PLAIN : height;
}

/** Whether JSON has a value that is no object. */
function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      length += value.length;
      return length <= KEPT_WITHIN_OBJECT * 2;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'boolean':
      return true;
    default:
      return value === null;
  }
}

/** How a list begins. */
class ListHead {
  readonly length: number;

  constructor(count: number) {
    this.length = count;
  }
}

/** Objects of one form share the list of their keys. Bounded: who has thousands of forms shares less. */
const forms = new Map<string, readonly string[]>();
const MAX_FORMS = 1_000;

function sharedKeys(keys: readonly string[]): readonly string[] {
  const form = `${keys.length} ${keys[0]} ${keys.at(-1)}`;
  const known = forms.get(form);
  if (known !== undefined && known.length === keys.length && keys.every((key, index) => key === known[index])) {
    return known;
  }
  if (forms.size >= MAX_FORMS) forms.clear();
  forms.set(form, keys);
  return keys;
}

/** Whether nothing in plain data can change: then it need not be looked at again. */
function isDeeplyFrozen(value: object): boolean {
  if (!Object.isFrozen(value)) return false;
  return Object.values(Object.getOwnPropertyDescriptors(value)).every((property: PropertyDescriptor) => {
    // What a getter gives can change whatever is frozen.
    if (!('value' in property)) return false;
    const item: unknown = property.value;
    return typeof item !== 'object' || item === null || isDeeplyFrozen(item);
  });
}
