import type { EntryColumns } from './audit-entry.js';
import { SEVERITIES, type Severity } from './severity.js';

/** What a part of the log is made of. */
export interface AuditStatistics {
  readonly total: number;
  /** Position of the first entry that was counted; left out when there is none. */
  readonly first?: number;
  /** Position of the last one. */
  readonly last?: number;
  /** How many entries a type has, by its name; only those that occur. */
  readonly byType: Readonly<Record<string, number>>;
  /** How many a severity has; every one is there. */
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** How many occurred on a day (UTC, `2026-01-31`), oldest first; only those that occur. */
  readonly byDay: Readonly<Record<string, number>>;
}

/** How many entries have a type, a severity and a day in common: what a store counts in one pass. */
export interface AuditTally {
  readonly type: string;
  readonly severity: Severity;
  readonly day: string;
  readonly count: number;
  /** The least position among them. */
  readonly first: number;
  /** The greatest. */
  readonly last: number;
}

/** The length of `2026-01-31`, which an ISO 8601 time begins with. */
export const DAY_LENGTH = 10;

/** An entry as a tally of one. */
export function tallyOf(position: number, { type, severity, occurredAt }: EntryColumns): AuditTally {
  return { type, severity, day: occurredAt.slice(0, DAY_LENGTH), count: 1, first: position, last: position };
}

/** Adds tallies up. Every store calls it, so that they can't differ. */
export function summarize(tallies: Iterable<AuditTally>): AuditStatistics {
  const byType = new Map<string, number>();
  const bySeverity = new Map<string, number>(SEVERITIES.map((severity) => [severity, 0]));
  const byDay = new Map<string, number>();
  let total = 0;
  let first = Infinity;
  let last = -1;
  for (const tally of tallies) {
    total += tally.count;
    first = Math.min(first, tally.first);
    last = Math.max(last, tally.last);
    add(byType, tally.type, tally.count);
    add(bySeverity, tally.severity, tally.count);
    add(byDay, tally.day, tally.count);
  }
  return Object.freeze({
    total,
    ...(total === 0 ? {} : { first, last }),
    byType: sorted(byType),
    bySeverity: Object.freeze(Object.fromEntries(bySeverity)) as AuditStatistics['bySeverity'],
    byDay: sorted(byDay),
  });
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.freeze(Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
