import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import type { LogHead } from '../../../domain/audit/integrity/log-head.js';
import { MerkleFrontier } from '../../../domain/audit/integrity/merkle-tree.js';
import { parseEntryBody } from '../../../domain/audit/entry-codec.js';
import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import type { Seam } from '../../../domain/audit/retention/seam.js';
import { untoldSeam } from '../retention/seam-told.js';
import { type Evidence, sealKey } from './evidence.js';
import type { Finding } from './finding.js';
import type { LogScan } from './log-scan.js';
import type { WrongTile } from './tile-check.js';

/** What there is to judge, when every entry was looked at and none is wrong by itself. */
export interface Case {
  readonly log: AuditLogRepository;
  readonly head: LogHead;
  readonly scan: LogScan;
  readonly evidence: Evidence;
  /** Whether it does not do that nothing contradicts the log: a seal has to vouch for it. */
  readonly wantsSeal: boolean;
  /** The last cut, where every entry since was looked at: one of them has to tell of it. */
  readonly seam?: Seam;
}

/** Whether the entries are what the head, the seals and the tiles say: the gravest that is wrong. */
export async function judge({ log, head, scan, evidence, wantsSeal, seam }: Case): Promise<Finding | undefined> {
  return (
    (await beyondHead(log, head)) ??
    headMismatch(head, scan.frontier, scan.wrongTile) ??
    contradiction(scan) ??
    wrongTile(scan.wrongTile) ??
    damagedSeal(evidence) ??
    missingSeal(scan.sealed, evidence) ??
    (await untoldSeam(log, seam, scan.cuts, head.size)) ??
    (await tailMissing(log, head, evidence)) ??
    (wantsSeal && scan.believed === 0 ? unsealed(evidence) : undefined)
  );
}

/** The same for a sample, of which there is less to know: that nothing is wrong beside the entries it has. */
export async function judgeSample(
  log: AuditLogRepository,
  head: LogHead,
  evidence: Evidence,
): Promise<Finding | undefined> {
  return (
    (await beyondHead(log, head)) ??
    frontierMismatch(head) ??
    damagedSeal(evidence) ??
    (await tailMissing(log, head, evidence))
  );
}

async function beyondHead(log: AuditLogRepository, head: LogHead): Promise<Finding | undefined> {
  const [beyond] = await log.readRange(head.size, 1);
  // Somebody may have appended in between: then the head counts it by now.
  if (beyond === undefined || (await log.head()).size !== head.size) return undefined;
  const detail = `there is an entry at position ${beyond.position}, beyond what the head counts`;
  return { verdict: 'tampered', position: head.size, detail };
}

function headMismatch(head: LogHead, rebuilt: MerkleFrontier, tile: WrongTile | undefined): Finding | undefined {
  const hashes = rebuilt.hashes();
  const wrong = hashes.findIndex((hash, index) => hash !== head.frontier[index]);
  const range = wrong === -1 ? undefined : rebuilt.ranges()[wrong];
  if (range !== undefined) {
    const last = range.from + range.size - 1;
    // The tiles are smaller than the parts of the head, where they were left as they were.
    const isWithin = tile !== undefined && tile.from >= range.from && tile.to <= last;
    const [from, to] = isWithin ? [tile.from, tile.to] : [range.from, last];
    const detail = `entries ${from} to ${to} are consistent with each other and are not what was recorded`;
    return { verdict: 'tampered', position: from, detail };
  }
  if (rebuilt.root().toString('hex') === head.rootHash && hashes.length === head.frontier.length) return undefined;
  return { verdict: 'tampered', detail: 'the entries are intact, and the head does not state their root' };
}

function frontierMismatch({ size, frontier, rootHash }: LogHead): Finding | undefined {
  try {
    if (MerkleFrontier.from(size, frontier).root().toString('hex') === rootHash) return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { verdict: 'tampered', detail: 'the frontier of the head does not lead to its root' };
}

function damagedSeal({ damaged }: Evidence): Finding | undefined {
  return damaged === undefined ? undefined : { verdict: 'tampered', detail: damaged };
}

/** The log fits itself, and not what a seal says. Where, is what can be compared: older seals, and tiles left over. */
function contradiction({ contradiction: found, wrongTile: tile }: LogScan): Finding | undefined {
  if (found === undefined) return undefined;
  const { voucher, agreedUpTo } = found;
  const isNarrower = tile !== undefined && tile.to >= agreedUpTo && tile.from < voucher.size;
  const from = isNarrower ? Math.max(agreedUpTo, tile.from) : agreedUpTo;
  const to = isNarrower ? Math.min(tile.to, voucher.size - 1) : voucher.size - 1;
  const where = voucher.size === 0 ? 'what it covers' : `entries ${from} to ${to}`;
  const detail = `it contradicts ${voucher.name}: ${where} are not what was sealed`;
  return { verdict: 'forked', position: from, detail };
}

function wrongTile(tile: WrongTile | undefined): Finding | undefined {
  if (tile === undefined) return undefined;
  const { level, index, from, to, isMissing } = tile;
  const what = isMissing ? 'is missing' : 'is not their root';
  return {
    verdict: 'tampered',
    detail: `the entries are intact, and tile ${index} of level ${level}, over entries ${from} to ${to}, ${what}`,
  };
}

/**
 * An event tells of each seal: one that was taken away leaves its event. A log that was imported has the events of seals
 * that its store never had. Those are older than the oldest that it has, which covers what they did.
 */
function missingSeal(sealed: readonly StoredEntry[], { stored, isOurs }: Evidence): Finding | undefined {
  if (stored === undefined) return undefined;
  for (const { body, position } of sealed) {
    const { size, rootHash, keyId } = parseEntryBody(body, position).payload as unknown as Parameters<
      typeof sealKey
    >[0];
    if (stored.keys.has(sealKey({ size, rootHash, keyId }))) continue;
    const detail = `the seal of ${size} entries that the entry at position ${position} tells of is not in the store`;
    if (size > stored.oldest) return { verdict: 'tampered', position, detail };
    if (stored.keys.size === 0 && isOurs?.(keyId) === true) return { verdict: 'unsealed', position, detail };
  }
  return undefined;
}

async function tailMissing(
  log: AuditLogRepository,
  head: LogHead,
  { vouchers }: Evidence,
): Promise<Finding | undefined> {
  const beyond = vouchers.find(({ size }) => size > head.size);
  // Somebody may have sealed what was appended in between.
  if (beyond === undefined || (await log.head()).size >= beyond.size) return undefined;
  const detail = `it has ${head.size} entries, and ${beyond.name} says that there were more`;
  return { verdict: 'tail-truncated', position: head.size, detail };
}

/** No seal that is believed vouches for the log. */
export function unsealed({ vouchers }: Evidence): Finding {
  const detail =
    vouchers.length === 0
      ? 'nothing is wrong with the entries, and no seal vouches for them'
      : `nothing is wrong with the entries, and no key that is trusted signed one of the ${vouchers.length} seals`;
  return { verdict: 'unsealed', detail };
}
