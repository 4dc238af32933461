import type { EncodedValue } from '../../../domain/checkpoint/content/encoded.js';
import type { StateEncoder } from '../../../domain/checkpoint/content/state-encoder.js';
import { refText, textHash } from '../../../domain/checkpoint/content/value-text.js';
import { pointerSegment } from '../../../domain/shared/json.js';
import { movedPath } from './moved-path.js';

/** How many items a list may have to be taken apart here; of a longer one the encoder takes care itself. */
const MAX_ITEMS = 16;

/** From which size on, in bytes, an item is stored by itself. */
const LARGE = 256;

/**
 * Encodes what a task wrote. Most often that is a short list of what a channel's longer list gets next, and that one
 * stores large items each by itself: so they are here as well, and are stored once.
 */
export function encodeWrite(encoder: StateEncoder, value: unknown, what: string): EncodedValue {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ITEMS) return encoder.encodeValue(value, what);
  const items = Array.from(value as unknown[], (item, at) => encodeItem(encoder, item, what, at));
  if (!items.some(({ bytes, piece }) => piece !== undefined && bytes > LARGE)) return encoder.encodeValue(value, what);
  const texts = items.map(({ piece, ref, bytes }) => {
    if (piece === undefined) return ref.slice(1);
    return bytes > LARGE ? refText(piece.hash) : piece.body;
  });
  const body = `[${texts.join(',')}]`;
  const children = items.flatMap(({ piece, bytes }) => {
    if (piece === undefined) return [];
    return bytes > LARGE ? [piece] : piece.children;
  });
  const hash = textHash(body);
  const bytes = items.reduce((sum, item) => sum + item.bytes, 1 + items.length);
  return { ref: hash, bytes, piece: { hash, body, children } };
}

/** The path within the list is put before that within the item. */
function encodeItem(encoder: StateEncoder, item: unknown, what: string, at: number): EncodedValue {
  try {
    return encoder.encodeValue(item, what);
  } catch (error) {
    throw movedPath(error, (inner) => pointerSegment(at) + inner);
  }
}
