import type { Hash } from '../../shared/hash.js';

/**
 * What a look at the whole log found.
 *
 * - `ok`: every entry is there, in its place, as it was written
 * - `tampered`: an entry was changed, swapped, removed or added, or the head was
 * - `front-truncated`: the first entries are missing
 * - `tail-truncated`: the last entries are missing
 * - `forked`: the log is consistent in itself, and not what a seal says it was: it was replaced
 * - `unsealed`: the log is consistent in itself, and a seal that should vouch for it is not there
 */
export type Verdict = 'ok' | 'tampered' | 'front-truncated' | 'tail-truncated' | 'forked' | 'unsealed';

/** The result of a verification. */
export interface Verification {
  readonly verdict: Verdict;
  /** Entries that the head counts; 0 where it can't be read. */
  readonly size: number;
  /** The root that the head states; empty where it can't be read. */
  readonly rootHash: Hash;
  /** Entries that were looked at. */
  readonly checked: number;
  /** The seals that were found to fit, where there are any that a trusted key signed. */
  readonly seals?: {
    readonly count: number;
    /** Entries that the largest of them covers. */
    readonly upTo: number;
  };
  /** How the sample was chosen, where only one was looked at: with the same seed it is the same. */
  readonly seed?: number;
  /** The first position that is wrong, where the verdict is not `ok` and it can be told. */
  readonly position?: number;
  /** What is wrong, one sentence. */
  readonly detail?: string;
}
