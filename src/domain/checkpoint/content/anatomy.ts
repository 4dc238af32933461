import { UnstorablePart } from './content.errors.js';
import type { ForeignValues } from './encoded.js';

/**
 * What an object is made of, as the format sees it.
 *
 * - `list` and `object`: what JSON has as well
 * - `leaf`: an object whose text says all there is, and is short
 * - `bytes`: an array buffer, or a view of one
 * - `wrapped`: something that consists of other values; `head` is the beginning of its text, `data` comes after it
 */
export type Anatomy =
  | { readonly kind: 'list' | 'object' }
  | { readonly kind: 'leaf'; readonly text: string }
  | { readonly kind: 'bytes'; readonly type: string; readonly bytes: Uint8Array }
  | { readonly kind: 'wrapped'; readonly head: string; readonly data: unknown };

const LIST: Anatomy = Object.freeze({ kind: 'list' });
const OBJECT: Anatomy = Object.freeze({ kind: 'object' });

const HINT =
  'Store plain data: objects, lists, strings, numbers, dates, bytes, maps, sets. Keep everything else outside.';

/**
 * Takes an object apart. Objects of another realm (a worker's, a test runner's) are known as well.
 *
 * @throws UnstorablePart for what is none of the types that the format knows, and nobody claims
 */
export function anatomyOf(value: object, foreign: ForeignValues | undefined): Anatomy {
  if (Array.isArray(value)) return LIST;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (isPlainPrototype(prototype)) return OBJECT;
  const known = builtIn(value, prototype as object);
  // What looks like an error of JavaScript's own may be an adapter's: a class that extends Error, say.
  if (known !== undefined && !isSubclassedError(value, prototype as object)) return known;
  const dumped = foreign?.dump(value);
  if (dumped !== undefined) {
    return { kind: 'wrapped', head: `{"$":"x","t":${JSON.stringify(dumped.name)},"v":`, data: dumped.data };
  }
  if (known !== undefined) return known;
  throw new UnstorablePart(`is ${instanceName(value)}`, HINT);
}

/** Why a value that is neither an object nor data of JSON or the format can't be stored. */
export function unstorable(value: unknown): UnstorablePart {
  return new UnstorablePart(`is a ${typeof value}`, HINT);
}

/** Whether an object of that prototype is plain, in whatever realm. */
export function isPlainPrototype(prototype: unknown): boolean {
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function builtIn(value: object, prototype: object): Anatomy | undefined {
  if (ArrayBuffer.isView(value)) return viewOf(value);
  if (value instanceof Error || Object.prototype.toString.call(value) === '[object Error]') return errorOf(value);
  // A class of the host's own that extends Map is no Map.
  if (!isPlainPrototype(Object.getPrototypeOf(prototype))) return undefined;
  switch (Object.prototype.toString.call(value)) {
    case '[object Date]':
      return branded(() => ({ kind: 'leaf', text: dateText(Date.prototype.getTime.call(value)) }));
    case '[object RegExp]': {
      const { source, flags } = value as RegExp;
      return { kind: 'leaf', text: `{"$":"r","v":${JSON.stringify([source, flags])}}` };
    }
    case '[object Map]':
      return branded(() => ({ kind: 'wrapped', head: '{"$":"m","v":', data: [...mapEntries(value)] }));
    case '[object Set]':
      return branded(() => ({ kind: 'wrapped', head: '{"$":"s","v":', data: [...setValues(value)] }));
    case '[object ArrayBuffer]':
      return branded(() => ({ kind: 'bytes', type: 'ArrayBuffer', bytes: new Uint8Array(value as ArrayBuffer) }));
    case '[object URL]':
      return { kind: 'leaf', text: `{"$":"url","v":${JSON.stringify((value as { href: unknown }).href)}}` };
    default:
      return undefined;
  }
}

/** What only works on a real one of its kind, and not on an object that says it were. */
function branded(make: () => Anatomy): Anatomy | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

const mapEntries = (value: object): IterableIterator<[unknown, unknown]> =>
  Map.prototype.entries.call(value as Map<unknown, unknown>);
const setValues = (value: object): IterableIterator<unknown> => Set.prototype.values.call(value as Set<unknown>);

function dateText(ms: number): string {
  return `{"$":"d","v":${Number.isNaN(ms) ? 'null' : String(ms)}}`;
}

function viewOf(view: ArrayBufferView): Anatomy | undefined {
  const type = Buffer.isBuffer(view) ? 'Buffer' : Object.prototype.toString.call(view).slice(8, -1);
  if (!(VIEW_TYPES as readonly string[]).includes(type)) return undefined;
  return { kind: 'bytes', type, bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) };
}

/** The names of bytes that the format knows. Their elements are in the byte order of all processors in use: little first. */
export const VIEW_TYPES = [
  'Uint8Array',
  'Buffer',
  'ArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const;

/** The errors that come back as what they are. Others come back as an `Error` of their name. */
export const ERROR_TYPES = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
} as const;

function errorOf(value: object): Anatomy {
  const error = value as { name?: unknown; message?: unknown; stack?: unknown; cause?: unknown };
  const name = typeof error.name === 'string' ? error.name : 'Error';
  const data: [string, unknown][] = [
    ['name', name],
    ['message', String(error.message)],
  ];
  if (typeof error.stack === 'string') data.push(['stack', error.stack]);
  if (Object.hasOwn(error, 'cause')) data.push(['cause', error.cause]);
  if (Array.isArray((error as { errors?: unknown }).errors)) data.push(['errors', (error as AggregateError).errors]);
  const told = new Set(data.map(([key]) => key));
  for (const [key, own] of Object.entries(error)) if (!told.has(key)) data.push([key, own]);
  return { kind: 'wrapped', head: '{"$":"e","v":', data };
}

function isSubclassedError(value: object, prototype: object): boolean {
  const name = (prototype as { constructor?: { name?: string } }).constructor?.name ?? '';
  return (
    (value instanceof Error || Object.prototype.toString.call(value) === '[object Error]') && !(name in ERROR_TYPES)
  );
}

function instanceName(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an object of an unknown class';
}
