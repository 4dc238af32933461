import type { EncodedPiece } from './encoded.js';
import { type Item, itemOf, KEPT_WITHIN_OBJECT } from './part.js';
import type { AnyPart, ObjectShape } from './part-shape.js';
import { levelsText, openItems, sequenceOf } from './sequence.js';
import { primitiveText } from './value-text.js';

/** The keys of an object, and what stands there. */
export type ObjectFields = Pick<ObjectShape, 'keys' | 'values' | 'parts'>;

/** An object's text, and its entries where it is large. */
export type ObjectText = Pick<AnyPart, 'text' | 'bytes' | 'pieces'> & Pick<ObjectShape, 'entries' | 'levels'>;

/** A value's text as it stands in the object. */
type FieldText = Pick<Item, 'text' | 'bytes' | 'pieces'>;

/**
 * The text of an object. What is in a small one stays in it; of a larger one what is large becomes pieces of their own; of
 * one that is large even so, the entries are a sequence.
 *
 * @param shape the object before, of which entries are taken over
 */
export function textOf(fields: ObjectFields, shape: ObjectShape | undefined): ObjectText {
  const texts = textsWithin(fields, (part) => part) ?? textsWithin(fields, ({ item }) => item);
  return texts === undefined ? largeObject(fields, shape) : smallObject(fields.keys, texts);
}

/** The texts of an object's values, or `undefined` as soon as they are too long for one text. */
function textsWithin(fields: ObjectFields, textOfPart: (part: AnyPart) => FieldText): readonly FieldText[] | undefined {
  const texts: FieldText[] = [];
  let length = 1;
  for (let index = 0; index < fields.keys.length; index += 1) {
    const field = fieldText(fields, index, textOfPart);
    length += JSON.stringify(fields.keys[index]).length + field.text.length + 2;
    if (length > KEPT_WITHIN_OBJECT) return undefined;
    texts.push(field);
  }
  return texts;
}

function fieldText(
  { parts, values }: ObjectFields,
  index: number,
  textOfPart: (part: AnyPart) => FieldText,
): FieldText {
  const part = parts[index];
  if (part !== undefined) return textOfPart(part);
  const text = primitiveText(values[index]) as string;
  return { text, bytes: Buffer.byteLength(text), pieces: [] };
}

function smallObject(keys: readonly string[], texts: readonly FieldText[]): ObjectText {
  const isAmbiguous = keys.includes('$');
  let text = '';
  let bytes = Math.max(2, 1 + keys.length);
  const pieces: EncodedPiece[] = [];
  for (let index = 0; index < keys.length; index += 1) {
    const key = JSON.stringify(keys[index]);
    const field = texts[index] as FieldText;
    const entry = isAmbiguous ? `[${key},${field.text}]` : `${key}:${field.text}`;
    text += index === 0 ? entry : `,${entry}`;
    bytes += Buffer.byteLength(key) + 1 + field.bytes;
    if (field.pieces.length > 0) pieces.push(...field.pieces);
  }
  return {
    text: isAmbiguous ? `{"$":"o","v":[${text}]}` : `{${text}}`,
    bytes,
    pieces,
    entries: undefined,
    levels: undefined,
  };
}

function largeObject(fields: ObjectFields, shape: ObjectShape | undefined): ObjectText {
  const { keys, values, parts } = fields;
  const find = finderOf(shape);
  const entries: Item[] = [];
  let unchanged = 0;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const place = shape?.entries === undefined ? undefined : find(key, index);
    const isSame =
      shape !== undefined &&
      place !== undefined &&
      shape.parts[place] === parts[index] &&
      Object.is(shape.values[place], values[index]);
    if (isSame && place === index && unchanged === index) unchanged += 1;
    entries.push(
      (isSame ? shape.entries?.[place] : undefined) ??
        entryOf(
          key,
          fieldText(fields, index, ({ item }) => item),
        ),
    );
  }
  const levels = sequenceOf(entries, 'items', shape?.levels, unchanged);
  const open = openItems(levels);
  const pieces: EncodedPiece[] = [];
  let bytes = 1 + entries.length;
  for (const item of open.flat()) {
    bytes += item.bytes;
    pieces.push(...item.pieces);
  }
  return { text: `{"$":"k","v":${levelsText(open)}}`, bytes, pieces, entries, levels };
}

function entryOf(key: string, { text, bytes, pieces }: FieldText): Item {
  const quoted = JSON.stringify(key);
  return itemOf({ text: `[${quoted},${text}]`, bytes: Buffer.byteLength(quoted) + 1 + bytes, pieces });
}

/** Where a key is in the object before: in the same place mostly. */
export function finderOf(shape: ObjectShape | undefined): (key: string, index: number) => number | undefined {
  let places: ReadonlyMap<string, number> | undefined;
  return (key, index) => {
    if (shape === undefined) return undefined;
    if (shape.keys[index] === key) return index;
    places ??= new Map(shape.keys.map((known, place) => [known, place]));
    return places.get(key);
  };
}
