import type { EncodedPiece, EncodedValue } from './encoded.js';
import { refText, textHash } from './value-text.js';

/** Up to how many characters of text a value is kept within a sequence; a longer one is a piece of its own there. */
export const KEPT_WITHIN = 256;

/** Up to how many characters a text may have before what is large in it becomes pieces of their own. */
export const KEPT_WITHIN_OBJECT = 2_048;

/** Up to how many characters of text a top-level value is kept in place of a reference to it. */
const KEPT_IN_PLACE = 64;

/** About how many bytes of memory a part takes beside its text. */
const PART_OVERHEAD = 250;

/** A text within a sequence or an object, with the pieces it refers to. */
export interface Item {
  readonly text: string;
  /** The length of the whole text in bytes, as if nothing in it were a piece of its own. */
  readonly bytes: number;
  readonly pieces: readonly EncodedPiece[];
  /** What it counts towards the size of a node. */
  readonly weight: number;
  /** Whether a node may end after it. It follows from the text: equal items make equal nodes wherever they are. */
  readonly endsNode: boolean;
}

/** What a part was made of. */
export interface PartFields<Shape> {
  readonly source: unknown;
  readonly text: string;
  readonly bytes: number;
  readonly pieces: readonly EncodedPiece[];
  readonly shape: Shape;
  readonly isFrozen?: boolean;
  readonly height?: number;
  /** About how many bytes of memory its parts take. */
  readonly partsCost?: number;
}

/**
 * A value as it was encoded last, with a copy of all that could have changed since. Its text is what it is on its own,
 * whatever it is part of.
 */
export class Part<Shape = unknown> {
  /** The value itself. What is an object may have changed since. */
  source: unknown;
  /** Whether nothing in {@link source} can change. */
  isFrozen: boolean;
  readonly text: string;
  readonly bytes: number;
  readonly pieces: readonly EncodedPiece[];
  readonly shape: Shape;
  /** How many levels are below it, or a few more. */
  readonly height: number;
  /** About how many bytes of memory it takes, with its parts. */
  readonly cost: number;
  #piece: EncodedPiece | undefined;
  #item: Item | undefined;

  constructor(fields: PartFields<Shape>) {
    this.source = fields.source;
    this.text = fields.text;
    this.bytes = fields.bytes;
    this.pieces = fields.pieces;
    this.shape = fields.shape;
    this.isFrozen = fields.isFrozen ?? false;
    this.height = fields.height ?? 0;
    this.cost = PART_OVERHEAD + fields.text.length + (fields.partsCost ?? 0);
  }

  /** The part as a piece of its own. */
  get piece(): EncodedPiece {
    this.#piece ??= { hash: textHash(this.text), body: this.text, children: this.pieces };
    return this.#piece;
  }

  /** The part within something that is large. */
  get item(): Item {
    this.#item ??= this.text.length > KEPT_WITHIN ? referenceTo(this.piece, this.bytes) : itemOf(this);
    return this.#item;
  }

  /** The part as a value of its own. */
  get value(): EncodedValue {
    const { text, bytes } = this;
    if (text.length <= KEPT_IN_PLACE && this.pieces.length === 0) return { ref: `=${text}`, bytes, piece: undefined };
    return { ref: this.piece.hash, bytes, piece: this.piece };
  }
}

/** A text as an item. */
export function itemOf(part: Pick<Item, 'text' | 'bytes' | 'pieces'>): Item {
  const { text, bytes, pieces } = part;
  const weight = pieces.length > 0 ? Math.max(text.length, KEPT_WITHIN) : text.length + 1;
  return { text, bytes, pieces, weight, endsNode: isEven(text) };
}

/** A reference to a piece as an item. */
export function referenceTo(piece: EncodedPiece, bytes: number): Item {
  const { hash } = piece;
  return { text: refText(hash), bytes, pieces: [piece], weight: KEPT_WITHIN, endsNode: hashIsEven(hash) };
}

/** The hash of a piece as an item, where nothing but hashes is expected. */
export function hashOf(piece: EncodedPiece, bytes: number): Item {
  const { hash } = piece;
  return { text: `"${hash}"`, bytes, pieces: [piece], weight: KEPT_WITHIN, endsNode: hashIsEven(hash) };
}

/** True for half of all hashes. */
function hashIsEven(hash: string): boolean {
  return hash.charCodeAt(0) % 2 === 0;
}

/** True for half of all texts: FNV-1a of what they end with. */
function isEven(text: string): boolean {
  let hash = 0x811c9dc5;
  for (let index = Math.max(0, text.length - KEPT_WITHIN); index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return ((hash >>> 16) & 1) === 0;
}
