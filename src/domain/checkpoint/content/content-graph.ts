import { type Hash, sha256Hex } from '../../shared/hash.js';
import { contentMalformed, DEFAULT_MAX_VALUE_BYTES, valueTooLarge } from './content.errors.js';
import type { ContentRef } from './encoded.js';
import { referencesOf, refHash } from './references.js';
import { MARK, textHash } from './value-text.js';
import type { VerifiedBodies } from './verified-bodies.js';

/** Reads the bodies of contents, by hash. A hash that is not stored is not in the map. */
export type ReadContents = (hashes: readonly Hash[]) => Promise<ReadonlyMap<Hash, string>>;

/** A content that was read. */
export interface ContentNode {
  readonly hash: Hash;
  body: string;
  /** Whether it is JSON and nothing else. */
  isPlain: boolean;
  /** The body parsed, for whoever takes it first; `undefined` until it is needed. */
  parsed: unknown;
  /** What it refers to, as often as it does. */
  references: readonly ContentNode[];
  /** The digest of what is in its place, where it is missing or altered. */
  damage: Hash | undefined;
  /** Its length with all that it refers to; `undefined` until somebody asks. */
  size: number | undefined;
}

/** How many references may lead from a value to its innermost content. */
const MAX_LEVELS = 4_000;

const NO_REFERENCES: readonly ContentNode[] = [];

/** How contents are read. */
export interface ReadOptions {
  /** How large a value may be, in bytes: 1 GiB when left out. */
  readonly maxBytes?: number | undefined;
  /** What need not be read and checked again. */
  readonly verified?: VerifiedBodies | undefined;
}

/**
 * The contents of values, read level by level: one read for all that a level refers to. Each is read once, and none is
 * followed that is not what its hash says, so that no store can lead it round in circles.
 */
export class ContentGraph {
  readonly #nodes = new Map<Hash, ContentNode>();
  readonly #read: ReadContents;
  readonly #maxBytes: number;
  readonly #verified: VerifiedBodies | undefined;
  #length = 0;
  #isIntact = true;
  #loading: Promise<void> = Promise.resolve();

  constructor(read: ReadContents, { maxBytes = DEFAULT_MAX_VALUE_BYTES, verified }: ReadOptions = {}) {
    this.#read = read;
    this.#maxBytes = maxBytes;
    this.#verified = verified;
  }

  /**
   * Reads all that values consist of, but for what was read before. One after another: what one of them reads is there
   * for the next.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_TOO_LARGE`, `WAYMARK_CHECKPOINT_FORMAT`, `WAYMARK_STORE_CORRUPT`
   */
  load(refs: readonly ContentRef[]): Promise<void> {
    const loading = this.#loading.then(() => this.#load(refs));
    // Whoever asked is told of its failure; the next one reads on.
    this.#loading = loading.catch(() => undefined);
    return loading;
  }

  async #load(refs: readonly ContentRef[]): Promise<void> {
    let level: ContentNode[] = [];
    this.#length = 0;
    const roots = refs.map(refHash).flatMap((hash) => (hash === undefined ? [] : [this.#nodeAt(hash, level)]));
    for (let depth = 0; level.length > 0; depth += 1) {
      if (depth > MAX_LEVELS) throw contentMalformed('contents refer to contents too deep');
      level = await this.#fillLevel(level);
    }
    // Pieces that refer to each other again and again are small to read, and could be anything to put together.
    for (const root of roots) if (sizeOf(root) > this.#maxBytes) throw valueTooLarge('stored value', this.#maxBytes);
  }

  /** A content that is what was stored; `undefined` for one that is missing or altered. */
  intact(hash: Hash): ContentNode | undefined {
    const node = this.#nodes.get(hash);
    return node?.damage === undefined ? node : undefined;
  }

  /** Whether all was read that the contents refer to, and is what was stored. */
  get isIntact(): boolean {
    return this.#isIntact;
  }

  /** What is missing or altered in a value: the hashes with the digests of what is in their place. */
  damageOf(ref: ContentRef): readonly (readonly [Hash, Hash])[] {
    const root = this.#nodes.get(refHash(ref) ?? '');
    const found: (readonly [Hash, Hash])[] = [];
    const seen = new Set(root === undefined ? [] : [root]);
    for (const node of seen) {
      if (node.damage !== undefined) found.push([node.hash, node.damage]);
      for (const reference of node.references) seen.add(reference);
    }
    return found;
  }

  /** The node of a hash. A new one is to be read with the next level. */
  #nodeAt(hash: Hash, next: ContentNode[]): ContentNode {
    const known = this.#nodes.get(hash);
    if (known !== undefined) return known;
    const node: ContentNode = {
      hash,
      body: '',
      isPlain: true,
      parsed: undefined,
      references: NO_REFERENCES,
      damage: undefined,
      size: undefined,
    };
    this.#nodes.set(hash, node);
    next.push(node);
    return node;
  }

  /** Reads the contents of a level. Returns those that they refer to and that are not read yet. */
  async #fillLevel(level: readonly ContentNode[]): Promise<ContentNode[]> {
    const next: ContentNode[] = [];
    const unknown: ContentNode[] = [];
    for (const node of level) {
      const body = this.#verified?.get(node.hash);
      if (body === undefined) unknown.push(node);
      else this.#fill(node, body, next);
    }
    if (unknown.length === 0) return next;
    const bodies = await this.#read(unknown.map(({ hash }) => hash));
    for (const node of unknown) {
      const body = bodies.get(node.hash);
      if (body === undefined || digestOf(node.hash, body) !== node.hash) {
        node.damage = sha256Hex(body ?? '');
        this.#isIntact = false;
      } else {
        this.#verified?.add(node.hash, body);
        this.#fill(node, body, next);
      }
    }
    return next;
  }

  #fill(node: ContentNode, body: string, next: ContentNode[]): void {
    this.#length += body.length;
    if (this.#length > this.#maxBytes) throw valueTooLarge('stored value', this.#maxBytes);
    node.body = body;
    // Of a text that is one string, whatever it says, nothing needs to be looked at.
    node.isPlain = isFirstFormat(node.hash) || body.startsWith('"') || !body.includes(MARK);
    if (node.isPlain) {
      node.size = body.length;
    } else {
      node.parsed = parseBody(node);
      node.references = referencesOf(node.parsed).map((hash) => this.#nodeAt(hash, next));
    }
  }
}

/**
 * The text of a content, parsed.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT`
 */
export function parseBody({ hash, body }: ContentNode): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw contentMalformed('it is not JSON', hash);
  }
}

/** Plain JSON, whatever it says: its hash is in hexadecimal. */
function isFirstFormat(hash: Hash): boolean {
  return hash.length === 64;
}

function digestOf(hash: Hash, body: string): Hash {
  return isFirstFormat(hash) ? sha256Hex(body) : textHash(body);
}

/** How large a content is with all that it refers to, each as often as it is referred to. */
function sizeOf(node: ContentNode): number {
  if (node.size === undefined) {
    let size = node.body.length;
    for (const reference of node.references) size += sizeOf(reference);
    node.size = size;
  }
  return node.size;
}
