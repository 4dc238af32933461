import type { Hash } from '../shared/hash.js';
import type { ContentRef } from './content/encoded.js';
import { refHash } from './content/references.js';

/** Whether a content may refer to others: those of the first format, of 64 digits, are plain JSON whatever they say. */
export function mayRefer(hash: Hash): boolean {
  return hash.length === 43;
}

/** A content in the graph. */
interface Node {
  readonly bytes: number;
  readonly references: readonly Hash[];
}

/**
 * The contents of a store, and which of them refer to which: what can be reached from where, and what that takes. Pure: it
 * holds no bodies.
 */
export class ReferenceGraph {
  readonly #nodes = new Map<Hash, Node>();

  /** How many contents it has. */
  get size(): number {
    return this.#nodes.size;
  }

  add(hash: Hash, bytes: number, references: readonly Hash[]): void {
    this.#nodes.set(hash, { bytes, references });
  }

  has(hash: Hash): boolean {
    return this.#nodes.has(hash);
  }

  hashes(): IterableIterator<Hash> {
    return this.#nodes.keys();
  }

  /** The size of a content, in bytes; 0 for one it does not have. */
  bytesOf(hash: Hash): number {
    return this.#nodes.get(hash)?.bytes ?? 0;
  }

  /**
   * Adds to `reached` what can be reached and is not in it, and leaves out what can be reached from there only.
   *
   * @returns the size of what was added, in bytes
   */
  reach(from: Iterable<ContentRef>, reached: Set<Hash>): number {
    let bytes = 0;
    const ahead: Hash[] = [];
    const visit = (hash: Hash | undefined): void => {
      if (hash === undefined || reached.has(hash) || !this.#nodes.has(hash)) return;
      reached.add(hash);
      ahead.push(hash);
    };
    for (const ref of from) visit(refHash(ref));
    for (let hash = ahead.pop(); hash !== undefined; hash = ahead.pop()) {
      const node = this.#nodes.get(hash);
      bytes += node?.bytes ?? 0;
      for (const reference of node?.references ?? []) visit(reference);
    }
    return bytes;
  }

  /**
   * Some contents, each before all that it refers to. No circle of contents can be: each refers to others by their hashes.
   */
  parentsFirst(among: ReadonlySet<Hash>): readonly Hash[] {
    const childrenFirst: Hash[] = [];
    const seen = new Set<Hash>();
    for (const root of among) {
      // Without recursion: a chain of contents may be as long as a list.
      const path: { readonly hash: Hash; next: number }[] = [];
      if (!seen.has(root)) path.push({ hash: root, next: 0 });
      seen.add(root);
      for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
        const reference = this.#nodes.get(at.hash)?.references[at.next];
        at.next += 1;
        if (reference === undefined) {
          childrenFirst.push(at.hash);
          path.pop();
        } else if (among.has(reference) && !seen.has(reference)) {
          seen.add(reference);
          path.push({ hash: reference, next: 0 });
        }
      }
    }
    return childrenFirst.reverse();
  }
}
