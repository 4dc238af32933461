import { types } from 'node:util';
import { isPlainPrototype } from '../../../../domain/checkpoint/content/anatomy.js';
import type { ForeignValues } from '../../../../domain/checkpoint/content/encoded.js';
import { setOwn } from '../../../../domain/shared/json.js';
import { Dumped } from './dumped.js';

/** Deeper than any value that can be stored: the encoder says so of what is below. */
const MAX_DEPTH = 250;

const KNOWN = /^\[object (?:RegExp|URL|Error)\]$/;

/**
 * A copy of what is kept beside a state, as it is now: the graph that gave it may go on, and change it. Functions and
 * symbols are left out of it, and are `null` in lists, as in JSON: metadata is mostly configuration, which has some.
 */
export function copyDetails(value: unknown, foreign: ForeignValues): unknown {
  return new DetailsCopy(foreign).of(value, 0);
}

class DetailsCopy {
  readonly #foreign: ForeignValues;
  /** What was met: a circle stays one. */
  readonly #met = new Map<object, unknown>();

  constructor(foreign: ForeignValues) {
    this.#foreign = foreign;
  }

  of(value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
    const met = this.#met.get(value);
    if (met !== undefined) return met;
    const made = this.#copy(value, depth + 1);
    this.#met.set(value, made);
    return made;
  }

  #copy(value: object, depth: number): unknown {
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      this.#met.set(value, list);
      // Not by `map`, which keeps holes.
      for (const item of value as unknown[]) list.push(isLeftOut(item) ? null : this.of(item, depth));
      return list;
    }
    if (isPlainPrototype(Object.getPrototypeOf(value))) {
      const object: Record<string, unknown> = {};
      this.#met.set(value, object);
      for (const [key, item] of Object.entries(value)) {
        if (!isLeftOut(item)) setOwn(object, key, this.of(item, depth));
      }
      return object;
    }
    if (types.isMap(value) && isItself(value)) {
      const entries = [...value].filter((entry) => !entry.some(isLeftOut));
      return new Map(entries.map(([key, item]) => [this.of(key, depth), this.of(item, depth)]));
    }
    if (types.isSet(value) && isItself(value)) {
      const items = [...value].filter((item) => !isLeftOut(item));
      return new Set(items.map((item) => this.of(item, depth)));
    }
    if (Buffer.isBuffer(value)) return Buffer.from(value);
    if (types.isDate(value) || ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
      return structuredClone(value);
    }
    // The format knows these, and what they say does not change.
    if (KNOWN.test(Object.prototype.toString.call(value))) return value;
    const dumped = this.#foreign.dump(value);
    return dumped === undefined ? value : new Dumped(dumped.name, this.of(dumped.data, depth));
  }
}

function isLeftOut(value: unknown): boolean {
  return typeof value === 'function' || typeof value === 'symbol';
}

/** Whether it is of the class itself, in whatever realm, and not of one that extends it. */
function isItself(value: object): boolean {
  return isPlainPrototype(Object.getPrototypeOf(Object.getPrototypeOf(value)));
}
