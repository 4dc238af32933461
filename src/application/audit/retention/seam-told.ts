import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { parseEntryBody } from '../../../domain/audit/entry-codec.js';
import type { Seam } from '../../../domain/audit/retention/seam.js';
import { AuditRetentionApplied } from '../../../domain/events/families/audit.events.js';
import type { Finding } from '../integrity/finding.js';

const PAGE = 1_000;

/**
 * An event tells of each cut, which is recorded in the transaction that makes it: after the last seam it is always there.
 * A cut that the log does not know of is none of its own.
 *
 * @param told the events that tell of cuts, before `size`
 * @param size entries that were looked at
 */
export async function untoldSeam(
  log: AuditLogRepository,
  seam: Seam | undefined,
  told: readonly StoredEntry[],
  size: number,
): Promise<Finding | undefined> {
  if (seam === undefined || told.some((entry) => tellsOf(entry, seam))) return undefined;
  // Somebody may have cut the log after its head was read.
  for (let next = size; ;) {
    const rows = await log.readRange(next, PAGE);
    const isTold = rows.some((row) => row.columns.type === AuditRetentionApplied.type && tellsOf(row, seam));
    if (isTold) return undefined;
    const last = rows.at(-1);
    if (last === undefined) break;
    next = last.position + 1;
  }
  const detail = `the log begins at position ${seam.to}, and no entry tells of the seam there`;
  return { verdict: 'front-truncated', position: seam.from, detail };
}

function tellsOf({ body, position }: StoredEntry, { id, from, to }: Seam): boolean {
  const { fromPosition, toPosition, sealId } = parseEntryBody(body, position).payload as Record<string, unknown>;
  return fromPosition === from && toPosition === to - 1 && sealId === id;
}
