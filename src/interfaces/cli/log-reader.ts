import type { Waymark } from '../../composition/waymark.js';
import type { AuditFilter } from '../../domain/audit/audit-criteria.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { MAX_AUDIT_PAGE } from '../../domain/shared/page-limits.js';
import { plural } from '../text/quantities.js';
import type { EntryFilterOptions } from './entry-filter.js';
import { EntryPrinter, type LogEntry } from './output/entry-printer.js';
import { renderStatistics } from './output/statistics-view.js';
import type { Session, SharedOptions } from './session.js';

/** The options of `waymark log`. */
export interface LogOptions extends SharedOptions, EntryFilterOptions {
  readonly until?: string;
  readonly after?: number;
  readonly limit: number;
  readonly event?: string;
  readonly ids?: boolean;
  readonly reverse?: boolean;
  readonly follow?: boolean;
  readonly page?: boolean;
  readonly cursor?: string;
  readonly stats?: boolean;
}

/** Prints one part of the log, and says how to see more. */
export async function page(
  session: Session,
  waymark: Waymark,
  filter: AuditFilter,
  options: LogOptions & { readonly order: 'asc' | 'desc' },
): Promise<void> {
  const { order, after, limit } = options;
  // One more than is shown tells whether there are more.
  const asked = Math.min(limit + 1, MAX_AUDIT_PAGE);
  const found = await waymark.log.scan(filter, { order, limit: asked, ...(after === undefined ? {} : { after }) });
  const shown = found.slice(0, limit);
  const entries = order === 'desc' && options.reverse !== true ? [...shown].reverse() : shown;
  const printer = new EntryPrinter(session, options);
  printer.print(entries);
  if (entries.length === 0) await noteNothing(session, waymark, filter, after);
  else if (found.length > limit || (limit === MAX_AUDIT_PAGE && found.length === limit)) {
    noteMore(session, entries, options);
  }
  printer.end();
}

/** Prints one page with the cursors of those beside it. */
export async function pageByCursor(
  session: Session,
  waymark: Waymark,
  filter: AuditFilter,
  { cursor, limit, reverse, ...options }: LogOptions,
): Promise<void> {
  const { entries, next, previous } = await waymark.log.scanPage(filter, {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(reverse === true ? { order: 'desc' } : {}),
  });
  const printer = new EntryPrinter(session, options);
  if (session.json) {
    session.printJson({ entries: entries.map((entry) => printer.json(entry)), next, previous });
  } else {
    printer.print(entries);
    if (entries.length === 0) session.note('There is nothing on this page.');
    const again = Object.keys(filter).length === 0 ? '' : ', with the same filter';
    if (next !== undefined) session.note(`The next page: --cursor ${next}${again}`);
    if (previous !== undefined) session.note(`The one before: --cursor ${previous}${again}`);
  }
  printer.end();
}

/** Prints what the entries are made of. */
export async function showStatistics(session: Session, waymark: Waymark, filter: AuditFilter): Promise<void> {
  const statistics = await waymark.log.statistics(filter);
  if (session.json) session.printJson(statistics);
  else if (statistics.total === 0) await noteNothing(session, waymark, filter);
  else session.print(renderStatistics(session, statistics));
}

/** Prints the entry of one event. */
export async function showOne(session: Session, waymark: Waymark, eventId: string, options: LogOptions): Promise<void> {
  const printer = new EntryPrinter(session, options);
  printer.print([await waymark.log.get(eventId)]);
  printer.end();
}

/** Prints the last entries, and then what is appended, until the user stops it or nobody reads it any more. */
export async function follow(
  session: Session,
  waymark: Waymark,
  filter: AuditFilter,
  options: LogOptions,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, session.unread]);
  const release = session.io.onInterrupt(() => stop.abort());
  try {
    const printer = new EntryPrinter(session, options);
    let { after } = options;
    if (after === undefined) {
      // What is appended from here on is found by the tail, whether or not the page before it holds it already.
      const end = (await waymark.log.head()).size - 1;
      const last = [...(await waymark.log.scan(filter, { order: 'desc', limit: options.limit }))].reverse();
      printer.print(last);
      after = Math.max(end, last.at(-1)?.position ?? -1);
    }
    session.note('following the log; Ctrl-C ends it');
    for await (const entry of tail(waymark, filter, after, signal)) printer.print([entry]);
    printer.end();
  } finally {
    release();
  }
}

/** What is appended, beyond entries that can't be read too. */
async function* tail(
  waymark: Waymark,
  filter: AuditFilter,
  begin: number,
  signal: AbortSignal,
): AsyncGenerator<LogEntry, void, undefined> {
  for (let after = begin; ;) {
    try {
      for await (const entry of waymark.log.tail(filter, { after, signal })) {
        after = entry.position;
        yield entry;
      }
      return;
    } catch (error) {
      if (!WaymarkError.is(error, 'WAYMARK_LOG_CORRUPT')) throw error;
      const position = Number(error.details['position']);
      yield { position, error };
      after = position;
    }
  }
}

function noteMore(session: Session, entries: readonly LogEntry[], options: LogOptions & { order: string }): void {
  const last = entries.at(-1)?.position;
  const shown = plural(entries.length, 'entry', 'entries');
  const more = Math.min(options.limit * 10, MAX_AUDIT_PAGE);
  if (options.order === 'asc') session.note(`${shown}. The next ones: --after ${last}`);
  else if (options.reverse === true) session.note(`The newest ${shown}. The ones before: --after ${last}`);
  else session.note(`The last ${shown}. More: --limit ${more}; from the beginning: --after -1`);
}

async function noteNothing(session: Session, waymark: Waymark, filter: AuditFilter, after?: number): Promise<void> {
  const { size } = await waymark.log.head();
  const count = plural(size, 'entry', 'entries');
  const isFiltered = Object.keys(filter).length > 0;
  if (size === 0) session.note('The log is empty. Record something: waymark run FILE');
  else if (isFiltered) session.note(`No entry matches, of ${count}. All of them: ${session.command('log')}`);
  else session.note(`Nothing beyond position ${after}: the log has ${count}, the last is #${size - 1}.`);
}
