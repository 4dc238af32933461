/** A value of a state that has parts with names: a plain object, or an instance of a class that a state may hold. */
export type StateRecord = Readonly<Record<string, unknown>>;

/** How two values are compared: item by item, key by key, or as a whole. */
export type ValueKind = 'list' | 'record' | 'atom';

/** See {@link ValueKind}. What JSON has no pointer into (dates, bytes, maps, sets, errors …) is compared as a whole. */
export function kindOf(value: unknown): ValueKind {
  if (typeof value !== 'object' || value === null) return 'atom';
  if (Array.isArray(value)) return 'list';
  return isTyped(value) ? 'atom' : 'record';
}

/** Objects whose content their keys don't tell. */
const TYPED = new Set(['Date', 'Map', 'Set', 'RegExp', 'Error', 'URL', 'ArrayBuffer', 'DataView']);

/** Whether an object has a content of its own, of whatever realm it is. */
function isTyped(value: object): boolean {
  return ArrayBuffer.isView(value) || TYPED.has(builtInName(value)) || value instanceof Error;
}

/** What JavaScript calls a built-in object: `Date`, `Map`; `Object` for most others. */
export function builtInName(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** The name of the class that an object is of; empty for a plain object. */
export function classNameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of another realm have an Object.prototype of their own, whose parent is null.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return '';
  const name: unknown = (value.constructor as { readonly name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : '';
}
