import { Optional } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { type JsonValue, MAX_JSON_DEPTH, setOwn, toJson } from '../../domain/shared/json.js';

/** How many parts a value may have: one that holds a part of it many times over is small only until it is written out. */
const MAX_PARTS = 1_000_000;

/**
 * The value of an expression as JSON: ints become numbers, timestamps ISO 8601, durations their seconds as text, an
 * optional that has nothing `null`.
 *
 * @throws RangeError for what JSON does not have: an int that a number can't hold, `NaN`, bytes, a type
 */
export function celToJson(value: unknown): JsonValue {
  return partToJson(value, { parts: 0 }, 0);
}

function partToJson(value: unknown, walk: { parts: number }, depth: number): JsonValue {
  walk.parts += 1;
  if (walk.parts > MAX_PARTS) throw new RangeError(`its value has more than ${MAX_PARTS} parts`);
  if (depth > MAX_JSON_DEPTH) throw new RangeError('its value nests too deep');
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return wholeNumber(value);
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`its value is ${value}, which is not JSON`);
      return value;
    case 'object':
      return value === null ? null : objectToJson(value, walk, depth);
    default:
      throw new RangeError(`its value is a ${typeof value}, which is not JSON`);
  }
}

function objectToJson(value: object, walk: { parts: number }, depth: number): JsonValue {
  if (Array.isArray(value)) return value.map((item) => partToJson(item, walk, depth + 1));
  if (value instanceof Map) return entriesToJson(value, walk, depth);
  if (value instanceof UnsignedInt) return wholeNumber(value.valueOf());
  if (value instanceof Duration) return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Optional) return value.hasValue() ? partToJson(value.value(), walk, depth + 1) : null;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return entriesToJson(Object.entries(value), walk, depth);
  throw new RangeError('its value is not JSON');
}

function entriesToJson(
  entries: Iterable<readonly [unknown, unknown]>,
  walk: { parts: number },
  depth: number,
): JsonValue {
  const result: Record<string, JsonValue> = {};
  for (const [key, item] of entries) setOwn(result, String(key), partToJson(item, walk, depth + 1));
  return result;
}

function wholeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`its value is ${value}, which is more than a number of JSON holds exactly`);
}

/**
 * The same data, with a `Map` for every object: CEL tells by the key `constructor` what a value is, and would take an
 * object that has one of its own for an instance of something.
 */
export function withoutConstructors(value: JsonValue): unknown {
  const plain = toJson(value);
  if (Array.isArray(plain)) return plain.map((item: JsonValue) => withoutConstructors(item));
  if (typeof plain !== 'object' || plain === null) return plain;
  const entries = Object.entries(plain).map(([key, item]) => [key, withoutConstructors(item)] as const);
  return new Map(entries);
}
