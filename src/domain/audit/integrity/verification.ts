import type { Hash } from '../../shared/hash.js';

/**
 * What a look at the whole log found.
 *
 * - `ok`: every entry is there, in its place, as it was written
 * - `tampered`: an entry was changed, swapped, removed or added, or the head was
 * - `front-truncated`: the first entries are missing
 * - `tail-truncated`: the last entries are missing
 */
export type Verdict = 'ok' | 'tampered' | 'front-truncated' | 'tail-truncated';

/** The result of a verification. */
export interface Verification {
  readonly verdict: Verdict;
  /** Entries that the head counts; 0 where it can't be read. */
  readonly size: number;
  /** The root that the head states; empty where it can't be read. */
  readonly rootHash: Hash;
  /** Entries that were looked at. */
  readonly checked: number;
  /** The first position that is wrong, where the verdict is not `ok` and it can be told. */
  readonly position?: number;
  /** What is wrong, one sentence. */
  readonly detail?: string;
}
