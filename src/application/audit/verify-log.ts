import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { DamagedHeadError, type LogHead } from '../../domain/audit/integrity/log-head.js';
import type { MerkleFrontier } from '../../domain/audit/integrity/merkle-tree.js';
import { randomSeed } from '../../domain/audit/integrity/sample-positions.js';
import { TrustedKeys } from '../../domain/audit/integrity/trusted-keys.js';
import type { Verification } from '../../domain/audit/integrity/verification.js';
import { type Evidence, NO_EVIDENCE } from './integrity/evidence.js';
import type { Finding } from './integrity/finding.js';
import { judge, judgeSample, unsealed } from './integrity/judge.js';
import { LogScan } from './integrity/log-scan.js';
import { verifySample } from './integrity/sample.js';
import { type SinceSeal, startAt } from './integrity/since-seal.js';
import { type SeamSource, startAtSeam } from './retention/seam-start.js';
import type { Seam } from '../../domain/audit/retention/seam.js';

/** What of a log to look at. */
export type VerifyMode =
  /** Every entry. */
  | 'full'
  /** Every entry that a seal does not cover, and that the rest is what was sealed, by its hashes. */
  | { readonly since: SinceSeal }
  /** So many entries, each with its proof; with a seed always the same ones. */
  | { readonly sample: number; readonly seed?: number };

/** What to hold a log to. */
export interface VerifyPlan {
  readonly mode?: VerifyMode;
  /** Reads the seals, after the head: what is sealed meanwhile is no contradiction. */
  readonly evidence?: () => Promise<Evidence>;
  readonly trusted?: TrustedKeys;
  /** Knows where the log was cut off. */
  readonly retention?: SeamSource;
  /** Whether a seal that is believed has to vouch for the log. */
  readonly wantsSeal?: (evidence: Evidence) => boolean;
  /** Told how many entries were looked at, of how many. */
  readonly onProgress?: (checked: number, size: number) => void;
  readonly signal?: AbortSignal;
}

const NO_KEYS = new TrustedKeys([]);

/** A log of which nothing was ever removed. */
const UNCUT: SeamSource = { seams: () => Promise.resolve([]), removedStreams: () => Promise.resolve([]) };

/**
 * Rebuilds the Merkle tree of a log from its stored text, and holds it to what there is beside it.
 *
 * Every row must be at its position, its text must hash to its leaf, its columns must say what the text says, the tree
 * must have the root that the head states, the tiles in the store must be its own, and it must be what was sealed. A head
 * that is missing or is none is tampered with. What is appended meanwhile is not looked at.
 */
export async function verifyLog(log: AuditLogRepository, plan: VerifyPlan = {}): Promise<Verification> {
  let head: LogHead;
  try {
    head = await log.head();
  } catch (error) {
    if (!(error instanceof DamagedHeadError)) throw error;
    return { verdict: 'tampered', size: 0, rootHash: '', checked: 0, detail: `the head is damaged: ${error.problem}` };
  }
  const evidence = (await plan.evidence?.()) ?? NO_EVIDENCE;
  const { mode = 'full' } = plan;
  const trusted = plan.trusted ?? NO_KEYS;
  const seam = await startAtSeam(log, plan.retention ?? UNCUT, {
    trusted,
    wantsKey: trusted.keys.length > 0 || plan.wantsSeal?.(evidence) === true,
    streams: mode === 'full',
  });
  if ('finding' in seam) return conclude(head, seam.finding, 0, { believed: 0, believedUpTo: 0 });
  const { frontier, last } = seam;
  const below = await belowFirst(log, frontier.size);
  if (below !== undefined) return conclude(head, below, 0, { believed: 0, believedUpTo: 0 });
  if (frontier.size > head.size) {
    const detail = `it has ${head.size} entries, and more than that were removed from its beginning`;
    const finding = { verdict: 'tail-truncated', position: head.size, detail } as const;
    return conclude(head, finding, 0, { believed: 0, believedUpTo: 0 });
  }
  if (mode !== 'full' && 'sample' in mode) return sample(log, head, evidence, mode, plan, frontier.size);
  return scan(log, head, evidence, plan, { frontier, last }, mode === 'full' ? undefined : mode.since);
}

