import type { StoredEntry } from '../audit-entry.js';

/** Entries that follow each other, of which none is wrong by itself. */
export interface CheckedPage {
  /** Their leaf hashes as they were computed, one after the other: 32 bytes each. */
  readonly leaves: Uint8Array;
  /** Those that tell of seals. */
  readonly sealed: readonly StoredEntry[];
  /** Those that tell of cuts. */
  readonly cuts: readonly StoredEntry[];
}

/**
 * Others that read a store's entries and check them beside this thread, for a verification that is long enough. They
 * only ever say that nothing is wrong: what they can't say that of is looked at again here, and so are pages that they
 * failed to read.
 */
export interface PageCheckers {
  /** How many pages to have asked for at a time; 0 when nobody is ready yet, or any more. */
  readonly capacity: number;

  /**
   * Checks the entries at `from` to `from + count - 1`.
   *
   * @returns `undefined` where one of them is wrong or missing, or that could not be found out. It never rejects.
   */
  check(from: number, count: number): Promise<CheckedPage | undefined>;

  /** Releases what they hold. What was asked for is answered with `undefined`. Idempotent. */
  close(): Promise<void>;
}
