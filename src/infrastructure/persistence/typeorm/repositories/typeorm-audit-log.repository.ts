import type { EntryDraft, StoredEntry } from '../../../../domain/audit/audit-entry.js';
import type { AuditLogRepository } from '../../../../domain/audit/audit-log.repository.port.js';
import type { AuditQuery } from '../../../../domain/audit/audit-query.js';
import { DamagedHeadError, extendLog, type LogHead } from '../../../../domain/audit/integrity/log-head.js';
import type { TransactionScope } from '../../../../domain/shared/transaction.js';
import type { TypeOrmDatabase } from '../database.js';
import { isUniqueViolation } from '../store-errors.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import { TypeOrmUnitOfWork } from '../typeorm-unit-of-work.js';
import {
  insertEntries,
  selectEntries,
  selectEntriesByEventIds,
  selectEntryByEventId,
  selectRange,
} from './audit-entries.sql.js';
import { selectHead, updateHead } from './log-head.sql.js';

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
      const byEventId = await appendNew(uniqueDrafts(drafts), own);
      return drafts.map((draft) => byEventId.get(draft.columns.eventId) as StoredEntry);
    });
  }

  head(): Promise<LogHead> {
    return this.#database.read(selectHead);
  }

  find(query: AuditQuery): Promise<readonly StoredEntry[]> {
    return this.#database.read((queries) => selectEntries(queries, query));
  }

  findByEventId(eventId: string): Promise<StoredEntry | undefined> {
    return this.#database.read((queries) => selectEntryByEventId(queries, eventId));
  }

  readRange(from: number, limit: number): Promise<readonly StoredEntry[]> {
    return this.#database.read((queries) => selectRange(queries, from, limit));
  }
}

type Entries = Map<string, StoredEntry>;

/** Appends, taking it that no event is recorded yet, as is nearly always so: to look first would cost every append. */
async function appendNew(drafts: readonly EntryDraft[], scope: TypeOrmScope): Promise<Entries> {
  const head = await scope.query(selectHead);
  try {
    return await scope.nested(() => extend(head, drafts, scope));
  } catch (error) {
    if (!isUniqueViolation(causeOf(error))) throw error;
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
  // No event was recorded before, so it is a position that is taken.
  if (recorded.length === 0) throw new DamagedHeadError(`there is an entry beyond its size of ${head.size}`, violation);
  const entries: Entries = new Map(recorded.map((entry) => [entry.columns.eventId, entry]));
  const missing = drafts.filter((draft) => !entries.has(draft.columns.eventId));
  if (missing.length === 0) return entries;
  return new Map([...entries, ...(await extend(head, missing, scope))]);
}

async function extend(head: LogHead, drafts: readonly EntryDraft[], scope: TypeOrmScope): Promise<Entries> {
  const extended = extendLog(head, drafts);
  await scope.query(async (queries) => {
    await insertEntries(queries, extended.entries);
    await updateHead(queries, extended.head);
  });
  return new Map(extended.entries.map((entry) => [entry.columns.eventId, entry]));
}

/** The first draft of each event. */
function uniqueDrafts(drafts: readonly EntryDraft[]): readonly EntryDraft[] {
  const unique = new Map<string, EntryDraft>();
  for (const draft of drafts) {
    if (!unique.has(draft.columns.eventId)) unique.set(draft.columns.eventId, draft);
  }
  return unique.size === drafts.length ? drafts : [...unique.values()];
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
