import type { TransactionScope } from '../shared/transaction.js';
import type { EntryDraft, StoredEntry } from './audit-entry.js';
import type { AuditCriteria } from './audit-criteria.js';
import type { AuditQuery } from './audit-query.js';
import type { AuditStatistics } from './audit-statistics.js';
import type { LogHead } from './integrity/log-head.js';
import type { PageCheckers } from './integrity/page-checkers.port.js';
import type { HashSource } from './integrity/stored-hashes.js';

/**
 * Where the log is kept. There is no update and no delete.
 *
 * An implementation is held to its contract by `auditLogRepositoryContract` of `waymark/testing`.
 */
export interface AuditLogRepository extends HashSource {
  /**
   * Appends entries at the next positions, in the order given, extends the head with {@link extendLog}, and keeps the
   * tiles that it gives: all of it or, when it throws, nothing. An event id that is recorded already, or that comes
   * twice, is not recorded again.
   *
   * @returns the entry of each draft, in the drafts' order: the new one, or the one that was there
   */
  append(drafts: readonly EntryDraft[], scope: TransactionScope): Promise<readonly StoredEntry[]>;

  /**
   * {@link append} of a few, without waiting, within `UnitOfWork.runAtOnce`. A store that can't leaves it out.
   *
   * @returns their entries; `undefined` when it can't be done now, and nothing was done
   * @throws whatever is in the way, an event that is recorded already among it; `append` finds out what it is
   */
  appendAtOnce?(drafts: readonly EntryDraft[], scope: TransactionScope): readonly StoredEntry[] | undefined;

  /** The head as last committed. */
  head(): Promise<LogHead>;

  /** The entries that a query finds, in its order, at most `query.limit`. */
  find(query: AuditQuery): Promise<readonly StoredEntry[]>;

  /** What the entries that criteria find are made of, as of one moment. */
  statistics(criteria: AuditCriteria): Promise<AuditStatistics>;

  /** The entry of an event, or `undefined`. Within a transaction, where one is given: it sees what it wrote itself. */
  findByEventId(eventId: string, scope?: TransactionScope): Promise<StoredEntry | undefined>;

  /**
   * How many entries are on a stream. Within a transaction, where one is given: it sees what it wrote itself, and
   * nobody else appends until it ends.
   */
  countStream(stream: string, scope?: TransactionScope): Promise<number>;

  /**
   * Entries from a position on, ascending, exactly as they are stored, at most `limit`. For verification: nothing may
   * be checked, mended or left out here. From below 0 on is from the very first row that there is: nobody but somebody
   * who tampered puts one at such a position, and it has to be found.
   */
  readRange(from: number, limit: number): Promise<readonly StoredEntry[]>;

  /**
   * Others that check entries beside this thread, which a long verification asks for and closes. They must read what
   * {@link readRange} reads. A store that has none leaves it out, or gives `undefined` when there are none now.
   */
  pageCheckers?(): PageCheckers | undefined;
}
