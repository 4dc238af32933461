import type { AuditStatistics } from '../../../domain/audit/audit-statistics.js';
import { plural } from '../../text/quantities.js';
import type { Session } from '../session.js';
import { renderTable } from './table.js';

/** How many entries there are, by type, by severity and by day. */
export function renderStatistics({ palette, width }: Session, statistics: AuditStatistics): string {
  const { total, first, last, byType, bySeverity, byDay } = statistics;
  const table = (title: string, counts: readonly (readonly [name: string, count: number])[]): string =>
    renderTable(
      [
        { title, value: ([name]) => name, flexible: true },
        { title: 'ENTRIES', value: ([, count]) => String(count) },
      ],
      counts,
      { width, title: palette.dim },
    );
  const most = Object.entries(byType).toSorted(([, a], [, b]) => b - a);
  const severities = Object.entries(bySeverity).filter(([, count]) => count > 0);
  return [
    palette.bold(`${plural(total, 'entry', 'entries')}, from #${first} to #${last}`),
    table('TYPE', most),
    table('SEVERITY', severities),
    table('DAY (UTC)', Object.entries(byDay)),
  ].join('\n\n');
}
