import type { EntryDraft, StoredEntry } from '../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../domain/audit/audit-log.repository.port.js';
import { type AuditCriteria, matchesAuditCriteria } from '../../../domain/audit/audit-criteria.js';
import type { AuditQuery } from '../../../domain/audit/audit-query.js';
import { type AuditStatistics, type AuditTally, summarize, tallyOf } from '../../../domain/audit/audit-statistics.js';
import { EMPTY_HEAD, extendLog, type LogHead } from '../../../domain/audit/integrity/log-head.js';
import { type StoredLeaf, type StoredTile, toStoredTile } from '../../../domain/audit/integrity/stored-hashes.js';
import { TILE_WIDTH } from '../../../domain/audit/integrity/tiles.js';
import type { RemovedStream } from '../../../domain/audit/retention/retention.repository.port.js';
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
  /** By level, from 1. */
  readonly #tiles = new Map<number, StoredTile[]>();
  readonly #versions = new Map<string, number>();
  /** How many entries each stream lost to retention. */
  #lost = new Map<string, number>();
  /** Of removed entries that share a tile with one that is there. */
  #keptLeaves: readonly StoredLeaf[] = [];
  /** The position of the first entry that was not removed. */
  #first = 0;
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
      this.#count(entry, 1);
    }
    for (const tile of extended.tiles) {
      const row = this.#tiles.get(tile.level) ?? [];
      this.#tiles.set(tile.level, row);
      row.push(toStoredTile(tile));
    }
    this.#head = extended.head;
    scope.onRollback(() => {
      for (const { level } of extended.tiles) this.#tiles.get(level)?.pop();
      for (const entry of this.#entries.splice(before.size - this.#first)) {
        this.#byEventId.delete(entry.columns.eventId);
        this.#count(entry, -1);
      }
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
    const outside = ascending ? -1 : length;
    const before = query.after === undefined ? outside : query.after - this.#first;
    for (let index = ascending ? Math.max(0, before + step) : Math.min(before + step, length - 1); ; index += step) {
      if (index < 0 || index >= length || found.length >= query.limit) break;
      const entry = this.#entries[index] as StoredEntry;
      if (matchesAuditCriteria(query, entry)) found.push(entry);
    }
    return Promise.resolve(found);
  }

  statistics(criteria: AuditCriteria): Promise<AuditStatistics> {
    return Promise.resolve(summarize(this.#tallies(criteria)));
  }

  findByEventId(eventId: string): Promise<StoredEntry | undefined> {
    return Promise.resolve(this.#byEventId.get(eventId));
  }

  countStream(stream: string): Promise<number> {
    return Promise.resolve(this.#versions.get(stream) ?? 0);
  }

  readRange(from: number, limit: number): Promise<readonly StoredEntry[]> {
    const index = Math.max(0, from - this.#first);
    return Promise.resolve(this.#entries.slice(index, index + limit));
  }

  async readLeaves(from: number, limit: number): Promise<readonly StoredLeaf[]> {
    const kept = this.#keptLeaves.filter(({ position }) => position >= from);
    return [...kept, ...(await this.readRange(from, limit))].slice(0, limit);
  }

  readTiles(level: number, from: number, limit: number): Promise<readonly StoredTile[]> {
    return Promise.resolve(this.#tiles.get(level)?.slice(from, from + limit) ?? []);
  }

  /** For `InMemoryRetentionRepository` alone. Returns how many entries were removed. */
  removeBefore(to: number, scope: TransactionScope): number {
    const before = { first: this.#first, keptLeaves: this.#keptLeaves, lost: new Map(this.#lost) };
    const removed = this.#entries.splice(0, Math.max(0, to - this.#first));
    const tile = Math.floor(to / TILE_WIDTH) * TILE_WIDTH;
    const leaves = removed.map(({ position, leafHash }) => ({ position, leafHash }));
    this.#keptLeaves = [...before.keptLeaves, ...leaves].filter(({ position }) => position >= tile);
    this.#first += removed.length;
    for (const { columns } of removed) {
      this.#byEventId.delete(columns.eventId);
      this.#lost.set(columns.stream, (this.#lost.get(columns.stream) ?? 0) + 1);
    }
    scope.onRollback(() => {
      this.#entries.unshift(...removed);
      for (const entry of removed) this.#byEventId.set(entry.columns.eventId, entry);
      this.#lost = before.lost;
      this.#first = before.first;
      this.#keptLeaves = before.keptLeaves;
    });
    return removed.length;
  }

  /** For `InMemoryRetentionRepository` alone. How many entries each stream has lost, in no order. */
  removedStreams(): readonly RemovedStream[] {
    return Array.from(this.#lost, ([stream, entries]) => ({ stream, entries }));
  }

  *#tallies(criteria: AuditCriteria): Generator<AuditTally, void, undefined> {
    for (const entry of this.#entries) {
      if (matchesAuditCriteria(criteria, entry)) yield tallyOf(entry.position, entry.columns);
    }
  }

  #count({ columns: { stream } }: StoredEntry, change: 1 | -1): void {
    this.#versions.set(stream, (this.#versions.get(stream) ?? 0) + change);
  }
}
