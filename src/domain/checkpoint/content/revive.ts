import { setOwn } from '../../shared/json.js';
import { ERROR_TYPES, VIEW_TYPES } from './anatomy.js';
import { contentMalformed } from './content.errors.js';
import type { Marked } from './references.js';

/**
 * What a mark without parts stands for; `undefined` when it is none of these (`undefined` itself included).
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT`
 */
export function reviveLeaf({ $: mark, v: data }: Marked): unknown {
  switch (mark) {
    case 'nan':
      return Number.NaN;
    case 'inf':
      return Number.POSITIVE_INFINITY;
    case '-inf':
      return Number.NEGATIVE_INFINITY;
    case 'n':
      if (typeof data === 'string' && /^-?\d+$/.test(data)) return BigInt(data);
      throw contentMalformed('a big integer is none');
    case 'd':
      if (typeof data === 'number' || data === null) return new Date(data ?? Number.NaN);
      throw contentMalformed('a date is none');
    case 'r':
      return made('a regular expression', () => new RegExp(text((data as unknown[])[0]), text((data as unknown[])[1])));
    case 'url':
      return made('a URL', () => new URL(text(data)));
    default:
      return undefined;
  }
}

/**
 * Bytes of their parts in base64, as what they were.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT`
 */
export function reviveBytes(type: unknown, parts: readonly string[]): unknown {
  if (!VIEW_TYPES.includes(type as (typeof VIEW_TYPES)[number])) throw contentMalformed('bytes are of an unknown type');
  const buffers = parts.map((part) => Buffer.from(part, 'base64'));
  const buffer = new ArrayBuffer(buffers.reduce((sum, part) => sum + part.length, 0));
  const bytes = new Uint8Array(buffer);
  let offset = 0;
  for (const part of buffers) {
    bytes.set(part, offset);
    offset += part.length;
  }
  switch (type as (typeof VIEW_TYPES)[number]) {
    case 'Uint8Array':
      return bytes;
    case 'Buffer':
      return Buffer.from(buffer);
    case 'ArrayBuffer':
      return buffer;
    case 'DataView':
      return new DataView(buffer);
    default:
      return made('bytes', () => new VIEWS[type as keyof typeof VIEWS](buffer));
  }
}

const VIEWS = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

/**
 * An error of its own data: of the type of its name where that is one of JavaScript's, else an `Error` that is called
 * so.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT`
 */
export function reviveError(entries: readonly (readonly [unknown, unknown])[]): Error {
  const data = new Map(entries);
  const name = text(data.get('name'));
  const Type = Object.hasOwn(ERROR_TYPES, name) ? ERROR_TYPES[name as keyof typeof ERROR_TYPES] : Error;
  const error = new Type(text(data.get('message')));
  if (error.name !== name) hide(error, 'name', name);
  hide(error, 'stack', data.get('stack'));
  for (const key of ['cause', 'errors']) if (data.has(key)) hide(error, key, data.get(key));
  for (const [key, value] of data) if (!HIDDEN.has(key)) setOwn(error, text(key), value);
  return error;
}

const HIDDEN = new Set<unknown>(['name', 'message', 'stack', 'cause', 'errors']);

/** Sets what an error has and does not list. */
function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw contentMalformed('a text is none');
}

function made<Value>(what: string, make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    throw contentMalformed(`${what} is none (${String(cause)})`);
  }
}
