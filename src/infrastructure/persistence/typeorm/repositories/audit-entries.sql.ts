import type { QueryRunner } from 'typeorm';
import type { EntryColumns, StoredEntry } from '../../../../domain/audit/audit-entry.js';
import type { AuditQuery } from '../../../../domain/audit/audit-query.js';
import type { GatheredRows, InsertRow, Statement, StatementsAtOnce } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import type { TypeOrmScope } from '../typeorm-scope.js';
import { conditionsOf, placeholders, whereOf } from './audit-conditions.sql.js';

/** Every column, in the order in which rows are written and read. */
const COLUMNS = {
  position: 'integer',
  event_id: 'text',
  type: 'text',
  stream: 'text',
  execution_id: 'text',
  correlation_id: 'text',
  actor: 'text',
  severity: 'text',
  outcome: 'text',
  category: 'text',
  occurred_at: 'text',
  recorded_at: 'text',
  body: 'text',
  leaf_hash: 'text',
} as const;

const ENTRIES = { table: 'audit_entries', unique: 'event_id', columns: COLUMNS };
const SELECT = `SELECT ${Object.keys(COLUMNS).join(', ')} FROM ${ENTRIES.table}`;

/** Reads entries from a position on, at most so many: a list of values each, for {@link entryOf}. */
export const SELECT_FROM = `${SELECT} WHERE position >= ? ORDER BY position LIMIT ?`;

/** One size, so that there is one statement to prepare. */
const IDS_PER_STATEMENT = 64;

/**
 * Inserts entries, and changes the head with them. See {@link Dialect.insertNew}.
 *
 * @returns whether it was done: nothing was when one of the events is recorded
 */
export function insertEntries(
  queries: QueryRunner,
  entries: readonly StoredEntry[],
  headUpdate: Statement,
): Promise<boolean> {
  return dialectOf(queries).insertNew(queries, ENTRIES, entries.map(toRow), headUpdate);
}

/** {@link insertEntries}, without waiting. */
export function insertEntriesAtOnce(
  queries: QueryRunner,
  atOnce: StatementsAtOnce,
  entries: readonly StoredEntry[],
  headUpdate: Statement,
): void {
  atOnce.insertNew(queries, ENTRIES, entries.map(toRow), headUpdate);
}

/**
 * How entries are inserted together with what is written besides. To be ready for one that is there, as others are, would
 * cost the server a tenth more for nearly nothing: that fails, and all of it is done again.
 */
export const ENTRIES_ADDED: GatheredRows = {
  name: ENTRIES.table,
  columns: COLUMNS,
  write: (given) => {
    const names = Object.keys(COLUMNS).join(', ');
    return `INSERT INTO ${ENTRIES.table} (${names}) SELECT ${names} FROM ${given}`;
  },
};

/** {@link insertEntries}, together with others, of events of which each is there once. */
export function gatherEntries(scope: TypeOrmScope, entries: readonly StoredEntry[]): void {
  for (const entry of entries) scope.gather(ENTRIES_ADDED, entry.columns.eventId, toRow(entry));
}

/** What no other row has, out of one that {@link gatherEntries} gave. */
export function keyOfEntry(row: InsertRow): { readonly position: number; readonly eventId: string } {
  return { position: row[0] as number, eventId: row[1] as string };
}

/** The entries of those events that are recorded, in no particular order. */
export async function selectEntriesByEventIds(
  queries: QueryRunner,
  eventIds: readonly string[],
): Promise<readonly StoredEntry[]> {
  const sql = `${SELECT} WHERE event_id IN (${placeholders(IDS_PER_STATEMENT)})`;
  const found: StoredEntry[] = [];
  for (let from = 0; from < eventIds.length; from += IDS_PER_STATEMENT) {
    const chunk = eventIds.slice(from, from + IDS_PER_STATEMENT);
    // Filled up with its first id.
    const filled = [...chunk, ...Array<string>(IDS_PER_STATEMENT - chunk.length).fill(chunk[0] as string)];
    found.push(...(await select(queries, sql, filled)));
  }
  return found;
}

