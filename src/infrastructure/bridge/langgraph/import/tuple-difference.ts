import { isDeepStrictEqual } from 'node:util';
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { placeWrites } from './pending-writes.js';

/** The parts of a tuple but for the writes on top of it. */
const PARTS = ['config', 'checkpoint', 'metadata', 'parentConfig'] as const;

/**
 * Where two tuples first differ: `checkpoint.channel_values.total`; `undefined` where they say the same. The order of an
 * object's keys says nothing, and LangChain's objects are what they are serialised as.
 */
export function tupleDifference(a: CheckpointTuple, b: CheckpointTuple): string | undefined {
  return (
    checkpointDifference(a, b) ??
    difference(placeWrites(a.pendingWrites ?? []), placeWrites(b.pendingWrites ?? []), 'pendingWrites')
  );
}

/** The same without the writes on top of the checkpoint. */
export function checkpointDifference(a: CheckpointTuple, b: CheckpointTuple): string | undefined {
  return firstOf(PARTS, (part) => difference(a[part], b[part], part));
}

/** Where two values first differ, as a path that begins with the given one. */
export function difference(a: unknown, b: unknown, path: string): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  if (isSerializable(a) && isSerializable(b)) return difference(serialised(a), serialised(b), path);
  if (a instanceof Map && b instanceof Map) return difference([...a], [...b], path);
  if (a instanceof Set && b instanceof Set) return difference([...a], [...b], path);
  if (Array.isArray(a) && Array.isArray(b)) {
    const steps = Array.from({ length: Math.max(a.length, b.length) }, (_, at) => at);
    return firstOf(steps, (at) =>
      at < a.length && at < b.length ? difference(a[at], b[at], `${path}.${at}`) : `${path}.${at}`,
    );
  }
  if (!isRecord(a) || !isRecord(b) || classOf(a) !== classOf(b)) return isDeepStrictEqual(a, b) ? undefined : path;
  return firstOf([...new Set([...Object.keys(a), ...Object.keys(b)])], (key) =>
    Object.hasOwn(a, key) && Object.hasOwn(b, key) ? difference(a[key], b[key], `${path}.${key}`) : `${path}.${key}`,
  );
}

function firstOf<Item>(items: readonly Item[], look: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Made by a class of LangChain's. */
function isSerializable(value: object): boolean {
  const { lc_serializable: says, toJSON } = value as { lc_serializable?: unknown; toJSON?: unknown };
  return says === true && typeof toJSON === 'function';
}

function serialised(value: object): unknown {
  const text = JSON.stringify(value);
  return JSON.parse(text);
}

/** An object that is what its keys hold. Dates, bytes, errors and the like are more than that. */
function isRecord(value: object): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function classOf(value: object): object {
  return (Object.getPrototypeOf(value) as object | null) ?? Object.prototype;
}
