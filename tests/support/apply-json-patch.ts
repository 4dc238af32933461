import type { JsonPatchOperation } from '../../src/index.js';

/**
 * Applies a JSON Patch as RFC 6902 says, to a copy. Written from the RFC alone, as the other side of `toJsonPatch`: it
 * knows nothing of how a patch is made, and refuses whatever the RFC calls an error.
 */
export function applyJsonPatch(target: unknown, patch: readonly JsonPatchOperation[]): unknown {
  const box: Record<string, unknown> = { root: copyOf(target) };
  for (const operation of patch) {
    switch (operation.op) {
      case 'add':
        insert(box, operation.path, copyOf(operation.value));
        break;
      case 'remove':
        take(box, operation.path);
        break;
      case 'replace':
        take(box, operation.path);
        insert(box, operation.path, copyOf(operation.value));
        break;
      case 'move': {
        if (operation.path.startsWith(`${operation.from}/`)) throw new Error('A value can not be moved into itself.');
        insert(box, operation.path, take(box, operation.from));
        break;
      }
    }
  }
  return box['root'];
}

function insert(box: object, path: string, value: unknown): void {
  const { holder, key } = resolve(box, path);
  if (!Array.isArray(holder)) set(holder, key, value);
  else if (key === '-') holder.push(value);
  else holder.splice(indexIn(key, holder.length), 0, value);
}

function take(box: object, path: string): unknown {
  const { holder, key } = resolve(box, path);
  if (!Object.hasOwn(holder, key)) throw new Error(`There is nothing at ${path}.`);
  if (Array.isArray(holder)) return holder.splice(indexIn(key, holder.length - 1), 1)[0] as unknown;
  const value = (holder as Record<string, unknown>)[key];
  Reflect.deleteProperty(holder, key);
  return value;
}

function resolve(box: object, path: string): { readonly holder: object; readonly key: string } {
  const keys = [
    'root',
    ...path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')),
  ];
  const key = keys.pop() as string;
  let holder: object = box;
  for (const each of keys) {
    const next: unknown = Object.hasOwn(holder, each) ? (holder as Record<string, unknown>)[each] : undefined;
    if (typeof next !== 'object' || next === null) throw new Error(`There is nothing to go through at ${path}.`);
    holder = next;
  }
  return { holder, key };
}

function indexIn(key: string, most: number): number {
  const index = Number(key);
  if (!/^(?:0|[1-9]\d*)$/.test(key) || index > most) throw new Error(`${key} is no index up to ${most}.`);
  return index;
}

function set(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Copies lists and objects, whatever class they are of; everything else is taken as it is. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Map) return value;
  if (value instanceof Set || ArrayBuffer.isView(value)) return value;
  const copy: object = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  for (const [key, part] of Object.entries(value)) set(copy, key, copyOf(part));
  return copy;
}
