import type { Item, Part } from './part.js';
import type { Level } from './sequence.js';

/** A part of whatever kind. */
export type AnyPart = Part<PartShape>;

/** What a part was made of: a copy of all that could change in it. */
export type PartShape = LeafShape | WrappedShape | PlainShape | ListShape | ObjectShape | LongStringShape | BytesShape;

/** Encodes what is in something: {@link PartEncoder}, for those that it asks to encode parts of one kind. */
export interface ValueEncoder {
  encode(value: unknown, before: AnyPart | undefined, depth: number): AnyPart;
}

/** A value whose text is all there is to compare. */
export interface LeafShape {
  readonly kind: 'leaf';
}

/** An object that stands for other values: a map for its entries, say. */
export interface WrappedShape {
  readonly kind: 'wrapped';
  readonly head: string;
  readonly data: AnyPart;
}

/**
 * A small object or list of nothing but JSON. All there is in it lies in one list, in the order of the text: an object
 * begins with its keys, a list with its length; what is no object stands for itself.
 */
export interface PlainShape {
  readonly kind: 'plain';
  readonly flat: readonly unknown[];
}

/** A list that is large, or not plain. */
export interface ListShape {
  readonly kind: 'list';
  readonly parts: readonly AnyPart[];
  /** Its nodes, where it is long. */
  readonly levels: readonly Level[] | undefined;
}

/** An object that is large, or not plain. */
export interface ObjectShape {
  readonly kind: 'object';
  readonly keys: readonly string[];
  /** What is short and no object, for itself; `undefined` where there is a part. */
  readonly values: readonly unknown[];
  readonly parts: readonly (AnyPart | undefined)[];
  /** Its entries and their nodes, where it is large. */
  readonly entries: readonly Item[] | undefined;
  readonly levels: readonly Level[] | undefined;
}

/** A string that is too long for one piece. */
export interface LongStringShape {
  readonly kind: 'string';
  readonly sections: readonly Section[];
  readonly levels: readonly Level[];
}

/** A section of a long string. */
export interface Section {
  readonly text: string;
  readonly item: Item;
}

/** Bytes, copied. */
export interface BytesShape {
  readonly kind: 'bytes';
  readonly type: string;
  readonly bytes: Uint8Array;
}
