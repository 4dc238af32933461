import type { InsertRow } from './dialect.js';

/** The type of an array, by that of its elements. */
export const ARRAY_OF = { integer: 'bigint[]', text: 'text[]' } as const;

/**
 * One column of rows as PostgreSQL reads an array (its manual, section 8.15.2). The driver does the same for a list,
 * for values of any type, and takes several times as long.
 */
export function arrayLiteral(rows: readonly InsertRow[], column: number): string {
  let literal = '{';
  for (let index = 0; index < rows.length; index += 1) {
    const value = rows[index]?.[column];
    if (index > 0) literal += ',';
    if (value === null || value === undefined) literal += 'NULL';
    else literal += typeof value === 'number' ? String(value) : quoted(value);
  }
  return `${literal}}`;
}

/** What JSON has another escape for than PostgreSQL, or none. */
// oxlint-disable-next-line no-control-regex -- matching control characters is what this is for
const NOT_AS_JSON = /[\u0000-\u001f\p{Surrogate}]/u;

/** Both put a backslash before a quote and a backslash. JSON's own function is several times as fast as a replacement. */
function quoted(value: string): string {
  return NOT_AS_JSON.test(value) ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : JSON.stringify(value);
}
