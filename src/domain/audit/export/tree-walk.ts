import type { Hash } from '../../shared/hash.js';
import { leafHash, MerkleFrontier } from '../integrity/merkle-tree.js';
import { PART } from './export-manifest.js';

/** How far a walk has come: what is needed to go on with it. */
export interface WalkState {
  readonly size: number;
  readonly frontier: readonly Hash[];
  readonly parts: readonly Hash[];
}

/** Goes on with the tree of a log, text by text, and notes the roots that it comes by. */
export class TreeWalk {
  readonly #from: number;
  readonly #stops: ReadonlyMap<number, (rootHash: Hash) => void>;
  readonly #parts: Hash[];
  #frontier: MerkleFrontier;
  #waiting: Buffer[] = [];

  /**
   * @param from the size that parts are counted from
   * @param stops sizes at which somebody wants to know the root
   * @throws RangeError when the frontier does not fit the size
   */
  constructor(from: number, state: WalkState, stops: ReadonlyMap<number, (rootHash: Hash) => void> = new Map()) {
    this.#from = from;
    this.#stops = stops;
    this.#parts = [...state.parts];
    this.#frontier = MerkleFrontier.from(state.size, state.frontier);
    stops.get(state.size)?.(this.rootHash);
  }

  get size(): number {
    return this.#frontier.size + this.#waiting.length;
  }

  get rootHash(): Hash {
    return this.#settled().root().toString('hex');
  }

  /** The roots after each full part. */
  get parts(): readonly Hash[] {
    return this.#parts;
  }

  get state(): WalkState {
    const { size } = this;
    return { size, frontier: this.#settled().hashes(), parts: [...this.#parts] };
  }

  add(body: string): void {
    this.#waiting.push(leafHash(body));
    const { size } = this;
    const stop = this.#stops.get(size);
    const isPart = (size - this.#from) % PART === 0;
    if (isPart) this.#parts.push(this.rootHash);
    if (stop !== undefined) stop(this.rootHash);
  }

  /** Leaves are added together: a frontier is copied each time. */
  #settled(): MerkleFrontier {
    if (this.#waiting.length > 0) {
      this.#frontier = this.#frontier.appendAll(this.#waiting);
      this.#waiting = [];
    }
    return this.#frontier;
  }
}
