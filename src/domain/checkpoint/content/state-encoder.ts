import type { Hash } from '../../shared/hash.js';
import type { StateManifest } from '../checkpoint.js';
import { DEFAULT_MAX_VALUE_BYTES, UnstorablePart, within } from './content.errors.js';
import type { EncodedValue, ForeignValues } from './encoded.js';
import { manifestHash } from './manifest-hash.js';
import { PartEncoder } from './part-encoder.js';
import type { AnyPart } from './part-shape.js';

/** A state as it is stored. */
export interface EncodedState {
  readonly manifest: StateManifest;
  /** Identifies the state: SHA-256 over its manifest. */
  readonly stateHash: Hash;
  /** One for each top-level key. */
  readonly values: readonly EncodedValue[];
  /** Size of the state, in bytes: the sum of its values. */
  readonly stateBytes: number;
}

/** How states are encoded. */
export interface StateEncoderOptions {
  /** What knows the objects of adapters. Without it they are refused. */
  readonly foreign?: ForeignValues | undefined;
  /** About how much memory the states of all slots may take that are remembered, in bytes: 128 MiB when left out. */
  readonly cacheBytes?: number | undefined;
  /** How large one value may be, in bytes: 1 GiB when left out. */
  readonly maxBytes?: number | undefined;
}

/** The state of a slot as it was encoded last. */
interface Remembered {
  readonly parts: ReadonlyMap<string, AnyPart>;
  readonly cost: number;
}

const DEFAULT_CACHE_BYTES = 134_217_728;

/**
 * Takes states apart for storage. Of each slot (an execution, a thread) it remembers the state that it encoded last, and
 * what did not change since costs neither text nor hash: it is compared with a copy, value by value, so that a change in
 * place is noticed as well. Only what is frozen all through is known by its identity.
 *
 * What comes out follows from the state alone, whatever is remembered.
 */
export class StateEncoder {
  readonly #foreign: ForeignValues | undefined;
  readonly #cacheBytes: number;
  readonly #maxBytes: number;
  /** The slot that was used longest ago comes first. */
  readonly #slots = new Map<string, Remembered>();
  #cost = 0;

  constructor(options: StateEncoderOptions = {}) {
    this.#foreign = options.foreign;
    this.#cacheBytes = options.cacheBytes ?? DEFAULT_CACHE_BYTES;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_VALUE_BYTES;
  }

  /**
   * Encodes a state, and remembers it for the next one of the slot.
   *
   * @throws InvalidArgumentError `WAYMARK_NOT_STORABLE` with the JSON pointer of the part that can't be stored;
   *   WaymarkError `WAYMARK_CHECKPOINT_TOO_LARGE`
   */
  encode(slot: string, state: Readonly<Record<string, unknown>>): EncodedState {
    const before = this.#slots.get(slot)?.parts;
    const encoder = new PartEncoder(this.#foreign, this.#maxBytes);
    const parts = new Map<string, AnyPart>();
    for (const key of Object.keys(state)) {
      parts.set(
        key,
        storable('state', () => encodeAt(encoder, key, state[key], before?.get(key))),
      );
    }
    this.#remember(slot, parts);
    const values = Array.from(parts.values(), ({ value }) => value);
    const manifest = Array.from(parts, ([key, part]) => [key, part.value.ref] as const);
    const stateBytes = values.reduce((sum, { bytes }) => sum + bytes, 0);
    return { manifest, stateHash: manifestHash(manifest), values, stateBytes };
  }

  /**
   * Encodes a value, and remembers nothing.
   *
   * @param what how a message should call it
   * @throws InvalidArgumentError, WaymarkError as {@link encode}
   */
  encodeValue(value: unknown, what = 'value'): EncodedValue {
    return storable(what, () => new PartEncoder(this.#foreign, this.#maxBytes).encode(value, undefined, 0)).value;
  }

  /** Forgets the state of a slot that has no next one. */
  forget(slot: string): void {
    this.#cost -= this.#slots.get(slot)?.cost ?? 0;
    this.#slots.delete(slot);
  }

  #remember(slot: string, parts: ReadonlyMap<string, AnyPart>): void {
    this.forget(slot);
    let cost = 0;
    for (const part of parts.values()) cost += part.cost;
    if (cost > this.#cacheBytes) return;
    this.#slots.set(slot, { parts, cost });
    this.#cost += cost;
    for (const oldest of this.#slots.keys()) {
      if (this.#cost <= this.#cacheBytes) break;
      this.forget(oldest);
    }
  }
}

function encodeAt(encoder: PartEncoder, key: string, value: unknown, before: AnyPart | undefined): AnyPart {
  try {
    return encoder.encode(value, before, 1);
  } catch (error) {
    throw within(error, key);
  }
}

/** An error inside names a part; what leaves here names what it is a part of. */
function storable(what: string, encode: () => AnyPart): AnyPart {
  try {
    return encode();
  } catch (error) {
    if (error instanceof UnstorablePart) throw error.toInvalidArgument(what);
    throw error;
  }
}
