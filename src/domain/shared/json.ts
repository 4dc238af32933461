import { InvalidArgumentError } from './errors.js';

/** A JSON value that can't be changed. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object that can't be changed. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** How deep a value may nest before it is refused. */
export const MAX_JSON_DEPTH = 200;

/**
 * A deep, frozen copy of `value` that holds nothing but JSON: what a caller does to the original later changes nothing.
 *
 * Object keys whose value is `undefined` are left out, as JSON does. `-0` becomes `0`, because JSON has no `-0`.
 * Everything that would not survive a round trip is refused, with the path to it: functions, symbols, bigints, `NaN`,
 * infinities, class instances, cycles, holes in arrays. A key named `__proto__` is data like any other.
 *
 * @param value the value to copy
 * @param what how a message should call it
 * @throws InvalidArgumentError `WAYMARK_NOT_JSON`, with the JSON pointer of the offending part
 * @example
 * const state = toJson({ rows: [1, 2] }, 'state');
 */
export function toJson(value: unknown, what = 'value'): JsonValue {
  return copyJson(value, { what, maxDepth: MAX_JSON_DEPTH, characters: 0, deepest: 0 });
}

/**
 * What {@link toJson} made, and with what: nobody can change it, so it need not be copied again. The result of a node is
 * mostly the state that it was given, and little more.
 */
const made = new WeakMap<object, { readonly characters: number; readonly height: number }>();

/** One copy that is being made: its bounds, and what it has seen so far. */
export interface JsonWalk {
  /** How a message should call the value. */
  readonly what: string;
  /** How deep it may nest. */
  readonly maxDepth: number;
  /** What the bound on its depth is called, where somebody can set it. */
  readonly depthLimit?: string;
  /**
   * Grows by the characters of keys and strings, and a few for everything else: about the length of the JSON text,
   * without escapes.
   */
  characters: number;
  /** How deep it has gone, where copies are remembered; left out where they are not. */
  deepest?: number;
}

/** {@link toJson} within bounds of the caller's, that tells how much it copied. */
export function copyJson(value: unknown, walk: JsonWalk): JsonValue {
  try {
    return copy(value, walk, 0);
  } catch (error) {
    if (error instanceof JsonProblem) throw error.toInvalidArgument(walk);
    throw error;
  }
}

/** {@link toJson} for a value that must be an object. */
export function toJsonObject(value: unknown, what = 'value'): JsonObject {
  const json = toJson(value, what);
  if (isJsonObject(json)) return json;
  throw new InvalidArgumentError(`The ${what} must be a JSON object, and it is ${nameOf(value)}.`, {
    code: 'WAYMARK_NOT_JSON',
  });
}

/** Whether a JSON value is an object, neither `null` nor an array. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets an own property, `__proto__` included, which plain assignment would send to the prototype. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}

/** One key or index as a segment of a JSON pointer (RFC 6901). */
export function pointerSegment(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function copy(value: unknown, walk: JsonWalk, depth: number): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new JsonProblem(value);
      return value === 0 ? 0 : value;
    case 'object':
      if (value === null) return null;
      // Depth stops a cycle as well, without the cost of remembering every object seen.
      if (depth >= walk.maxDepth) throw new JsonProblem(value, true);
      if (walk.deepest !== undefined) return copyOnce(value, walk as Required<JsonWalk>, depth);
      return Array.isArray(value) ? copyArray(value, walk, depth) : copyObject(value, walk, depth);
    default:
      throw new JsonProblem(value);
  }
}

function copyOnce(value: object, walk: Required<JsonWalk>, depth: number): JsonValue {
  const known = made.get(value);
  if (known !== undefined && depth + known.height <= walk.maxDepth) {
    walk.characters += known.characters;
    walk.deepest = Math.max(walk.deepest, depth + known.height);
    return value as JsonValue;
  }
  const { characters, deepest } = walk;
  walk.deepest = depth + 1;
  const copied = Array.isArray(value) ? copyArray(value, walk, depth) : copyObject(value, walk, depth);
  made.set(copied as object, { characters: walk.characters - characters, height: walk.deepest - depth });
  walk.deepest = Math.max(deepest, walk.deepest);
  return copied;
}

function copyArray(value: readonly unknown[], walk: JsonWalk, depth: number): JsonValue {
  const result: JsonValue[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const item = value[index];
    walk.characters += charactersOf(item);
    try {
      result.push(copy(item, walk, depth + 1));
    } catch (error) {
      throw within(error, index);
    }
  }
  return Object.freeze(result);
}

function copyObject(value: object, walk: JsonWalk, depth: number): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of another realm (a vm context, a worker) have an Object.prototype of their own, whose parent is
  // null.
  const isPlain = prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw new JsonProblem(value);
  const source = value as Record<string, unknown>;
  const result: Record<string, JsonValue> = {};
  for (const key of Object.keys(source)) {
    const item = source[key];
    if (item === undefined) continue;
    walk.characters += key.length + charactersOf(item);
    try {
      setOwn(result, key, copy(item, walk, depth + 1));
    } catch (error) {
      throw within(error, key);
    }
  }
  return Object.freeze(result);
}

/** About how much of the text a part takes, without what is in it. */
function charactersOf(value: unknown): number {
  return typeof value === 'string' ? value.length + 4 : 4;
}

/** A part that can't be copied. Its path is put together on the way out: a copy that succeeds builds none. */
class JsonProblem extends Error {
  readonly value: unknown;
  readonly isTooDeep: boolean;
  path = '';

  constructor(value: unknown, isTooDeep = false) {
    super('not JSON');
    this.value = value;
    this.isTooDeep = isTooDeep;
  }

  toInvalidArgument({ what, maxDepth, depthLimit }: JsonWalk): InvalidArgumentError {
    const { path, value, isTooDeep } = this;
    if (isTooDeep) {
      const bound = depthLimit === undefined ? maxDepth : `the limit ${depthLimit} of ${maxDepth}`;
      return new InvalidArgumentError(
        `The ${what} can't be stored: it nests deeper than ${bound} levels or contains itself (at ${path.slice(0, 80)}…).`,
        { code: 'WAYMARK_NOT_JSON', details: { path, limit: maxDepth } },
      );
    }
    return new InvalidArgumentError(
      `The ${what} can't be stored: ${path || 'it'} is ${nameOf(value)}, which is not JSON.`,
      {
        code: 'WAYMARK_NOT_JSON',
        hint: 'Use strings, finite numbers, booleans, null, arrays and plain objects; give dates as ISO 8601 strings.',
        details: { path },
      },
    );
  }
}

/** The same problem, seen from one level further out. */
function within(error: unknown, key: string | number): unknown {
  if (error instanceof JsonProblem) error.path = pointerSegment(key) + error.path;
  return error;
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object';
}
