import type { AuditCriteria } from '../../../../domain/audit/audit-criteria.js';
import type { Dialect } from '../dialect/dialect.js';

/** A condition, written with `?` for each parameter. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** The columns that criteria may ask to equal a value. */
const EQUAL_COLUMNS: Readonly<Record<keyof AuditCriteria['equal'], string>> = {
  eventId: 'event_id',
  executionId: 'execution_id',
  stream: 'stream',
  outcome: 'outcome',
  category: 'category',
  correlationId: 'correlation_id',
  actor: 'actor',
};

/**
 * The condition of the index on streams, word for word: SQLite uses a partial index only where the query says it. What
 * is on the stream of its own execution is left out of it, and found by the execution: that is most of a log.
 */
export const NOT_ON_OWN_EXECUTION = `(execution_id IS NULL OR stream <> 'execution/' || execution_id)`;

const EXECUTION_STREAM = 'execution/';

/** What criteria ask for, as conditions that must all hold. */
export function conditionsOf(criteria: AuditCriteria, dialect: Dialect): readonly Condition[] {
  const { types, families, severities, since, until, text } = criteria;
  const conditions: Condition[] = [];
  const where = (sql: string, ...parameters: readonly (string | number)[]): void => {
    conditions.push({ sql, parameters });
  };
  // Waymark puts nothing before 0; who else does is found by verify, and not read. No index: the plan stays as it is.
  where(`${dialect.withoutIndex('position')} >= 0`);
  for (const [key, value] of Object.entries(criteria.equal)) {
    where(`${EQUAL_COLUMNS[key as keyof AuditCriteria['equal']]} = ?`, value);
  }
  const { stream } = criteria.equal;
  // True of everything on such a stream; said so that the index can be used.
  if (stream !== undefined && !stream.startsWith(EXECUTION_STREAM)) where(NOT_ON_OWN_EXECUTION);
  if (types.length + families.length > 0) {
    where(typeCondition(criteria, dialect), ...typeParameters(criteria));
  }
  if (severities?.length === 0) where('1 = 0');
  else if (severities !== undefined) where(`severity IN (${placeholders(severities.length)})`, ...severities);
  if (since !== undefined) where('occurred_at >= ?', since);
  if (until !== undefined) where('occurred_at < ?', until);
  if (text !== undefined) where(dialect.contains('body'), text);
  return conditions;
}

/** Conditions as the end of a statement. */
export function whereOf(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}

export function placeholders(count: number): string {
  return Array<string>(count).fill('?').join(', ');
}

/**
 * One exact type is found by its index, in order of position. Several types are not in order there, and a family can be
 * most of the log: sorting them for a page of a hundred takes longer than reading the log in its order.
 */
function typeCondition({ types, families }: AuditCriteria, dialect: Dialect): string {
  if (types.length === 1 && families.length === 0) return 'type = ?';
  const type = dialect.withoutIndex('type');
  const exact = types.length === 0 ? [] : [`${type} IN (${placeholders(types.length)})`];
  // A range rather than LIKE: an underscore or a percent sign in a type is then what it is.
  return `(${[...exact, ...families.map(() => `(${type} >= ? AND ${type} < ?)`)].join(' OR ')})`;
}

function typeParameters({ types, families }: AuditCriteria): readonly string[] {
  // The slash is the character after the dot that ends a family's prefix.
  return [...types, ...families.flatMap((prefix) => [prefix, `${prefix.slice(0, -1)}/`])];
}
