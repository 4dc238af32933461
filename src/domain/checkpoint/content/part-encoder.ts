import { type Anatomy, anatomyOf, unstorable } from './anatomy.js';
import { bytesPart, stringPart } from './long-part.js';
import { DEFAULT_MAX_VALUE_BYTES, MAX_VALUE_DEPTH, UnstorablePart, valueTooLarge } from './content.errors.js';
import type { ForeignValues } from './encoded.js';
import { encodeList } from './list-part.js';
import { encodeObject } from './object-part.js';
import { itemOf, KEPT_WITHIN_OBJECT, Part, referenceTo } from './part.js';
import type { AnyPart, PartShape, ValueEncoder } from './part-shape.js';
import { plainPart } from './plain-part.js';
import { LONG } from './split-long.js';
import { primitiveText } from './value-text.js';

const LEAF: PartShape = Object.freeze({ kind: 'leaf' });

/**
 * One encoding of a value. A part that was made of it before is given back as it is when nothing in it changed, which is
 * looked at value by value: whoever compares the two parts knows whether something did.
 */
export class PartEncoder implements ValueEncoder {
  readonly #foreign: ForeignValues | undefined;
  readonly #maxBytes: number;
  /** What was met in this encoding: an object that is in a value many times is encoded once. */
  readonly #met = new Map<object, AnyPart>();

  constructor(foreign: ForeignValues | undefined, maxBytes: number = DEFAULT_MAX_VALUE_BYTES) {
    this.#foreign = foreign;
    this.#maxBytes = maxBytes;
  }

  /**
   * @param before the part that stood in this place, or that was most likely made of the value
   * @param depth how many levels are above the value
   * @throws UnstorablePart; WaymarkError `WAYMARK_CHECKPOINT_TOO_LARGE`
   */
  encode(value: unknown, before: AnyPart | undefined, depth: number): AnyPart {
    const part =
      typeof value === 'object' && value !== null ? this.#object(value, before, depth) : this.#primitive(value, before);
    if (part.bytes > this.#maxBytes) throw valueTooLarge('value', this.#maxBytes);
    return part;
  }

  #primitive(value: unknown, before: AnyPart | undefined): AnyPart {
    if (before !== undefined && Object.is(before.source, value)) return before;
    if (typeof value === 'string' && value.length > LONG) {
      return stringPart(value, before?.shape.kind === 'string' ? before.shape : undefined);
    }
    const text = primitiveText(value);
    if (text === undefined) throw unstorable(value);
    return new Part({ source: value, text, bytes: Buffer.byteLength(text), pieces: [], shape: LEAF, isFrozen: true });
  }

  #object(value: object, before: AnyPart | undefined, depth: number): AnyPart {
    const fits = (part: AnyPart): boolean => depth + part.height <= MAX_VALUE_DEPTH;
    if (before !== undefined && before.isFrozen && before.source === value && fits(before)) return before;
    // Depth stops a circle as well, without the cost of remembering all that is above.
    if (depth >= MAX_VALUE_DEPTH) throw tooDeep();
    if (before === undefined || before.source !== value) {
      const met = this.#met.get(value);
      if (met !== undefined && fits(met)) return met;
    }
    const part =
      plainPart(value, before, MAX_VALUE_DEPTH - depth) ??
      this.#encodeAs(anatomyOf(value, this.#foreign), value, before, depth);
    // What did not change need not be remembered: to look at it again costs no text.
    if (part !== before) this.#met.set(value, part);
    return part;
  }

  #encodeAs(anatomy: Anatomy, value: object, before: AnyPart | undefined, depth: number): AnyPart {
    switch (anatomy.kind) {
      case 'list':
        return encodeList(this, value as readonly unknown[], before, depth);
      case 'object':
        return encodeObject(this, value as Readonly<Record<string, unknown>>, before, depth);
      case 'bytes':
        return bytesPart(value, anatomy.type, anatomy.bytes, before);
      case 'wrapped':
        return this.#wrapped(anatomy.head, anatomy.data, value, before, depth);
      case 'leaf': {
        const { text } = anatomy;
        if (before?.shape.kind === 'leaf' && before.text === text) return before;
        return new Part({ source: value, text, bytes: Buffer.byteLength(text), pieces: [], shape: LEAF });
      }
    }
  }

  #wrapped(head: string, data: unknown, value: object, before: AnyPart | undefined, depth: number): AnyPart {
    const shape = before?.shape.kind === 'wrapped' ? before.shape : undefined;
    const inner = this.encode(data, shape?.data, depth + 1);
    if (before !== undefined && shape?.head === head && shape.data === inner) return before;
    const item = inner.text.length > KEPT_WITHIN_OBJECT ? referenceTo(inner.piece, inner.bytes) : itemOf(inner);
    return new Part({
      source: value,
      text: `${head}${item.text}}`,
      bytes: Buffer.byteLength(head) + 1 + inner.bytes,
      pieces: item.pieces,
      shape: { kind: 'wrapped', head, data: inner },
      height: inner.height + 1,
      partsCost: inner.cost,
    });
  }
}

function tooDeep(): UnstorablePart {
  return new UnstorablePart(
    `nests deeper than ${MAX_VALUE_DEPTH} levels, or contains itself`,
    'Refer to what is above by an id, and flatten what nests without an end.',
  );
}
