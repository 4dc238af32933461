import { within } from './content.errors.js';
import { finderOf, type ObjectFields, textOf } from './object-text.js';
import { Part } from './part.js';
import type { AnyPart, ObjectShape, ValueEncoder } from './part-shape.js';
import { primitiveText } from './value-text.js';

/** A string up to this length is short: its text is made anew whenever something beside it changes. */
const SHORT = 200;

/** An object's part: `before` itself when the object is what it was. */
export function encodeObject(
  encoder: ValueEncoder,
  object: Readonly<Record<string, unknown>>,
  before: AnyPart | undefined,
  depth: number,
): AnyPart {
  const shape = before?.shape.kind === 'object' ? before.shape : undefined;
  const keys = Object.keys(object);
  if (before !== undefined && shape !== undefined && isUnchanged(encoder, object, keys, shape, depth + 1)) {
    before.source = object;
    before.isFrozen = isDeeplyFrozen(object, shape);
    return before;
  }
  const fields = fieldsOf(encoder, object, keys, shape, depth + 1);
  const { parts } = fields;
  let partsCost = 24 * keys.length;
  let height = 0;
  for (const part of parts) {
    if (part === undefined) continue;
    partsCost += part.cost;
    if (part.height > height) height = part.height;
  }
  const { text, bytes, pieces, entries, levels } = textOf(fields, shape);
  return new Part({
    source: object,
    text,
    bytes,
    pieces,
    shape: { kind: 'object', ...fields, entries, levels },
    isFrozen: isDeeplyFrozen(object, fields),
    height: height + 1,
    partsCost,
  });
}

function isUnchanged(
  encoder: ValueEncoder,
  object: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  shape: ObjectShape,
  depth: number,
): boolean {
  if (keys.length !== shape.keys.length) return false;
  let key = '';
  try {
    for (let index = 0; index < keys.length; index += 1) {
      key = keys[index] as string;
      if (key !== shape.keys[index]) return false;
      const part = shape.parts[index];
      if (
        part === undefined
          ? !Object.is(object[key], shape.values[index])
          : encoder.encode(object[key], part, depth) !== part
      ) {
        return false;
      }
    }
    return true;
  } catch (error) {
    throw within(error, key);
  }
}

function fieldsOf(
  encoder: ValueEncoder,
  object: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  shape: ObjectShape | undefined,
  depth: number,
): ObjectFields {
  const values: unknown[] = [];
  const parts: (AnyPart | undefined)[] = [];
  const find = finderOf(shape);
  let key = '';
  try {
    for (let index = 0; index < keys.length; index += 1) {
      key = keys[index] as string;
      const value = object[key];
      const isShort = typeof value === 'string' ? value.length <= SHORT : typeof value !== 'object' || value === null;
      if (isShort && primitiveText(value) !== undefined) {
        values.push(value);
        parts.push(undefined);
      } else {
        values.push(undefined);
        const known = find(key, index);
        parts.push(encoder.encode(value, known === undefined ? undefined : shape?.parts[known], depth));
      }
    }
    return { keys, values, parts };
  } catch (error) {
    throw within(error, key);
  }
}

/** Whether nothing in an object can change: then it need not be looked at again. */
function isDeeplyFrozen(object: Readonly<Record<string, unknown>>, { keys, parts }: ObjectFields): boolean {
  if (!Object.isFrozen(object)) return false;
  return keys.every((key, index) => {
    const part = parts[index];
    // What a getter gives can change whatever is frozen.
    const value: unknown = Object.getOwnPropertyDescriptor(object, key)?.value;
    return part === undefined ? value !== undefined : part.isFrozen && part.source === value;
  });
}
