import { sha256Hex } from '../shared/hash.js';
import type { Hash } from '../shared/hash.js';
import { type JsonObject, type JsonValue, setOwn, toJson } from '../shared/json.js';
import type { Content, StateManifest } from './checkpoint.js';

/** A state taken apart for storage. */
export interface StateParts {
  readonly manifest: StateManifest;
  readonly stateHash: Hash;
  /** One for each top-level key. */
  readonly contents: readonly Content[];
  /** Size of the state, in bytes: the sum of its contents. */
  readonly stateBytes: number;
}

// A value that did not change keeps its identity from one state to the next, so its content need not be made again.
const cache = new WeakMap<object, Content>();

/**
 * Takes a state apart into contents, one for each top-level key. Keys that did not change since an earlier state cost
 * nothing to store, because their content has the same hash.
 */
export function splitState(state: JsonObject): StateParts {
  const entries = Object.entries(state).map(([key, value]) => [key, contentOf(value)] as const);
  const manifest: StateManifest = entries.map(([key, content]) => [key, content.hash] as const);
  const contents = entries.map(([, content]) => content);
  return {
    manifest,
    stateHash: manifestHash(manifest),
    contents,
    stateBytes: contents.reduce((sum, content) => sum + Buffer.byteLength(content.body), 0),
  };
}

/** Identifies a state: SHA-256 over its manifest's JSON. */
export function manifestHash(manifest: StateManifest): Hash {
  return sha256Hex(JSON.stringify(manifest));
}

/**
 * Puts a state together again.
 *
 * @param bodies the contents by hash
 * @returns the state, and its hash computed from what was read: it equals the checkpoint's `stateHash` when all is
 *   intact. A content that is missing or is not JSON counts as altered and leaves its key out.
 */
export function joinState(
  manifest: StateManifest,
  bodies: ReadonlyMap<Hash, string>,
): { readonly state: JsonObject; readonly actualHash: Hash } {
  const state: Record<string, JsonValue> = {};
  const actual: [string, Hash][] = [];
  for (const [key, hash] of manifest) {
    const body = bodies.get(hash);
    actual.push([key, body === undefined ? sha256Hex('') : sha256Hex(body)]);
    const value = body === undefined ? undefined : parse(body);
    if (value !== undefined) setOwn(state, key, value);
  }
  return { state: Object.freeze(state), actualHash: manifestHash(actual) };
}

function contentOf(value: JsonValue): Content {
  const known = typeof value === 'object' && value !== null ? cache.get(value) : undefined;
  if (known !== undefined) return known;
  const body = JSON.stringify(value);
  const content = { hash: sha256Hex(body), body };
  if (typeof value === 'object' && value !== null) cache.set(value, content);
  return content;
}

function parse(body: string): JsonValue | undefined {
  try {
    return toJson(JSON.parse(body) as unknown, 'state');
  } catch {
    // Not JSON: the hash over what was read tells the caller that it was altered.
    return undefined;
  }
}
