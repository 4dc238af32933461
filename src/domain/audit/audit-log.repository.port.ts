import type { TransactionScope } from '../shared/transaction.js';
import type { EntryDraft, StoredEntry } from './audit-entry.js';
import type { AuditQuery } from './audit-query.js';
import type { LogHead } from './integrity/log-head.js';

/**
 * Where the log is kept. There is no update and no delete.
 *
 * An implementation is held to its contract by `auditLogRepositoryContract` of `waymark/testing`.
 */
export interface AuditLogRepository {
  /**
   * Appends entries at the next positions, in the order given, and extends the head with {@link extendLog}: all of them
   * or, when it throws, none. An event id that is recorded already, or that comes twice, is not recorded again.
   *
   * @returns the entry of each draft, in the drafts' order: the new one, or the one that was there
   */
  append(drafts: readonly EntryDraft[], scope: TransactionScope): Promise<readonly StoredEntry[]>;

  /** The head as last committed. */
  head(): Promise<LogHead>;

  /** The entries that a query finds, in its order, at most `query.limit`. */
  find(query: AuditQuery): Promise<readonly StoredEntry[]>;

  /** The entry of an event, or `undefined`. */
  findByEventId(eventId: string): Promise<StoredEntry | undefined>;

  /**
   * Entries from a position on, ascending, exactly as they are stored, at most `limit`. For verification: nothing may
   * be checked, mended or left out here.
   */
  readRange(from: number, limit: number): Promise<readonly StoredEntry[]>;
}
