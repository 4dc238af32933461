import type { StoredEntry } from '../../domain/audit/audit-entry.js';
import { type AuditFilter, toAuditCriteria } from '../../domain/audit/audit-criteria.js';
import type { AuditLogRepository } from '../../domain/audit/audit-log.repository.port.js';
import { type AuditOrder, toAfter, toLimit, toOrder } from '../../domain/audit/audit-query.js';
import { assertKeys, assertOptionalSignal, type KeysOf } from '../../domain/shared/options.js';
import { nextTurn } from '../shared/next-turn.js';

/** How to read everything that a filter finds. */
export interface StreamOptions {
  /** `asc` (oldest first) when left out. */
  readonly order?: AuditOrder;
  /** Begin beyond this position: above it in ascending order, below it in descending. */
  readonly after?: number;
  /** Stops it: the iteration throws the signal's reason, because what was read is not everything. */
  readonly signal?: AbortSignal;
  /** How many entries are read, and held in memory, at once: 1 to 10,000; 500 when left out. */
  readonly pageSize?: number;
}

const KEYS: KeysOf<StreamOptions> = { order: true, after: true, signal: true, pageSize: true };
const DEFAULT_PAGE = 500;

/** Everything that a filter finds in the log as it is now, a page at a time. What is appended meanwhile is left out. */
export async function* streamLog(
  repository: AuditLogRepository,
  filter: AuditFilter,
  options: StreamOptions,
): AsyncGenerator<StoredEntry, void, undefined> {
  assertKeys(options, KEYS, 'stream option', 'WAYMARK_INVALID_QUERY');
  assertOptionalSignal(options.signal);
  const criteria = toAuditCriteria(filter);
  const order = toOrder(options.order);
  const limit = toLimit(options.pageSize, 'pageSize', DEFAULT_PAGE);
  const { signal } = options;
  let after = toAfter(options.after);
  const { size } = await repository.head();
  if (order === 'desc') after = Math.min(after ?? size, size);
  for (;;) {
    signal?.throwIfAborted();
    const rows = await repository.find({ ...criteria, after, limit, order });
    for (const row of rows) {
      signal?.throwIfAborted();
      if (row.position >= size) return;
      after = row.position;
      yield row;
    }
    if (rows.length < limit) return;
    // A driver that works synchronously gives the event loop no turn of its own.
    await nextTurn();
  }
}
