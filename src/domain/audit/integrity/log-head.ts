import { WaymarkError } from '../../shared/errors.js';
import type { Hash } from '../../shared/hash.js';
import type { EntryDraft, StoredEntry } from '../audit-entry.js';
import { bodyAt } from '../entry-codec.js';
import { EMPTY_ROOT, leafHash, MerkleFrontier } from './merkle-tree.js';
import { extendTiles, type TileRoot } from './tiles.js';

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

/** The head of a stored log is missing, or is none. */
export class DamagedHeadError extends WaymarkError {
  /** What is wrong with it. */
  readonly problem: string;

  constructor(problem: string, cause?: unknown) {
    super('WAYMARK_STORE_CORRUPT', `The head of the log is damaged: ${problem}.`, {
      cause,
      hint: 'Run waymark verify to learn how far the log is intact; nothing can be appended to it any more.',
    });
    this.problem = problem;
  }
}

/**
 * What a store holds as its head, checked. Whether it fits the entries is what `verify` finds out.
 *
 * @throws DamagedHeadError
 */
export function toLogHead({ size, rootHash, frontier }: { readonly [Key in keyof LogHead]: unknown }): LogHead {
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    throw new DamagedHeadError(`its size is ${JSON.stringify(size)}, which is no number of entries`);
  }
  if (!isHash(rootHash)) throw new DamagedHeadError('its root is not a hash');
  if (!isHashes(frontier)) throw new DamagedHeadError('its frontier is not a list of hashes');
  return { size: size as number, rootHash, frontier };
}

function isHash(value: unknown): value is Hash {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isHashes(value: unknown): value is readonly Hash[] {
  return Array.isArray(value) && value.every(isHash);
}

/**
 * Gives drafts the next positions and extends the tree. Pure: every store calls it between reading and writing its
 * head, so that they can't differ. A store that proves entries keeps the roots of the tiles that became full as well.
 *
 * @throws DamagedHeadError when the head can't be that of a log
 */
export function extendLog(
  head: LogHead,
  drafts: readonly EntryDraft[],
): { readonly head: LogHead; readonly entries: readonly StoredEntry[]; readonly tiles: readonly TileRoot[] } {
  const leaves: Buffer[] = [];
  const entries = drafts.map((draft, index): StoredEntry => {
    const position = head.size + index;
    const body = bodyAt(draft, position);
    const leaf = leafHash(body);
    leaves.push(leaf);
    return { position, body, leafHash: leaf.toString('hex'), columns: draft.columns };
  });
  const { frontier, tiles } = extendTiles(frontierOf(head), leaves);
  return { head: headOf(frontier), entries, tiles };
}

/** Of heads that were made here, so that the next append need not read what this one wrote. */
const frontiers = new WeakMap<LogHead, MerkleFrontier>();

function headOf(frontier: MerkleFrontier): LogHead {
  const head = Object.freeze({
    size: frontier.size,
    rootHash: frontier.root().toString('hex'),
    frontier: Object.freeze(frontier.hashes()),
  });
  frontiers.set(head, frontier);
  return head;
}

function frontierOf(head: LogHead): MerkleFrontier {
  try {
    return frontiers.get(head) ?? MerkleFrontier.from(head.size, head.frontier);
  } catch (error) {
    throw new DamagedHeadError('its frontier does not fit its size', error);
  }
}
