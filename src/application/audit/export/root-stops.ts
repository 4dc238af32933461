import type { Hash } from '../../../domain/shared/hash.js';

/** Sizes of a log at which somebody wants to know its root. */
export class RootStops extends Map<number, (rootHash: Hash) => void> {
  /** Adds one more, at the same size as another perhaps. */
  add(size: number, tell: (rootHash: Hash) => void): this {
    const before = this.get(size);
    return this.set(size, (rootHash) => {
      before?.(rootHash);
      tell(rootHash);
    });
  }
}
