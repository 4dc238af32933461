import type { Hash } from '../../shared/hash.js';
import { contentMalformed, formatUnknown, MAX_VALUE_DEPTH } from './content.errors.js';
import type { ContentRef } from './encoded.js';
import { FIRST_HASH, MARK, TYPED_HASH } from './value-text.js';

/** How deep a text may nest: a value's level takes up to four of its own. */
export const MAX_TEXT_DEPTH = 4 * MAX_VALUE_DEPTH;

/**
 * The hash of the content that holds a value, or `undefined` for a value that is kept in place.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT` when it is none of the three forms
 */
export function refHash(ref: ContentRef): Hash | undefined {
  if (ref.startsWith('=')) return undefined;
  if (TYPED_HASH.test(ref) || FIRST_HASH.test(ref)) return ref;
  throw contentMalformed(`${JSON.stringify(ref.slice(0, 80))} is no address of a content`);
}

/**
 * The contents that a content refers to, each once.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT` for a body that is not in the format
 */
export function referencesIn(body: string): readonly Hash[] {
  if (!body.includes(MARK)) return [];
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch {
    throw contentMalformed('it is not JSON');
  }
  return [...new Set(referencesOf(raw))];
}

/** {@link referencesIn} for a text that is parsed already, as often as they occur. */
export function referencesOf(raw: unknown): readonly Hash[] {
  const found: Hash[] = [];
  collect(raw, found, 0);
  return found;
}

/** An object of a parsed text that stands for something that JSON lacks. */
export interface Marked {
  readonly $: string;
  readonly t?: unknown;
  readonly v?: unknown;
}

/** Whether an object of a parsed text is one with a mark: its first key is `$`. */
export function isMarked(raw: object): raw is Marked {
  for (const key in raw) return key === '$' && typeof (raw as Marked).$ === 'string';
  return false;
}

/** A list of hashes, as nodes of sequences hold them. */
export function hashesIn(raw: unknown): readonly Hash[] {
  if (Array.isArray(raw) && raw.every(isHash)) return raw;
  throw contentMalformed('a list of contents holds something else');
}

/** The hash that a mark holds which is a reference; `undefined` for any other. */
export function referredBy({ $: mark }: Marked): Hash | undefined {
  return mark.startsWith('@') ? hashIn(mark.slice(1)) : undefined;
}

/** The hash that a reference holds. */
export function hashIn(raw: unknown): Hash {
  if (isHash(raw)) return raw;
  throw contentMalformed('a reference to a content holds something else');
}

/** Nothing is stored under whatever else has this length. */
function isHash(value: unknown): value is Hash {
  return typeof value === 'string' && value.length === 43;
}

/** The levels of a sequence: what is not in closed nodes yet, the highest level first. */
export function levelsIn(raw: unknown): readonly (readonly unknown[])[] {
  if (Array.isArray(raw) && raw.length > 0 && raw.every(Array.isArray)) return raw as unknown[][];
  throw contentMalformed('a sequence has no levels');
}

/** A list, and nothing else. */
export function listIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw contentMalformed('a list is none');
}

/** A list of pairs: the entries of a map, say. */
export function pairsIn(value: unknown): [unknown, unknown][] {
  const found = listIn(value);
  if (found.every((pair) => Array.isArray(pair) && pair.length === 2)) return found as [unknown, unknown][];
  throw contentMalformed('a list of pairs holds something else');
}

function collect(raw: unknown, found: Hash[], depth: number): void {
  if (typeof raw !== 'object' || raw === null) return;
  if (depth > MAX_TEXT_DEPTH) throw contentMalformed('it nests too deep');
  if (Array.isArray(raw)) {
    for (const item of raw) collect(item, found, depth + 1);
  } else if (isMarked(raw)) {
    collectMarked(raw, found, depth);
  } else {
    for (const key of Object.keys(raw)) collect((raw as Record<string, unknown>)[key], found, depth + 1);
  }
}

function collectMarked(raw: Marked, found: Hash[], depth: number): void {
  const { $: mark, v: data } = raw;
  const referred = referredBy(raw);
  if (referred !== undefined) {
    found.push(referred);
    return;
  }
  switch (mark) {
    case 'c':
      for (const hash of hashesIn(data)) found.push(hash);
      break;
    case 'l':
    case 'k': {
      const levels = levelsIn(data);
      for (const hashes of levels.slice(0, -1)) for (const hash of hashesIn(hashes)) found.push(hash);
      collect(levels.at(-1), found, depth + 1);
      break;
    }
    case 't':
      for (const hashes of levelsIn(data)) for (const hash of hashesIn(hashes)) found.push(hash);
      break;
    case 'b':
      if (typeof data === 'string') break;
      for (const hashes of levelsIn(data)) for (const hash of hashesIn(hashes)) found.push(hash);
      break;
    case 'u':
    case 'nan':
    case 'inf':
    case '-inf':
    case 'n':
    case 'd':
    case 'r':
    case 'url':
      break;
    case 'm':
    case 's':
    case 'e':
    case 'o':
    case 'x':
      collect(data, found, depth + 1);
      break;
    default:
      throw formatUnknown(mark);
  }
}
