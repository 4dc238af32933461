import { type Hash, sha256Hex } from '../../shared/hash.js';
import { setOwn } from '../../shared/json.js';
import type { StateManifest } from '../checkpoint.js';
import { valueAltered } from './content.errors.js';
import { ContentGraph, type ReadContents, type ReadOptions } from './content-graph.js';
import type { ContentRef } from './encoded.js';
import { manifestHash } from './manifest-hash.js';
import { type DecodeOptions, ValueDecoder } from './value-decoder.js';

/** How values are read. */
export interface LoadOptions extends DecodeOptions, ReadOptions {}

/** A state that was read. */
export interface LoadedState {
  readonly state: Record<string, unknown>;
  /**
   * The hash of what was read: it equals the checkpoint's `stateHash` when all is intact. A key whose value is missing or
   * altered, at any depth, is left out of the state.
   */
  readonly actualHash: Hash;
}

/**
 * Reads a state and checks every piece of it.
 *
 * @param read the bodies of contents by hash: `(hashes) => repository.contents(hashes)`
 * @throws WaymarkError `WAYMARK_CHECKPOINT_TOO_LARGE`; `WAYMARK_CHECKPOINT_FORMAT` when a newer version wrote it;
 *   `WAYMARK_STORE_CORRUPT` when something else was stored under its right hash
 */
export async function loadState(
  manifest: StateManifest,
  read: ReadContents,
  options: LoadOptions = {},
): Promise<LoadedState> {
  return loadStateFrom(new ContentGraph(read, options), manifest, options);
}

/**
 * {@link loadState}, of contents of which some may have been read before: for states that share most of what they are.
 *
 * @param manner `lazily` makes each key's value when it is first looked at. All of it was read and checked by then
 */
export async function loadStateFrom(
  graph: ContentGraph,
  manifest: StateManifest,
  options: DecodeOptions = {},
  manner: 'at once' | 'lazily' = 'at once',
): Promise<LoadedState> {
  await graph.load(manifest.map(([, ref]) => ref));
  const decoder = new ValueDecoder(graph, options);
  const { isIntact } = graph;
  const state: Record<string, unknown> = {};
  const actual: [string, ContentRef][] = [];
  for (const [key, ref] of manifest) {
    const damage = isIntact ? [] : graph.damageOf(ref);
    actual.push([key, damage.length === 0 ? ref : sha256Hex(JSON.stringify([ref, ...damage]))]);
    if (damage.length > 0) continue;
    if (manner === 'lazily') setLazily(state, key, () => decoder.decode(ref));
    else setOwn(state, key, decoder.decode(ref));
  }
  return { state: options.frozen === true ? Object.freeze(state) : state, actualHash: manifestHash(actual) };
}

/** Gives an object a property that is made when it is first looked at, and may be changed like any other. */
function setLazily(target: object, key: string, make: () => unknown): void {
  const define = (value: unknown): void => {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  };
  Object.defineProperty(target, key, {
    enumerable: true,
    configurable: true,
    get: () => {
      const value = make();
      define(value);
      return value;
    },
    set: define,
  });
}

/**
 * Reads one value and checks every piece of it.
 *
 * @throws WaymarkError `WAYMARK_CHECKPOINT_ALTERED` when a piece is missing or altered; else as {@link loadState}
 */
export async function loadValue(ref: ContentRef, read: ReadContents, options: LoadOptions = {}): Promise<unknown> {
  const [value] = await loadValues([ref], read, options);
  return value;
}

/**
 * Reads several values with as few reads as one, in their order.
 *
 * @throws WaymarkError as {@link loadValue}
 */
export async function loadValues(
  refs: readonly ContentRef[],
  read: ReadContents,
  options: LoadOptions = {},
): Promise<readonly unknown[]> {
  return loadValuesFrom(new ContentGraph(read, options), refs, options);
}

/** {@link loadValues}, of contents of which some may have been read before. */
export async function loadValuesFrom(
  graph: ContentGraph,
  refs: readonly ContentRef[],
  options: DecodeOptions = {},
): Promise<readonly unknown[]> {
  await graph.load(refs);
  const damage = graph.isIntact ? [] : refs.flatMap((ref) => graph.damageOf(ref).map(([hash]) => hash));
  if (damage.length > 0) throw valueAltered('stored value', damage);
  const decoder = new ValueDecoder(graph, options);
  return refs.map((ref) => decoder.decode(ref));
}
