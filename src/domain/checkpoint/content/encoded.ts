import type { Hash } from '../../shared/hash.js';

/**
 * Where a value is kept, in a manifest or in a column. One of
 *
 * - 43 characters of base64url: the SHA-256 of a content's body, which is in the typed format of `value-text.ts`;
 * - `=` and a text in that format: a small value, kept in place;
 * - 64 hexadecimal digits: the SHA-256 of a content of the first format, plain JSON whatever it says.
 */
export type ContentRef = string;

/**
 * A value as it is stored: its address, and the pieces it is made of. Equal values have equal addresses, whoever
 * encoded them and whatever was encoded before.
 */
export interface EncodedValue {
  readonly ref: ContentRef;
  /** The length of the whole value's text in UTF-8 bytes, as if it were one text. */
  readonly bytes: number;
  /** The piece that holds it; `undefined` for a value that is kept in place. */
  readonly piece: EncodedPiece | undefined;
}

/**
 * A piece of an encoded value: one content, and those that its body refers to. A graph without circles, that shares what
 * did not change with the pieces of the value before.
 */
export interface EncodedPiece {
  readonly hash: Hash;
  readonly body: string;
  readonly children: readonly EncodedPiece[];
  /**
   * Since which epoch of the store it is known to be there with all that it refers to; what stores it sets this after
   * the commit. Whoever removes contents raises the epoch, and then it is to be looked for again.
   */
  storedSince?: StoredSince;
}

/** A store, and how often contents were removed from it. */
export interface StoredSince {
  readonly store: object;
  readonly epoch: number;
}

/**
 * How objects that are not data of JavaScript's own (messages of LangChain, say) go into a store and come out of it.
 * Data only: what comes out is for the adapter to make something of.
 */
export interface ForeignValues {
  /**
   * An object's name and data, or `undefined` when it is none of this adapter's. Called for objects that are neither
   * plain nor one of the types that the format knows, before they are refused.
   */
  dump(value: object): { readonly name: string; readonly data: unknown } | undefined;
  /** Makes the object again. Called from the innermost to the outermost. */
  revive(name: string, data: unknown): unknown;
}
