import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { proveInclusion, verifyInclusion } from '../../../domain/audit/integrity/inclusion-proof.js';
import type { LogHead } from '../../../domain/audit/integrity/log-head.js';
import { leafHash } from '../../../domain/audit/integrity/merkle-tree.js';
import { type HashSource, subtreesOfLog } from '../../../domain/audit/integrity/stored-hashes.js';
import { MissingHashError } from '../../../domain/audit/integrity/tiles.js';
import { samplePositions } from '../../../domain/audit/integrity/sample-positions.js';
import type { Verdict } from '../../../domain/audit/integrity/verification.js';
import { nextTurn } from '../../shared/next-turn.js';
import type { Evidence } from './evidence.js';
import type { Finding } from './finding.js';
import { tailMissing } from './log-scan.js';
import { rowProblem } from './row-problem.js';
import { frontierAt, isRootOf, lastAgreed } from './since-seal.js';

/** How to look at a sample. */
export interface SampleOptions {
  /** The first position that was not removed by retention. */
  readonly from: number;
  readonly count: number;
  readonly seed: number;
  readonly onProgress?: (checked: number, size: number) => void;
  readonly signal?: AbortSignal;
}

/** What a look at a sample found. */
export interface SampleResult {
  readonly finding?: Finding;
  readonly checked: number;
  readonly believed: number;
  readonly believedUpTo: number;
}

/** How many entries are looked at between two turns of the event loop. */
const TURN = 100;

/**
 * Looks at some entries, the first and the last among them, each with the proof that it is under the head's root, and
 * whether that grew from what was sealed.
 */
export async function verifySample(
  log: AuditLogRepository,
  head: LogHead,
  evidence: Evidence,
  { from, count, seed, onProgress, signal }: SampleOptions,
): Promise<SampleResult> {
  const positions = samplePositions(head.size - from, count, seed).map((position) => from + position);
  const subtrees = subtreesOfLog(log);
  const root = Buffer.from(head.rootHash, 'hex');
  let checked = 0;
  const result = (finding?: Finding): SampleResult => ({
    checked,
    believed: 0,
    believedUpTo: 0,
    ...(finding === undefined ? {} : { finding }),
  });
  for (const position of positions) {
    signal?.throwIfAborted();
    const [row] = await log.readRange(position, 1);
    if (row?.position !== position) return result(await missing(log, head, from, position, row?.position));
    const leaf = leafHash(row.body);
    const problem = rowProblem(row, leaf.toString('hex'));
    if (problem !== undefined) return result({ verdict: 'tampered', position, detail: problem });
    let path: readonly Buffer[];
    try {
      path = await proveInclusion(subtrees, position, head.size);
    } catch (error) {
      if (!(error instanceof MissingHashError)) throw error;
      return result(await withoutHash(log, head, from, error));
    }
    if (!verifyInclusion({ leafHash: leaf, index: position, size: head.size, path, root })) {
      const detail = 'the hashes in the store do not lead from it to the root that the head states';
      return result({ verdict: 'tampered', position, detail });
    }
    checked += 1;
    if (checked % TURN !== 0) continue;
    onProgress?.(checked, positions.length);
    await nextTurn();
  }
  onProgress?.(checked, positions.length);
  return { checked, ...(await holdToSeals(log, head, from, evidence)) };
}

/** A leaf that is missing is an entry that is; a tile is no entry. */
async function withoutHash(
  log: AuditLogRepository,
  head: LogHead,
  from: number,
  { place }: MissingHashError,
): Promise<Finding> {
  const { level, index } = place;
  if (level > 0) return { verdict: 'tampered', detail: `tile ${index} of level ${level} is missing` };
  const [next] = await log.readRange(index, 1);
  return missing(log, head, from, index, next?.position);
}

/** Every seal is on the way to the newest: when that fits, the tree grew from what it sealed. */
async function holdToSeals(
  log: HashSource,
  head: LogHead,
  from: number,
  evidence: Evidence,
): Promise<Omit<SampleResult, 'checked'>> {
  let believed = 0;
  let believedUpTo = 0;
  for (const voucher of evidence.vouchers) {
    if (voucher.size > head.size) break;
    if (voucher.size < from) continue;
    const frontier = await frontierAt(log, voucher.size);
    if (frontier === undefined || !isRootOf(frontier, voucher)) {
      const position = await lastAgreed(log, voucher, evidence);
      const detail = `it contradicts ${voucher.name}: its hashes differ between entries ${position} and ${voucher.size - 1}`;
      return { finding: { verdict: 'forked', position, detail }, believed, believedUpTo };
    }
    if (!voucher.isBelieved) continue;
    believed += 1;
    believedUpTo = voucher.size;
  }
  return { believed, believedUpTo };
}

async function missing(
  log: AuditLogRepository,
  head: LogHead,
  from: number,
  position: number,
  next: number | undefined,
): Promise<Finding> {
  const [first] = await log.readRange(0, 1);
  if (first !== undefined && first.position > from) {
    return { verdict: 'front-truncated', position: from, detail: `the log begins at position ${first.position}` };
  }
  if (next !== undefined && next < head.size) {
    return { verdict: 'tampered' satisfies Verdict, position, detail: `the entry at position ${position} is missing` };
  }
  return tailMissing(head.size, Math.max(from, await endOf(log, position)));
}

/** The first position from which on nothing is there, at most `upTo`. */
async function endOf(log: AuditLogRepository, upTo: number): Promise<number> {
  let from = 0;
  let to = upTo;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if ((await log.readRange(middle, 1)).length === 0) to = middle;
    else from = middle + 1;
  }
  return from;
}
