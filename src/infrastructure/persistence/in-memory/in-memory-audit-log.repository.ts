import type { EntryDraft, StoredEntry } from '../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { type AuditQuery, matchesAuditQuery } from '../../../domain/audit/audit-query.js';
import { EMPTY_HEAD, extendLog, type LogHead } from '../../../domain/audit/integrity/log-head.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';

/**
 * The log in memory: for tests and for runs that need no record after their end.
 *
 * @example
 * container.rebind(TOKENS.AuditLogRepository).toConstantValue(new InMemoryAuditLogRepository());
 */
export class InMemoryAuditLogRepository implements AuditLogRepository {
  readonly #entries: StoredEntry[] = [];
  readonly #byEventId = new Map<string, StoredEntry>();
  #head: LogHead = EMPTY_HEAD;

  append(drafts: readonly EntryDraft[], scope: TransactionScope): Promise<readonly StoredEntry[]> {
    const before = this.#head;
    const fresh = new Map<string, EntryDraft>();
    for (const draft of drafts) {
      const { eventId } = draft.columns;
      if (!this.#byEventId.has(eventId) && !fresh.has(eventId)) fresh.set(eventId, draft);
    }
    const extended = extendLog(before, [...fresh.values()]);
    for (const entry of extended.entries) {
      this.#entries.push(entry);
      this.#byEventId.set(entry.columns.eventId, entry);
    }
    this.#head = extended.head;
    scope.onRollback(() => {
      for (const entry of this.#entries.splice(before.size)) this.#byEventId.delete(entry.columns.eventId);
      this.#head = before;
    });
    return Promise.resolve(drafts.map((draft) => this.#byEventId.get(draft.columns.eventId) as StoredEntry));
  }

  head(): Promise<LogHead> {
    return Promise.resolve(this.#head);
  }

  find(query: AuditQuery): Promise<readonly StoredEntry[]> {
    const found: StoredEntry[] = [];
    const ascending = query.order === 'asc';
    const { length } = this.#entries;
    const step = ascending ? 1 : -1;
    const before = query.after ?? (ascending ? -1 : length);
    for (let index = Math.min(before + step, ascending ? length : length - 1); ; index += step) {
      if (index < 0 || index >= length || found.length >= query.limit) break;
      const entry = this.#entries[index] as StoredEntry;
      if (matchesAuditQuery(query, entry.columns)) found.push(entry);
    }
    return Promise.resolve(found);
  }

  findByEventId(eventId: string): Promise<StoredEntry | undefined> {
    return Promise.resolve(this.#byEventId.get(eventId));
  }

  readRange(from: number, limit: number): Promise<readonly StoredEntry[]> {
    return Promise.resolve(this.#entries.slice(from, from + limit));
  }
}
