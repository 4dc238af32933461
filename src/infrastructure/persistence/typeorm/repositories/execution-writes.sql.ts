import type { EntitySchemaColumnOptions, QueryRunner } from 'typeorm';
import type { GatheredRows, InsertRow } from '../dialect/dialect.js';
import { dialectOf } from '../dialect/dialect-of.js';
import { executionEntity, type ExecutionRow } from '../entities/execution.entity.js';
import type { TypeOrmScope } from '../typeorm-scope.js';

type Property = keyof ExecutionRow;

interface Column {
  readonly property: Property;
  readonly name: string;
  readonly type: 'integer' | 'text';
  readonly toStored: (value: unknown) => unknown;
}

/**
 * What nearly every step of an execution changes. Beside that, steps change little: a statement that writes all columns
 * takes several times as long, and makes the text of an input again that may be large.
 */
const MOVING: ReadonlySet<Property> = new Set<Property>([
  'status',
  'version',
  'output',
  'headCheckpointId',
  'completed',
  'waiting',
  'running',
  'occurrences',
  'nodesExecuted',
  'checkpointsCreated',
  'leaseExpiresAt',
  'updatedAt',
]);

const COLUMNS: readonly Column[] = Object.entries(executionEntity.columns).map(([property, column]) => {
  const { name, type, transformer }: EntitySchemaColumnOptions = column;
  const { to } = (transformer ?? {}) as { readonly to?: (value: unknown) => unknown };
  return {
    property: property as Property,
    name: name ?? property,
    type: type === 'integer' ? 'integer' : 'text',
    toStored: to ?? ((value) => value),
  };
});
const MOVING_COLUMNS = COLUMNS.filter(({ property }) => MOVING.has(property));
/** The label is written by itself, whoever runs the execution. */
const UNTOUCHED: ReadonlySet<Property> = new Set<Property>(['id', 'label']);
const STANDING_COLUMNS = COLUMNS.filter(({ property }) => !UNTOUCHED.has(property) && !MOVING.has(property));

const INSERT = `
  INSERT INTO executions (${COLUMNS.map(({ name }) => name).join(', ')})
  VALUES (${COLUMNS.map(() => '?').join(', ')})`;
const UPDATE_MOVING = updateOf(MOVING_COLUMNS);
const UPDATE_ALL_COLUMNS = [...MOVING_COLUMNS, ...STANDING_COLUMNS];
const UPDATE_ALL = updateOf(UPDATE_ALL_COLUMNS);

/** Whether an execution is stored. */
export async function executionIsStored(queries: QueryRunner, executionId: string): Promise<boolean> {
  const rows = await dialectOf(queries).selectArrays(queries, 'SELECT 1 FROM executions WHERE id = ?', [executionId]);
  return rows.length > 0;
}

/** Stores a row that is not there yet. */
export async function insertExecution(queries: QueryRunner, row: ExecutionRow): Promise<void> {
  await dialectOf(queries).runPrepared(queries, INSERT, valuesOf(COLUMNS, row));
}

/**
 * Stores a row instead of the one of its id, where that has a version.
 *
 * @param before what the row of that version was made of, where that is at hand: columns that it shares are not written
 * @returns whether there was such a row
 */
export async function updateExecution(
  queries: QueryRunner,
  row: ExecutionRow,
  version: number,
  before: Partial<ExecutionRow> | undefined,
): Promise<boolean> {
  const [sql, columns] = sharesStanding(row, before)
    ? [UPDATE_MOVING, MOVING_COLUMNS]
    : [UPDATE_ALL, UPDATE_ALL_COLUMNS];
  const updated = await dialectOf(queries).runPrepared(queries, sql, [...valuesOf(columns, row), row.id, version]);
  return (updated as readonly unknown[]).length === 1;
}

const INSERTED: GatheredRows = {
  name: 'executions',
  columns: typesOf(COLUMNS),
  write: (given) => {
    const names = COLUMNS.map(({ name }) => name).join(', ');
    return `INSERT INTO executions (${names}) SELECT ${names} FROM ${given} ON CONFLICT DO NOTHING`;
  },
};
const MOVED = gatheredUpdate('moved_executions', MOVING_COLUMNS);
const REWRITTEN = gatheredUpdate('rewritten_executions', UPDATE_ALL_COLUMNS);

/**
 * {@link insertExecution} or {@link updateExecution}, together with others: where there is a row or none, against what is
 * expected, all of them are done again.
 */
export function gatherExecution(
  scope: TypeOrmScope,
  row: ExecutionRow,
  version: number,
  before: Partial<ExecutionRow> | undefined,
): void {
  const id = String(row.id);
  if (version === 0) scope.gather(INSERTED, id, valuesOf(COLUMNS, row));
  else if (sharesStanding(row, before)) scope.gather(MOVED, id, [...valuesOf(MOVING_COLUMNS, row), id, version]);
  else scope.gather(REWRITTEN, id, [...valuesOf(UPDATE_ALL_COLUMNS, row), id, version]);
}

function gatheredUpdate(name: string, columns: readonly Column[]): GatheredRows {
  const set = columns.map((column) => `${column.name} = own.${column.name}`).join(', ');
  return {
    name,
    columns: { ...typesOf(columns), saved_id: 'text', saved_version: 'integer' },
    write: (given) => `
      UPDATE executions SET ${set} FROM ${given} AS own
      WHERE executions.id = own.saved_id AND executions.version = own.saved_version`,
  };
}

function typesOf(columns: readonly Column[]): GatheredRows['columns'] {
  return Object.fromEntries(columns.map(({ name, type }) => [name, type]));
}

function sharesStanding(row: ExecutionRow, before: Partial<ExecutionRow> | undefined): boolean {
  return before !== undefined && STANDING_COLUMNS.every(({ property }) => before[property] === row[property]);
}

function updateOf(columns: readonly Column[]): string {
  const set = columns.map(({ name }) => `${name} = ?`).join(', ');
  return `UPDATE executions SET ${set} WHERE id = ? AND version = ? RETURNING version`;
}

function valuesOf(columns: readonly Column[], row: ExecutionRow): InsertRow {
  return columns.map(({ property, toStored }) => (toStored(row[property]) ?? null) as InsertRow[number]);
}
