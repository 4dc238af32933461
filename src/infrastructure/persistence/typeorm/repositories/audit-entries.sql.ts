import type { QueryRunner } from 'typeorm';
import type { EntryColumns, StoredEntry } from '../../../../domain/audit/audit-entry.js';
import type { AuditQuery } from '../../../../domain/audit/audit-query.js';

/** Every column, in the order in which rows are written and read. */
const COLUMNS = [
  'position',
  'event_id',
  'type',
  'stream',
  'execution_id',
  'correlation_id',
  'actor',
  'severity',
  'outcome',
  'category',
  'occurred_at',
  'recorded_at',
  'body',
  'leaf_hash',
] as const;

const SELECT = `SELECT ${COLUMNS.join(', ')} FROM audit_entries`;

/** The columns that a query may ask to equal a value. */
const EQUAL_COLUMNS: Readonly<Record<keyof AuditQuery['equal'], string>> = {
  executionId: 'execution_id',
  stream: 'stream',
  outcome: 'outcome',
  category: 'category',
  correlationId: 'correlation_id',
  actor: 'actor',
};

/**
 * How many rows one statement inserts: few sizes, so that every batch is made of statements that are prepared already.
 */
const ROWS_PER_STATEMENT = [64, 32, 16, 8, 4, 2, 1] as const;
const IDS_PER_STATEMENT = 64;

const INSERTS: ReadonlyMap<number, string> = new Map(
  ROWS_PER_STATEMENT.map((rows) => [rows, `INSERT INTO audit_entries (${COLUMNS.join(', ')}) VALUES ${tuples(rows)}`]),
);

/**
 * Inserts entries. One that is there already fails the whole call, which then may have inserted a part: use a
 * savepoint.
 */
export async function insertEntries(queries: QueryRunner, entries: readonly StoredEntry[]): Promise<void> {
  let next = 0;
  for (const rows of ROWS_PER_STATEMENT) {
    for (; entries.length - next >= rows; next += rows) {
      await queries.query(INSERTS.get(rows) as string, parametersOf(entries, next, rows));
    }
  }
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
    // Filled up with its first id, so that there is one statement to prepare.
    const filled = [...chunk, ...Array<string>(IDS_PER_STATEMENT - chunk.length).fill(chunk[0] as string)];
    found.push(...(await select(queries, sql, filled)));
  }
  return found;
}

/** The entry of one event. */
export async function selectEntryByEventId(queries: QueryRunner, eventId: string): Promise<StoredEntry | undefined> {
  const [entry] = await select(queries, `${SELECT} WHERE event_id = ?`, [eventId]);
  return entry;
}

/** Entries from a position on, ascending. */
export function selectRange(queries: QueryRunner, from: number, limit: number): Promise<readonly StoredEntry[]> {
  return select(queries, `${SELECT} WHERE position >= ? ORDER BY position LIMIT ?`, [from, limit]);
}

/** The entries that a query finds. */
export function selectEntries(queries: QueryRunner, query: AuditQuery): Promise<readonly StoredEntry[]> {
  const conditions: string[] = [];
  const parameters: (string | number)[] = [];
  const where = (condition: string, ...values: readonly (string | number)[]): void => {
    conditions.push(condition);
    parameters.push(...values);
  };
  for (const [key, value] of Object.entries(query.equal)) {
    where(`${EQUAL_COLUMNS[key as keyof AuditQuery['equal']]} = ?`, value);
  }
  if (query.types.length + query.families.length > 0) where(typeCondition(query), ...typeParameters(query));
  const { severities } = query;
  if (severities !== undefined) where(`severity IN (${placeholders(severities.length)})`, ...severities);
  if (query.since !== undefined) where('occurred_at >= ?', query.since);
  if (query.until !== undefined) where('occurred_at < ?', query.until);
  if (query.after !== undefined) where(`position ${query.order === 'asc' ? '>' : '<'} ?`, query.after);
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = query.order === 'asc' ? 'ASC' : 'DESC';
  return select(queries, `${SELECT}${filter} ORDER BY position ${order} LIMIT ?`, [...parameters, query.limit]);
}

/**
 * One exact type is found by its index, in order of position. Several types are not in order there, and a family can be
 * most of the log: sorting them for a page of a hundred takes longer than reading the log in its order, so the plus
 * keeps SQLite from that index.
 */
function typeCondition({ types, families }: AuditQuery): string {
  if (types.length === 1 && families.length === 0) return 'type = ?';
  const exact = types.length === 0 ? [] : [`+type IN (${placeholders(types.length)})`];
  // A range rather than LIKE: an underscore or a percent sign in a type is then what it is.
  return `(${[...exact, ...families.map(() => '(+type >= ? AND +type < ?)')].join(' OR ')})`;
}

function typeParameters({ types, families }: AuditQuery): readonly string[] {
  // The slash is the character after the dot that ends a family's prefix.
  return [...types, ...families.flatMap((prefix) => [prefix, `${prefix.slice(0, -1)}/`])];
}

async function select(
  queries: QueryRunner,
  sql: string,
  parameters: readonly (string | number)[],
): Promise<readonly StoredEntry[]> {
  const rows = (await queries.query(sql, [...parameters])) as readonly EntryRow[];
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

/** The parameters of `count` rows from `from` on, in the order of {@link COLUMNS}. */
function parametersOf(entries: readonly StoredEntry[], from: number, count: number): unknown[] {
  const parameters: unknown[] = [];
  for (let index = from; index < from + count; index += 1) {
    const { position, body, leafHash, columns } = entries[index] as StoredEntry;
    parameters.push(
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
    );
  }
  return parameters;
}

function placeholders(count: number): string {
  return Array<string>(count).fill('?').join(', ');
}

function tuples(rows: number): string {
  return Array<string>(rows)
    .fill(`(${placeholders(COLUMNS.length)})`)
    .join(', ');
}
