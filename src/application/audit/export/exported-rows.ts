import { toAuditCriteria } from '../../../domain/audit/audit-criteria.js';
import type { StoredEntry } from '../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { PART } from '../../../domain/audit/export/export-manifest.js';
import { leafHash } from '../../../domain/audit/integrity/merkle-tree.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { ExportPlan } from './export-plan.js';

/** Some of the entries to export, and how far the log was looked through with them. */
export interface ExportedRows {
  readonly rows: readonly StoredEntry[];
  /** The position to go on from. */
  readonly next: number;
}

/**
 * The entries of a plan from a position on, a part at a time, as they are stored. They are the same parts whenever and
 * from wherever it is begun, if that is the end of one.
 *
 * @throws WaymarkError `WAYMARK_LOG_CORRUPT` at an entry that is missing, or whose text is not what was hashed
 */
export async function* exportedRows(
  log: AuditLogRepository,
  { request: { filter }, range: { until } }: ExportPlan,
  from: number,
): AsyncGenerator<ExportedRows, void, undefined> {
  const criteria = filter === undefined ? undefined : toAuditCriteria(filter);
  for (let next = from; next < until;) {
    let rows: readonly StoredEntry[];
    if (criteria === undefined) {
      rows = await log.readRange(next, Math.min(PART, until - next));
      for (const [index, row] of rows.entries()) if (row.position !== next + index) throw missing(next + index);
      if (rows.length === 0) throw missing(next);
      next += rows.length;
    } else {
      const found = await log.find({ ...criteria, after: next - 1, limit: PART, order: 'asc' });
      rows = found.filter(({ position }) => position < until);
      const last = found.at(-1);
      // Fewer than wanted: there are no more of them.
      next = found.length < PART || last === undefined ? until : Math.min(until, last.position + 1);
    }
    for (const row of rows) assertIntact(row);
    yield { rows, next };
  }
}

function assertIntact({ position, body, leafHash: stored }: StoredEntry): void {
  if (leafHash(body).toString('hex') !== stored) {
    throw corrupt(`The entry at position ${position} was changed`, position);
  }
  // A line of its own is a line of its own: no text that Waymark writes has a line break.
  if (body.includes('\n')) throw corrupt(`The text of the entry at position ${position} has a line break`, position);
}

function missing(position: number): WaymarkError {
  return corrupt(`The entry at position ${position} is missing`, position);
}

function corrupt(what: string, position: number): WaymarkError {
  return new WaymarkError('WAYMARK_LOG_CORRUPT', `${what}: the log can't be exported.`, {
    hint: 'Run waymark verify to learn how far the log is intact.',
    details: { position },
  });
}
