import type { Hash } from '../../shared/hash.js';

/** How much is remembered, in characters. */
const REMEMBERED = 67_108_864;

/**
 * Bodies of contents that were read and are what their hashes say. What a content is never changes, so they need neither
 * be read nor be checked again. The ones that were not asked for the longest go first.
 */
export class VerifiedBodies {
  readonly #bodies = new Map<Hash, string>();
  readonly #limit: number;
  #length = 0;

  /** @param limit how much is remembered, in characters: 64 Mi when left out */
  constructor(limit: number = REMEMBERED) {
    this.#limit = limit;
  }

  get(hash: Hash): string | undefined {
    const body = this.#bodies.get(hash);
    if (body === undefined) return undefined;
    // A map gives its keys in the order in which they were set.
    if (this.#length > this.#limit / 2) {
      this.#bodies.delete(hash);
      this.#bodies.set(hash, body);
    }
    return body;
  }

  /** Remembers a body that was checked. */
  add(hash: Hash, body: string): void {
    if (this.#bodies.has(hash) || body.length > this.#limit / 4) return;
    this.#bodies.set(hash, body);
    this.#length += body.length;
    for (const [oldest, { length }] of this.#bodies) {
      if (this.#length <= this.#limit) break;
      this.#bodies.delete(oldest);
      this.#length -= length;
    }
  }
}
