import type { Hash } from '../../shared/hash.js';

/** Where a part of the log was cut off: what is needed to go on proving and verifying without it. */
export interface Seam {
  /** The beginning of the hash of its note, where it has one. */
  readonly id: string;
  /** The first position that was removed: 0, or where the seam before this one ends. */
  readonly from: number;
  /** The first position that is still there. */
  readonly to: number;
  /** The frontier of the tree over the first `to` entries, in hexadecimal. */
  readonly frontier: readonly Hash[];
  /** The root of that tree. */
  readonly rootHash: Hash;
  /**
   * The signed note that states all of this but the path: a text of its own kind, which is no seal. Left out where the cut
   * was made without a key.
   */
  readonly note?: string;
  /** The archive: the path that it was written to, and what its bytes hash to. */
  readonly archive: { readonly path: string; readonly sha256: Hash };
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
}
