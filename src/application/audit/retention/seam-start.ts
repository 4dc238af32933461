import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { MerkleFrontier } from '../../../domain/audit/integrity/merkle-tree.js';
import { TILE_WIDTH } from '../../../domain/audit/integrity/tiles.js';
import type { TrustedKeys } from '../../../domain/audit/integrity/trusted-keys.js';
import type { RetentionRepository } from '../../../domain/audit/retention/retention.repository.port.js';
import type { Seam } from '../../../domain/audit/retention/seam.js';
import { checkSeam, type SeamCheck } from '../../../domain/audit/retention/seam-note.js';
import type { Finding } from '../integrity/finding.js';
import { frontierAt } from '../integrity/since-seal.js';
import { hashRemovedStreams } from './removed-streams.js';

/** Where the entries of a log begin: the tree over what was removed before them, and the last cut. */
export type SeamStart =
  | { readonly frontier: MerkleFrontier; readonly last?: Seam; readonly check?: SeamCheck }
  | { readonly finding: Finding };

/** How to look at seams. */
export interface SeamPlan {
  readonly trusted: TrustedKeys;
  /** Whether a seam has to be there that a trusted key signed. Where nobody pinned a key there is nothing to hold it to. */
  readonly wantsKey: boolean;
  /** Whether to look at how many entries each stream has lost, too: that reads a row for every stream there ever was. */
  readonly streams: boolean;
}

/** What a store knows of retention. */
export type SeamSource = Pick<RetentionRepository, 'seams' | 'removedStreams'>;

/**
 * The tree that verifying begins with, as the last seam has it. It is believed as far as its own signature goes; that it
 * leads to the root of the head, and to what was sealed, is found out on the way. What the store has kept of the removed
 * entries has to be what the seam says.
 */
export async function startAtSeam(log: AuditLogRepository, source: SeamSource, plan: SeamPlan): Promise<SeamStart> {
  for (;;) {
    const seams = await source.seams();
    const start = chainOf(seams, plan);
    const finding = 'finding' in start ? start.finding : await keptProblem(log, source, start, plan);
    if (finding === undefined) return start;
    // Somebody may have cut the log while it was looked at.
    if ((await source.seams()).length === seams.length) return { finding };
  }
}

/** What the seams say, each going on from the one before it. */
export function chainOf(seams: readonly Seam[], plan: Pick<SeamPlan, 'trusted' | 'wantsKey'>): SeamStart {
  let start: Exclude<SeamStart, { readonly finding: Finding }> = { frontier: MerkleFrontier.EMPTY };
  for (const seam of seams) {
    const { size } = start.frontier;
    if (seam.from !== size) return { finding: tampered(seam, `does not begin at ${size}, as it should`) };
    const frontier = frontierOf(seam);
    if (frontier === undefined) return { finding: tampered(seam, 'has a frontier that does not lead to its root') };
    const { note } = seam;
    const check = note === undefined ? undefined : checkSeam({ ...seam, note }, plan.trusted);
    if (check?.is === 'damaged') return { finding: tampered(seam, `is not what was written: ${check.problem}`) };
    if (plan.wantsKey && check?.is !== 'believed') return { finding: unbelieved(seam) };
    start = { frontier, last: seam, ...(check === undefined ? {} : { check }) };
  }
  return start;
}

function frontierOf({ to, frontier, rootHash }: Seam): MerkleFrontier | undefined {
  try {
    const tree = MerkleFrontier.from(to, frontier);
    return tree.root().toString('hex') === rootHash ? tree : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What is wrong with what the store has kept of the entries before a seam. */
async function keptProblem(
  log: AuditLogRepository,
  source: SeamSource,
  { frontier, last, check }: Exclude<SeamStart, { readonly finding: Finding }>,
  { streams }: SeamPlan,
): Promise<Finding | undefined> {
  const { size } = frontier;
  const [first] = await log.readRange(0, 1);
  if (first !== undefined && first.position < size) {
    const detail = `there is an entry at position ${first.position}, before the seam at ${size}`;
    return { verdict: 'tampered', position: first.position, detail };
  }
  if (last === undefined) return undefined;
  if (!(await hasHashes(log, frontier))) {
    return tampered(last, 'does not fit the hashes that were kept of the entries before it');
  }
  if (!streams || check === undefined || check.is === 'damaged') return undefined;
  if ((await hashRemovedStreams(source)) === check.removedStreams) return undefined;
  return tampered(last, 'states other numbers of removed entries of the streams than the store does');
}

/** Whether the tiles and the leaves that the store has lead to a frontier, and no leaf is there twice. */
async function hasHashes(log: AuditLogRepository, frontier: MerkleFrontier): Promise<boolean> {
  const { size } = frontier;
  const kept = await frontierAt(log, size);
  if (kept === undefined || kept.root().toString('hex') !== frontier.root().toString('hex')) return false;
  const leaves = await log.readLeaves(size - (size % TILE_WIDTH), TILE_WIDTH);
  return leaves.every(({ position }, index) => index === 0 || position > (leaves[index - 1]?.position ?? -1));
}

function unbelieved({ from, to }: Seam): Finding {
  const detail = `no key that is trusted signed the seam at ${to}: nothing vouches for what was removed before it`;
  return { verdict: 'unsealed', position: from, detail };
}

function tampered({ from, to }: Seam, what: string): Finding {
  return { verdict: 'tampered', position: from, detail: `the seam at ${to} ${what}` };
}
