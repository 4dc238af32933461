import type { Hash } from '../../shared/hash.js';
import type { EntryDraft, StoredEntry } from '../audit-entry.js';
import { bodyAt } from '../entry-codec.js';
import { EMPTY_ROOT, leafHash, MerkleFrontier } from './merkle-tree.js';

/** The state of the whole log, kept in one row: what the next append builds on and what `verify` checks against. */
export interface LogHead {
  /** Number of entries, and so the next position. */
  readonly size: number;
  /** Root of the Merkle tree over all entries, in hexadecimal. */
  readonly rootHash: Hash;
  /** The tree's frontier, in hexadecimal, largest subtree first. */
  readonly frontier: readonly Hash[];
}

/** The head of a log without entries. */
export const EMPTY_HEAD: LogHead = Object.freeze({
  size: 0,
  rootHash: EMPTY_ROOT.toString('hex'),
  frontier: Object.freeze([]),
});

/**
 * Gives drafts the next positions and extends the tree. Pure: every store calls it between reading and writing its head, so
 * that they can't differ.
 */
export function extendLog(
  head: LogHead,
  drafts: readonly EntryDraft[],
): { readonly head: LogHead; readonly entries: readonly StoredEntry[] } {
  const leaves: Buffer[] = [];
  const entries = drafts.map((draft, index): StoredEntry => {
    const position = head.size + index;
    const body = bodyAt(draft, position);
    const leaf = leafHash(body);
    leaves.push(leaf);
    return { position, body, leafHash: leaf.toString('hex'), columns: draft.columns };
  });
  const frontier = MerkleFrontier.from(head.size, head.frontier).appendAll(leaves);
  return {
    head: { size: frontier.size, rootHash: frontier.root().toString('hex'), frontier: frontier.hashes() },
    entries,
  };
}