/** The entry of one event. What lies before the first position is no entry of the log: `verify` tells of it. */
export async function selectEntryByEventId(queries: QueryRunner, eventId: string): Promise<StoredEntry | undefined> {
  const [entry] = await select(queries, `${SELECT} WHERE event_id = ? AND position >= 0`, [eventId]);
  return entry;
}

/** Entries from a position on, ascending. */
export async function selectRange(queries: QueryRunner, from: number, limit: number): Promise<readonly StoredEntry[]> {
  // Not all that a database takes for a position is a number of JavaScript: from below 0 on, every row is meant.
  const [sql, parameters] = from < 0 ? [`${SELECT} ORDER BY position LIMIT ?`, [limit]] : [SELECT_FROM, [from, limit]];
  return Array.from(await dialectOf(queries).selectArrays(queries, sql, parameters), entryOf);
}

/** The entries that a query finds. */
export function selectEntries(queries: QueryRunner, query: AuditQuery): Promise<readonly StoredEntry[]> {
  const { after, limit, order } = query;
  const beyond = after === undefined ? [] : [{ sql: `position ${order === 'asc' ? '>' : '<'} ?`, parameters: [after] }];
  const where = whereOf([...conditionsOf(query, dialectOf(queries)), ...beyond]);
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  return select(queries, `${SELECT}${where.sql} ORDER BY position ${direction} LIMIT ?`, [...where.parameters, limit]);
}

async function select(
  queries: QueryRunner,
  sql: string,
  parameters: readonly (string | number)[],
): Promise<readonly StoredEntry[]> {
  const rows = (await queries.query(dialectOf(queries).statement(sql), [...parameters])) as readonly EntryRow[];
  // Not rows.map: that would make another array of the driver's, and a test runner's realm has its own Array.
  return Array.from(rows, toEntry);
}

interface EntryRow {
  readonly position: number;
  readonly event_id: string;
  readonly type: string;
  readonly stream: string;
  readonly execution_id: string | null;
  readonly correlation_id: string | null;
  readonly actor: string | null;
  readonly severity: EntryColumns['severity'];
  readonly outcome: EntryColumns['outcome'];
  readonly category: EntryColumns['category'];
  readonly occurred_at: string;
  readonly recorded_at: string;
  readonly body: string;
  readonly leaf_hash: string;
}

function toEntry(row: EntryRow): StoredEntry {
  return {
    position: row.position,
    body: row.body,
    leafHash: row.leaf_hash,
    columns: {
      eventId: row.event_id,
      type: row.type,
      stream: row.stream,
      executionId: row.execution_id,
      correlationId: row.correlation_id,
      actor: row.actor,
      severity: row.severity,
      outcome: row.outcome,
      category: row.category,
      occurredAt: row.occurred_at,
      recordedAt: row.recorded_at,
    },
  };
}

/** The entry whose values these are, in the order of {@link COLUMNS}. */
export function entryOf(values: readonly unknown[]): StoredEntry {
  return {
    position: values[0] as number,
    body: values[12] as string,
    leafHash: values[13] as string,
    columns: {
      eventId: values[1] as string,
      type: values[2] as string,
      stream: values[3] as string,
      executionId: values[4] as string | null,
      correlationId: values[5] as string | null,
      actor: values[6] as string | null,
      severity: values[7] as EntryColumns['severity'],
      outcome: values[8] as EntryColumns['outcome'],
      category: values[9] as EntryColumns['category'],
      occurredAt: values[10] as string,
      recordedAt: values[11] as string,
    },
  };
}

/** An entry's values in the order of {@link COLUMNS}. */
function toRow({ position, body, leafHash, columns }: StoredEntry): InsertRow {
  return [
    position,
    columns.eventId,
    columns.type,
    columns.stream,
    columns.executionId,
    columns.correlationId,
    columns.actor,
    columns.severity,
    columns.outcome,
    columns.category,
    columns.occurredAt,
    columns.recordedAt,
    body,
    leafHash,
  ];
}
