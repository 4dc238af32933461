import { InvalidArgumentError } from './errors.js';

/**
 * The keys and indexes that a JSON pointer (RFC 6901) goes through.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` for what is no pointer
 */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
    throw new InvalidArgumentError(`${JSON.stringify(pointer)} is not a JSON pointer (RFC 6901).`, {
      hint: 'Write /key, /list/0/key, or nothing for the whole; ~ in a key is written ~0, and / is written ~1.',
    });
  }
  return pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer to what holds the thing that a pointer leads to; `undefined` for the whole. */
export function parentPointer(pointer: string): string | undefined {
  return pointer === '' ? undefined : pointer.slice(0, pointer.lastIndexOf('/'));
}

/** The last key or index of a pointer that leads into something. */
export function lastKey(pointer: string): string {
  return parsePointer(pointer.slice(pointer.lastIndexOf('/')))[0] ?? '';
}

/** What a pointer leads to, in a box, as it may be `undefined` itself; no box where it leads nowhere. */
export function valueAt(value: unknown, pointer: string): { readonly value: unknown } | undefined {
  let at = value;
  for (const key of parsePointer(pointer)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    // A list has a length of its own, which is no item.
    if (Array.isArray(at) && !/^(?:0|[1-9]\d*)$/.test(key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return { value: at };
}
