import type { QueryRunner } from 'typeorm';
import type { EntryDraft, StoredEntry } from '../../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../../domain/audit/audit-log.repository.port.js';
import type { AuditCriteria } from '../../../../domain/audit/audit-criteria.js';
import type { AuditQuery } from '../../../../domain/audit/audit-query.js';
import { type AuditStatistics, summarize } from '../../../../domain/audit/audit-statistics.js';
import { DamagedHeadError, extendLog, type LogHead } from '../../../../domain/audit/integrity/log-head.js';
import type { PageCheckers } from '../../../../domain/audit/integrity/page-checkers.port.js';
import type { StoredLeaf, StoredTile } from '../../../../domain/audit/integrity/stored-hashes.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { isUniqueViolation } from '../store-errors.js';
import { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import { countEntriesOnStream, selectTallies } from './audit-counts.sql.js';
import {
  gatherEntries,
  insertEntries,
  insertEntriesAtOnce,
  selectEntries,
  selectEntriesByEventIds,
  selectEntryByEventId,
  selectRange,
} from './audit-entries.sql.js';
import { gatherTiles, insertTiles, insertTilesAtOnce, selectLeaves, selectTiles } from './audit-tiles.sql.js';
import { gatherHead, headUpdate, isHeadGathered, selectHead, selectHeadAtOnce } from './log-head.sql.js';

/**
 * The log in a database.
 *
 * With a scope that is not of its own database (the unit of work keeps its data elsewhere) an append is a transaction
 * of its own: durable when it resolves, and not taken back when the other one fails later.
 */
export class TypeOrmAuditLogRepository implements AuditLogRepository {
  readonly #database: TypeOrmDatabase;
  readonly #unitOfWork: TypeOrmUnitOfWork;

  constructor(database: TypeOrmDatabase) {
    this.#database = database;
    this.#unitOfWork = new TypeOrmUnitOfWork(database);
  }

  async append(drafts: readonly EntryDraft[], scope: TransactionScope): Promise<readonly StoredEntry[]> {
    if (drafts.length === 0) return [];
    return this.#unitOfWork.within(scope, async (own) => {
      const unique = uniqueDrafts(drafts);
      const appended = await (own.gathers ? appendGathering(unique, own) : appendNew(unique, own));
      // Nearly always nothing comes twice and nothing is there.
      if (unique === drafts && 'length' in appended) return appended;
      const byEventId = toEntries(appended);
      return drafts.map((draft) => byEventId.get(draft.columns.eventId) as StoredEntry);
    });
  }

  appendAtOnce(drafts: readonly EntryDraft[], scope: TransactionScope): readonly StoredEntry[] | undefined {
    const own = TypeOrmScope.of(scope, this.#database);
    const atOnce = own?.dialect.atOnce;
    if (own === undefined || atOnce === undefined) return undefined;
    return own.queryAtOnce((queries) => {
      const extended = extendLog(selectHeadAtOnce(queries, atOnce), drafts);
      insertEntriesAtOnce(queries, atOnce, extended.entries, headUpdate(queries, extended.head));
      insertTilesAtOnce(queries, atOnce, extended.tiles);
      return extended.entries;
    });
  }

  head(): Promise<LogHead> {
    return this.#database.read(selectHead);
  }

  find(query: AuditQuery): Promise<readonly StoredEntry[]> {
    return this.#database.read((queries) => selectEntries(queries, query));
  }

  async statistics(criteria: AuditCriteria): Promise<AuditStatistics> {
    return summarize(await this.#database.read((queries) => selectTallies(queries, criteria)));
  }

  findByEventId(eventId: string, scope?: TransactionScope): Promise<StoredEntry | undefined> {
    return this.#read(scope, (queries) => selectEntryByEventId(queries, eventId));
  }

  countStream(stream: string, scope?: TransactionScope): Promise<number> {
    return this.#read(scope, (queries) => countEntriesOnStream(queries, stream));
  }

  readRange(from: number, limit: number): Promise<readonly StoredEntry[]> {
    return this.#database.read((queries) => selectRange(queries, from, limit));
  }

  pageCheckers(): PageCheckers | undefined {
    return this.#database.pageCheckers?.();
  }

  readLeaves(from: number, limit: number): Promise<readonly StoredLeaf[]> {
    return this.#database.read((queries) => selectLeaves(queries, from, limit));
  }

  readTiles(level: number, from: number, limit: number): Promise<readonly StoredTile[]> {
    return this.#database.read((queries) => selectTiles(queries, level, from, limit));
  }

  /** Reads within a transaction, where it is one of this database. */
  #read<T>(scope: TransactionScope | undefined, work: (queries: QueryRunner) => Promise<T>): Promise<T> {
    const own = scope === undefined ? undefined : TypeOrmScope.of(scope, this.#database);
    return own === undefined ? this.#database.read(work) : own.query(work);
  }
}

/** By event id. */
type Entries = ReadonlyMap<string, StoredEntry>;

function toEntries(entries: readonly StoredEntry[] | Entries): Entries {
  return 'length' in entries ? new Map(entries.map((entry) => [entry.columns.eventId, entry])) : entries;
}

/** Appends together with what is written besides: where an event is recorded already, all of it is done again. */
async function appendGathering(drafts: readonly EntryDraft[], scope: TypeOrmScope): Promise<readonly StoredEntry[]> {
  // What was appended before in the same transaction is what this follows.
  if (isHeadGathered(scope)) await scope.catchUp();
  return scope.queryBeside(async (queries) => {
    const { head, entries, tiles } = extendLog(await selectHead(queries), drafts);
    gatherEntries(scope, entries);
    gatherTiles(scope, tiles);
    gatherHead(scope, queries, head);
    return entries;
  });
}

/**
 * Appends, taking it that no event is recorded yet, as is nearly always so.
 *
 * @returns the entries in the order of the drafts where that was so
 */
async function appendNew(
  drafts: readonly EntryDraft[],
  scope: TypeOrmScope,
): Promise<readonly StoredEntry[] | Entries> {
  const head = await scope.query(selectHead);
  try {
    const entries = await extend(head, drafts, scope);
    return entries ?? (await appendMissing(head, drafts, scope, undefined));
  } catch (error) {
    if (!isUniqueViolation(causeOf(error))) throw error;
    // Where the events were looked for first, it is not one of them.
    if (scope.dialect.looksBeforeInserting) throw entryBeyond(head, error);
    return appendMissing(head, drafts, scope, error);
  }
}

/** Some of the events are recorded: appends the others. */
async function appendMissing(
  head: LogHead,
  drafts: readonly EntryDraft[],
  scope: TypeOrmScope,
  violation: unknown,
): Promise<Entries> {
  const eventIds = drafts.map((draft) => draft.columns.eventId);
  const recorded = await scope.query((queries) => selectEntriesByEventIds(queries, eventIds));
  if (recorded.length === 0) throw entryBeyond(head, violation);
  const entries = toEntries(recorded);
  const missing = drafts.filter((draft) => !entries.has(draft.columns.eventId));
  if (missing.length === 0) return entries;
  return new Map([...entries, ...toEntries((await extend(head, missing, scope)) ?? [])]);
}

/** Appends, or does nothing when the database has looked and found one of the events. */
async function extend(
  head: LogHead,
  drafts: readonly EntryDraft[],
  scope: TypeOrmScope,
): Promise<readonly StoredEntry[] | undefined> {
  const extended = extendLog(head, drafts);
  const insert = (): Promise<boolean> =>
    scope.query(async (queries) => {
      const isDone = await insertEntries(queries, extended.entries, headUpdate(queries, extended.head));
      if (isDone) await insertTiles(queries, extended.tiles);
      return isDone;
    });
  // A statement that inserts one row does all of it or nothing, and a savepoint costs two more.
  const isWhole = scope.dialect.looksBeforeInserting || drafts.length === 1;
  const isDone = await (isWhole ? insert() : scope.nested(insert));
  return isDone ? extended.entries : undefined;
}

/** No event was recorded before, so it is a position that is taken. */
function entryBeyond(head: LogHead, violation: unknown): DamagedHeadError {
  return new DamagedHeadError(`there is an entry beyond its size of ${head.size}`, violation);
}

/** The first draft of each event. */
function uniqueDrafts(drafts: readonly EntryDraft[]): readonly EntryDraft[] {
  if (drafts.length === 1) return drafts;
  const unique = new Map<string, EntryDraft>();
  for (const draft of drafts) {
    if (!unique.has(draft.columns.eventId)) unique.set(draft.columns.eventId, draft);
  }
  return unique.size === drafts.length ? drafts : [...unique.values()];
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