/** A row before the first position is in no tree, and reads would serve it all the same. */
async function belowFirst(log: AuditLogRepository, first: number): Promise<Finding | undefined> {
  const [row] = await log.readRange(Number.MIN_SAFE_INTEGER, 1);
  if (row === undefined || row.position >= first) return undefined;
  const { position } = row;
  const detail = `there is an entry at position ${position}, and the log begins at ${first}`;
  return { verdict: 'tampered', position, detail };
}

async function scan(
  log: AuditLogRepository,
  head: LogHead,
  evidence: Evidence,
  plan: VerifyPlan,
  seam: { readonly frontier: MerkleFrontier; readonly last: Seam | undefined },
  since: SinceSeal | undefined,
): Promise<Verification> {
  const { onProgress, signal, trusted = NO_KEYS, wantsSeal } = plan;
  const start =
    since === undefined || (typeof since === 'number' && since < seam.frontier.size)
      ? { frontier: seam.frontier, voucher: undefined }
      : await startAt(since, log, head.size, evidence, trusted);
  if ('finding' in start) return conclude(head, start.finding, 0, { believed: 0, believedUpTo: 0 });

  const { frontier: from, voucher } = start;
  const known = evidence.vouchers.filter(({ size }) => size >= from.size && size <= head.size);
  const vouchers = voucher === undefined || known.includes(voucher) ? known : [voucher, ...known];
  const scanned = new LogScan(log, {
    from,
    size: head.size,
    vouchers,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  const broken = await scanned.run();
  const isWhole = from.size === seam.frontier.size;
  const finding =
    broken ??
    (await judge({
      log,
      head,
      scan: scanned,
      evidence,
      wantsSeal: wantsSeal?.(evidence) ?? false,
      ...(isWhole && seam.last !== undefined ? { seam: seam.last } : {}),
    }));
  return conclude(head, atFirst(finding, scanned), scanned.frontier.size - from.size, scanned);
}

/** An entry that is wrong may come after others that are not what was sealed: the first position is told. */
function atFirst(finding: Finding | undefined, { contradiction }: LogScan): Finding | undefined {
  if (finding === undefined || contradiction === undefined || finding.verdict === 'forked') return finding;
  const { agreedUpTo, voucher } = contradiction;
  if (finding.position === undefined || finding.position < voucher.size) return finding;
  return {
    ...finding,
    position: agreedUpTo,
    detail: `${finding.detail}; and before that, it contradicts ${voucher.name}`,
  };
}

async function sample(
  log: AuditLogRepository,
  head: LogHead,
  evidence: Evidence,
  { sample: count, seed = randomSeed() }: Extract<VerifyMode, { readonly sample: number }>,
  { onProgress, signal, wantsSeal }: VerifyPlan,
  from: number,
): Promise<Verification> {
  const found = await verifySample(log, head, evidence, {
    from,
    count,
    seed,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  const finding =
    found.finding ??
    (await judgeSample(log, head, evidence)) ??
    (wantsSeal?.(evidence) === true && found.believed === 0 ? unsealed(evidence) : undefined);
  return { ...conclude(head, finding, found.checked, found), seed };
}

function conclude(
  head: LogHead,
  finding: Finding | undefined,
  checked: number,
  { believed, believedUpTo }: { readonly believed: number; readonly believedUpTo: number },
): Verification {
  return {
    verdict: 'ok',
    size: head.size,
    rootHash: head.rootHash,
    checked,
    ...(believed === 0 ? {} : { seals: { count: believed, upTo: believedUpTo } }),
    ...finding,
  };
}
