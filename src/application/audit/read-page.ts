import type { AuditEntry, StoredEntry } from '../../domain/audit/audit-entry.js';
import { type AuditFilter, toAuditCriteria } from '../../domain/audit/audit-criteria.js';
import { type AuditCursor, decodeCursor, encodeCursor } from '../../domain/audit/audit-cursor.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { type AuditOrder, toLimit, toOrder } from '../../domain/audit/audit-query.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertKeys, type KeysOf } from '../../domain/shared/options.js';

/** Which page of what a filter finds. */
export interface PageOptions {
  /** `next` or `previous` of another page of the same filter; the first page when left out. */
  readonly cursor?: string;
  /** How many entries at most: 1 to 10,000; 100 when left out. */
  readonly limit?: number;
  /** `asc` (oldest first) when left out. A cursor has its own. */
  readonly order?: AuditOrder;
}

/** One page of what a filter finds. */
export interface LogPage<Entry = AuditEntry> {
  readonly entries: readonly Entry[];
  /** Leads to the page after this one; left out where there was none when this page was read. */
  readonly next?: string;
  /** Leads to the page before this one; left out at the beginning. */
  readonly previous?: string;
}

const KEYS: KeysOf<PageOptions> = { cursor: true, limit: true, order: true };
const CODE = 'WAYMARK_INVALID_QUERY';
const DEFAULT_LIMIT = 100;

/**
 * Reads a page, and says where those beside it are.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_QUERY`, `WAYMARK_INVALID_ID` or `WAYMARK_INVALID_CURSOR`
 */
export async function readPage(
  repository: AuditLogRepository,
  filter: AuditFilter,
  options: PageOptions,
): Promise<LogPage<StoredEntry>> {
  assertKeys(options, KEYS, 'page option', CODE);
  const criteria = toAuditCriteria(filter);
  const limit = toLimit(options.limit, 'limit', DEFAULT_LIMIT);
  const cursor = options.cursor === undefined ? undefined : decodeCursor(options.cursor, criteria);
  const order = orderOf(options.order, cursor);
  const isBackwards = cursor?.direction === 'previous';
  // One more than is given tells whether there are more.
  const found = await repository.find({
    ...criteria,
    after: cursor?.position,
    limit: limit + 1,
    order: isBackwards ? opposite(order) : order,
  });
  const entries = isBackwards ? found.slice(0, limit).toReversed() : found.slice(0, limit);
  const isMore = found.length > limit;
  const at = (direction: AuditCursor['direction'], position: number): string =>
    encodeCursor({ order, direction, position }, criteria);
  const ends = endsOf(entries, order, cursor);
  return {
    entries,
    ...(ends !== undefined && (isBackwards || isMore) ? { next: at('next', ends.last) } : {}),
    // What a cursor comes from is on its other side.
    ...(ends !== undefined && (isBackwards ? isMore : cursor !== undefined)
      ? { previous: at('previous', ends.first) }
      : {}),
  };
}

/**
 * The positions between which a page lies. One that is empty lies at its cursor, so that whoever came too far can turn
 * back and miss nothing.
 */
function endsOf(
  entries: readonly StoredEntry[],
  order: AuditOrder,
  cursor: AuditCursor | undefined,
): { readonly first: number; readonly last: number } | undefined {
  const [first] = entries;
  const last = entries.at(-1);
  if (first !== undefined && last !== undefined) return { first: first.position, last: last.position };
  if (cursor === undefined) return undefined;
  const step = order === 'asc' ? 1 : -1;
  return { first: cursor.position + step, last: cursor.position - step };
}

function orderOf(given: AuditOrder | undefined, cursor: AuditCursor | undefined): AuditOrder {
  const order = toOrder(given);
  if (cursor === undefined) return order;
  if (given === undefined || order === cursor.order) return cursor.order;
  throw new InvalidArgumentError(`The cursor reads in the order ${cursor.order}, and ${order} was asked for.`, {
    code: 'WAYMARK_INVALID_CURSOR',
    hint: 'Leave the order out where there is a cursor, or begin anew without one.',
  });
}

function opposite(order: AuditOrder): AuditOrder {
  return order === 'asc' ? 'desc' : 'asc';
}
