import type { Hash } from '../../shared/hash.js';
import { setOwn } from '../../shared/json.js';
import { contentMalformed, formatUnknown } from './content.errors.js';
import { type ContentGraph, type ContentNode, parseBody } from './content-graph.js';
import type { ContentRef, ForeignValues } from './encoded.js';
import {
  hashesIn,
  hashIn,
  isMarked,
  levelsIn,
  listIn,
  type Marked,
  MAX_TEXT_DEPTH,
  pairsIn,
  referredBy,
} from './references.js';
import { reviveBytes, reviveError, reviveLeaf } from './revive.js';
import { MARK } from './value-text.js';

/** How values are made. */
export interface DecodeOptions {
  /** What makes the objects of adapters; without it their data comes back as it is. */
  readonly foreign?: ForeignValues | undefined;
  /**
   * Whether objects and lists are frozen, and shared where they are equal; left out they are new, and the caller's to
   * change.
   */
  readonly frozen?: boolean | undefined;
}

/** Makes values of contents that were read. Data only: no class but JavaScript's own, no code, no prototypes. */
export class ValueDecoder {
  readonly #graph: ContentGraph;
  readonly #foreign: ForeignValues | undefined;
  readonly #frozen: boolean;
  readonly #shared = new Map<Hash, unknown>();

  constructor(graph: ContentGraph, options: DecodeOptions) {
    this.#graph = graph;
    this.#foreign = options.foreign;
    this.#frozen = options.frozen === true;
  }

  /**
   * The value at an address. All its contents must be intact.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_FORMAT`, `WAYMARK_STORE_CORRUPT`
   */
  decode(ref: ContentRef): unknown {
    if (!ref.startsWith('=')) return this.#content(ref, 0);
    const text = ref.slice(1);
    try {
      const raw = JSON.parse(text) as unknown;
      return text.includes(MARK) ? this.#value(raw, 0) : this.#plain(raw, 0);
    } catch (error) {
      if (error instanceof SyntaxError) throw contentMalformed('a value that is kept in place is not JSON');
      throw error;
    }
  }

  #content(hash: Hash, depth: number): unknown {
    if (!this.#frozen) return this.#make(hash, depth);
    if (this.#shared.has(hash)) return this.#shared.get(hash);
    const made = this.#make(hash, depth);
    this.#shared.set(hash, made);
    return made;
  }

  #make(hash: Hash, depth: number): unknown {
    const node = this.#node(hash);
    return node.isPlain ? this.#plain(take(node), depth) : this.#value(take(node), depth);
  }

  #node(hash: Hash): ContentNode {
    const node = this.#graph.intact(hash);
    if (node === undefined) throw contentMalformed('it was not read', hash);
    return node;
  }

  #plain(raw: unknown, depth: number): unknown {
    if (this.#frozen) freeze(raw, depth);
    return raw;
  }

  /** A value of its text, in the place of the text's own objects: they belong to nobody else. */
  #value(raw: unknown, depth: number): unknown {
    if (typeof raw !== 'object' || raw === null) return raw;
    if (depth > MAX_TEXT_DEPTH) throw contentMalformed('it nests too deep');
    if (Array.isArray(raw)) return this.#items(raw, depth);
    if (isMarked(raw)) return this.#marked(raw, depth);
    for (const key of Object.keys(raw)) {
      const before = (raw as Record<string, unknown>)[key];
      if (typeof before === 'object' && before !== null) setOwn(raw, key, this.#value(before, depth + 1));
    }
    return this.#done(raw);
  }

  #items(raw: unknown[], depth: number): unknown[] {
    for (let index = 0; index < raw.length; index += 1) {
      const before = raw[index];
      if (typeof before === 'object' && before !== null) raw[index] = this.#value(before, depth + 1);
    }
    return this.#done(raw);
  }

  #done<Value extends object>(value: Value): Value {
    return this.#frozen ? Object.freeze(value) : value;
  }

  #marked(raw: Marked, depth: number): unknown {
    const data = raw.v;
    const referred = referredBy(raw);
    if (referred !== undefined) return this.#content(referred, depth + 1);
    switch (raw.$) {
      case 'l':
        return this.#items(this.#sequence(data), depth);
      case 'k':
        return this.#object(this.#items(this.#sequence(data), depth));
      case 'o':
        return this.#object(this.#value(data, depth + 1));
      case 't':
        return this.#strings(data).join('');
      case 'b':
        return reviveBytes(raw.t, typeof data === 'string' ? [data] : this.#strings(data));
      case 'm':
        return new Map(pairsIn(this.#value(data, depth + 1)));
      case 's':
        return new Set(listIn(this.#value(data, depth + 1)));
      case 'e':
        return reviveError(pairsIn(this.#value(data, depth + 1)));
      case 'x':
        return this.#adapted(raw.t, this.#value(data, depth + 1));
      case 'c':
        throw contentMalformed('a node of a sequence stands where a value should');
      default:
        return reviveLeaf(raw) ?? undefinedOf(raw);
    }
  }

  #object(entries: unknown): object {
    const object = {};
    for (const [key, value] of pairsIn(entries)) {
      if (typeof key !== 'string') throw contentMalformed('a key of an object is no text');
      setOwn(object, key, value);
    }
    return this.#done(object);
  }

  #adapted(name: unknown, data: unknown): unknown {
    if (typeof name !== 'string') throw contentMalformed('an adapter’s object has no name');
    return this.#foreign === undefined ? data : this.#foreign.revive(name, data);
  }

  /** The items of a sequence, as they are in their texts. */
  #sequence(data: unknown): unknown[] {
    const levels = levelsIn(data);
    const items: unknown[] = [];
    for (const [index, level] of levels.entries()) {
      const height = levels.length - 1 - index;
      if (height === 0) for (const item of level) items.push(item);
      else for (const hash of hashesIn(level)) this.#collect(hash, height, items);
    }
    return items;
  }

  /** The items below a closed node. */
  #collect(hash: Hash, height: number, items: unknown[]): void {
    const raw = take(this.#node(hash));
    if (height === 1) {
      const own = listIn(typeof raw === 'object' && raw !== null && !Array.isArray(raw) && isMarked(raw) ? raw.v : raw);
      for (const item of own) items.push(item);
      return;
    }
    for (const child of hashesIn((raw as Marked | null)?.v)) this.#collect(child, height - 1, items);
  }

  /** The texts that a long string, or long bytes, consist of. */
  #strings(data: unknown): readonly string[] {
    return this.#sequence(data).map((hash) => {
      const text = this.#content(hashIn(hash), 0);
      if (typeof text !== 'string') throw contentMalformed('a part of a long string is none', hash as Hash);
      return text;
    });
  }
}

function undefinedOf(raw: Marked): undefined {
  if (raw.$ !== 'u') throw formatUnknown(raw.$);
}

/** The parsed body of a content. Whoever comes first gets what is there; everybody after that a new one. */
function take(node: ContentNode): unknown {
  const { parsed } = node;
  node.parsed = undefined;
  return parsed === undefined ? parseBody(node) : parsed;
}

function freeze(raw: unknown, depth: number): void {
  if (typeof raw !== 'object' || raw === null) return;
  if (depth > MAX_TEXT_DEPTH) throw contentMalformed('it nests too deep');
  if (Array.isArray(raw)) for (const item of raw) freeze(item, depth + 1);
  else for (const key of Object.keys(raw)) freeze((raw as Record<string, unknown>)[key], depth + 1);
  Object.freeze(raw);
}
