import { Command, Option } from 'commander';
import type { AuditFilter } from '../../../domain/audit/audit-criteria.js';
import type { AuditPage } from '../../../domain/audit/audit-query.js';
import { MAX_AUDIT_PAGE } from '../../../domain/shared/page-limits.js';
import { entryFilterOf, withEntryFilter } from '../entry-filter.js';
import { usageError } from '../errors.js';
import { follow, type LogOptions, page, pageByCursor, showOne, showStatistics } from '../log-reader.js';
import { withWaymark } from '../open-waymark.js';
import { checkId, helpText, wholeNumber } from '../options.js';
import type { Action, Session } from '../session.js';

/** `waymark log` */
export function logCommand(action: Action): Command {
  return withEntryFilter(new Command('log').description('Read the log: the last entries, oldest first.'), '--until')
    .addOption(
      new Option('--after <position>', 'the entries beyond this position; -1 is the beginning').argParser(
        wholeNumber(-1, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(new Option('--limit <n>', 'how many at most').argParser(wholeNumber(1, MAX_AUDIT_PAGE)).default(50))
    .addOption(new Option('--event <id>', 'only the entry of this event'))
    .addOption(new Option('--ids', 'show the ids of the events'))
    .addOption(new Option('--reverse', 'newest first; --after counts downwards then'))
    .addOption(new Option('--page', 'one page from the beginning, with the cursors of those beside it'))
    .addOption(new Option('--cursor <cursor>', 'the page that a cursor leads to; give the same filter with it'))
    .addOption(new Option('--stats', 'how many entries there are, by type, by severity and by day'))
    .addOption(new Option('--follow', 'go on printing what is appended, by whichever process, until Ctrl-C'))
    .addHelpText(
      'after',
      helpText(
        [
          "waymark log --execution ID --type 'node.*' --type 'execution.*'",
          'waymark log --min-severity warning --since 2026-01-31',
          'waymark log --after -1 --limit 1000 --json > log.jsonl',
          "waymark log --text 'connection reset' --severity error --severity critical",
          'waymark log --stats --since 2026-01-01',
          'waymark log --follow',
        ],
        [
          'The position of an entry (#12) is its place in the log. With --json every entry is one line of JSON; a page is',
          'one document: { entries, next, previous }.',
          'waymark show EVENT tells all about one.',
        ],
      ),
    )
    .action(action<LogOptions, []>(log));
}

async function log(session: Session, options: LogOptions): Promise<void> {
  const filter = entryFilterOf(options, options.until);
  const isPage = options.page === true || options.cursor !== undefined;
  const order: AuditPage['order'] = options.reverse === true || options.after === undefined ? 'desc' : 'asc';
  await check(options, filter);
  await withWaymark(session, 'read', async (waymark) => {
    if (options.event !== undefined) await showOne(session, waymark, options.event, options);
    else if (options.follow === true) await follow(session, waymark, filter, options);
    else if (options.stats === true) await showStatistics(session, waymark, filter);
    else if (isPage) await pageByCursor(session, waymark, filter, options);
    else await page(session, waymark, filter, { ...options, order });
  });
}

/** Everything that can be wrong without a look at the store. */
async function check(options: LogOptions, filter: AuditFilter): Promise<void> {
  const { toAuditCriteria } = await import('../../../domain/audit/audit-criteria.js');
  toAuditCriteria(filter);
  await checkId(options.event, 'event id');
  for (const [one, others] of Object.entries(EXCLUDED)) {
    if (!isGiven(options, one)) continue;
    const other = others.find((option) => isGiven(options, option));
    if (other === undefined) continue;
    throw usageError(`--${one} and --${other} exclude each other.`, `Leave one of them out; see waymark log --help.`);
  }
}

/** Options of which only one can be given: what each excludes of those that come after it. */
const EXCLUDED = {
  follow: ['reverse', 'event', 'stats', 'page', 'cursor'],
  event: ['stats', 'page', 'cursor'],
  stats: ['page', 'cursor', 'after', 'reverse'],
  page: ['after'],
  cursor: ['after'],
} as const satisfies Partial<Record<keyof LogOptions, readonly (keyof LogOptions)[]>>;

function isGiven(options: LogOptions, name: string): boolean {
  const value = options[name as keyof LogOptions];
  return value !== undefined && value !== false;
}
