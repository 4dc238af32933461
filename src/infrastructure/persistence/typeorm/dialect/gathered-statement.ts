import { ARRAY_OF, arrayLiteral } from './array-literal.js';
import type { GatheredPart } from './dialect.js';

const gathered = new Map<string, string>();

/**
 * Writes rows of several kinds: each kind is a statement within one (PostgreSQL's manual, section 7.8.4), and counts the
 * rows that it wrote. Every column of a kind is one parameter, however many rows there are: {@link valuesOf} gives them.
 */
export function gatheredSql(parts: readonly GatheredPart[]): string {
  return remembered(parts, '', () => {
    const counts = parts.map(({ kind }) => `(SELECT count(*) FROM written_${kind.name})`);
    return `WITH ${tablesOf(parts, 1, '')} SELECT ${counts.join(', ')}`;
  });
}

/** How a statement begins that writes nothing unless one row of the table `moved` says so, and what it needs. */
export interface Guard {
  /** A statement that returns a row, with its column `xmin`, or none. Its parameters come before all others. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * {@link gatheredSql} as a transaction of its own. It gives one row: the column `xmin` of the guard's, or `null` where
 * nothing was done. It fails where the guard gave its row, and another was not written: then nothing was, either.
 */
export function guardedSql({ sql, values }: Guard, parts: readonly GatheredPart[]): string {
  return remembered(parts, 'guarded/', () => {
    const isDone = parts
      .filter(({ kind }) => kind.mayBeThere !== true)
      .map(({ kind: { name } }) => `(SELECT count(*) FROM written_${name}) = (SELECT count(*) FROM given_${name})`);
    // There is no other way to fail within a statement. The text is what the server's log will have.
    const verdict = `CASE WHEN ${isDone.join(' AND ')} THEN '0' ELSE '${REFUSED}' END`;
    const tables = tablesOf(parts, values.length + 1, 'WHERE EXISTS (SELECT FROM moved)');
    return `WITH moved AS (${sql}), ${tables} SELECT (SELECT xmin FROM moved), CAST(${verdict} AS integer)`;
  });
}

const REFUSED = 'Waymark: a row is not as it was expected, and all of them are tried again one by one';

/** The parameters for parts, in their order. */
export function valuesOf(parts: readonly GatheredPart[]): string[] {
  return parts.flatMap(({ kind, rows }) => Object.keys(kind.columns).map((_, column) => arrayLiteral(rows, column)));
}

/** There is one for each combination of kinds that occurs: a dozen. */
function remembered(parts: readonly GatheredPart[], prefix: string, make: () => string): string {
  const key = prefix + parts.map(({ kind }) => kind.name).join('/');
  let sql = gathered.get(key);
  if (sql === undefined) gathered.set(key, (sql = make()));
  return sql;
}

function tablesOf(parts: readonly GatheredPart[], firstParameter: number, condition: string): string {
  let parameter = firstParameter;
  return parts
    .map(({ kind: { name, columns, write } }) => {
      const arrays = Object.values(columns).map((type) => `$${parameter++}::${ARRAY_OF[type]}`);
      const given = `given_${name}`;
      return `
        ${given} AS MATERIALIZED (
          SELECT * FROM unnest(${arrays.join(', ')}) AS row (${Object.keys(columns).join(', ')}) ${condition}
        ),
        written_${name} AS (${write(given)} RETURNING 1)`;
    })
    .join(',');
}
