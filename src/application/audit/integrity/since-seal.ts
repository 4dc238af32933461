import { MerkleFrontier } from '../../../domain/audit/integrity/merkle-tree.js';
import type { Seal } from '../../../domain/audit/integrity/seal.js';
import { type HashSource, subtreesOfLog } from '../../../domain/audit/integrity/stored-hashes.js';
import { checkNote } from '../../../domain/audit/integrity/stored-seal.js';
import { powerOfTwoUpTo } from '../../../domain/audit/integrity/subtree-hashes.js';
import { MissingHashError } from '../../../domain/audit/integrity/tiles.js';
import type { TrustedKeys } from '../../../domain/audit/integrity/trusted-keys.js';
import type { Evidence, Voucher } from './evidence.js';
import type { Finding } from './finding.js';

/** The seal from which on a log is verified: one of its own by its size, the newest, or one that was kept. */
export type SinceSeal = 'latest' | number | Seal;

/** Where a verification begins that takes a seal's word for what came before. */
export type Start = { readonly frontier: MerkleFrontier; readonly voucher: Voucher } | { readonly finding: Finding };

/** Finds the seal, and the tree that it was made of: from the hashes in the store, which have to lead to its root. */
export async function startAt(
  since: SinceSeal,
  source: HashSource,
  size: number,
  evidence: Evidence,
  trusted: TrustedKeys,
): Promise<Start> {
  const voucher = voucherFor(since, size, evidence, trusted);
  if (voucher === undefined || (!voucher.isBelieved && trusted.keys.length > 0)) {
    const what = typeof since === 'number' ? `seal of ${since} entries` : 'seal to begin with';
    return { finding: { verdict: 'unsealed', detail: `there is no ${what} that is believed` } };
  }
  if (voucher.size > size) {
    const detail = `it has ${size} entries, and ${voucher.name} says that there were more`;
    return { finding: { verdict: 'tail-truncated', position: size, detail } };
  }
  const frontier = await frontierAt(source, voucher.size);
  if (frontier !== undefined && isRootOf(frontier, voucher)) return { frontier, voucher };
  const agreedUpTo = await lastAgreed(source, voucher, evidence);
  return {
    finding: {
      verdict: 'forked',
      position: agreedUpTo,
      detail: `its hashes do not lead to ${voucher.name}: they differ between entries ${agreedUpTo} and ${voucher.size - 1}`,
    },
  };
}

/** The frontier at a size as the stored hashes have it; `undefined` where one is missing. Nothing vouches for it. */
export async function frontierAt(source: HashSource, size: number): Promise<MerkleFrontier | undefined> {
  const subtrees = subtreesOfLog(source);
  const hashes: string[] = [];
  try {
    for (let from = 0; from < size;) {
      const width = powerOfTwoUpTo(size - from);
      hashes.push((await subtrees.hashOf(from, width)).toString('hex'));
      from += width;
    }
  } catch (error) {
    if (error instanceof MissingHashError) return undefined;
    throw error;
  }
  return MerkleFrontier.from(size, hashes);
}

/** The largest seal before one that the stored hashes agree with: what they agree with, they agree with before too. */
export async function lastAgreed(source: HashSource, voucher: Voucher, { vouchers }: Evidence): Promise<number> {
  const older = vouchers.filter(({ size }) => size < voucher.size);
  let agreed = 0;
  let from = 0;
  let to = older.length;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const candidate = older[middle] as Voucher;
    const frontier = await frontierAt(source, candidate.size);
    if (frontier !== undefined && isRootOf(frontier, candidate)) {
      agreed = candidate.size;
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return agreed;
}

/** Whether a tree is the one that was sealed. */
export function isRootOf(frontier: MerkleFrontier, { rootHash }: Pick<Voucher, 'rootHash'>): boolean {
  return frontier.root().toString('hex') === rootHash;
}

function voucherFor(since: SinceSeal, size: number, { vouchers }: Evidence, trusted: TrustedKeys): Voucher | undefined {
  const believed = (voucher: Voucher): boolean => voucher.isBelieved || trusted.keys.length === 0;
  if (since === 'latest') return vouchers.findLast((voucher) => believed(voucher) && voucher.size <= size);
  if (typeof since === 'number') return vouchers.find((voucher) => voucher.size === since && believed(voucher));
  // The note is what was signed; what is beside it may be anything.
  const check = checkNote(since.note, trusted);
  if (check.is === 'damaged') return undefined;
  const { size: covered, rootHash } = check.seal;
  return { size: covered, rootHash, isBelieved: check.is === 'believed', name: `the seal of ${covered} entries` };
}
