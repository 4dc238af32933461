import type { QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect/dialect-of.js';

/** The statement that adds a row, or changes the one of its key: its first column. */
export function upsertOf(table: string, columns: readonly string[]): string {
  const [key, ...others] = columns;
  const changes = others.map((column) => `${column} = excluded.${column}`).join(', ');
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key}) DO UPDATE SET ${changes}`;
}

/** The beginning of a statement that reads rows. */
export function selectOf(table: string, columns: readonly string[]): string {
  return `SELECT ${columns.join(', ')} FROM ${table}`;
}

/** The conditions whose value is given, with a blank before them, and those values. */
export function conditionsOf(all: readonly (readonly [condition: string, value: string | undefined])[]): {
  readonly where: string;
  readonly parameters: readonly string[];
} {
  const given = all.filter((one): one is readonly [string, string] => one[1] !== undefined);
  const where = given.length === 0 ? '' : ` WHERE ${given.map(([condition]) => condition).join(' AND ')}`;
  return { where, parameters: given.map(([, value]) => value) };
}

/** Removes the row of an id. Returns whether it was there. */
export async function deleteByKey(queries: QueryRunner, table: string, id: string): Promise<boolean> {
  const sql = dialectOf(queries).statement(`DELETE FROM ${table} WHERE id = ?`);
  const { affected } = await queries.query(sql, [id], true);
  return affected === 1;
}

/** Stored JSON; text that is none is read as `undefined`, which nothing is that was stored. */
export function parsedJson(text: unknown): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text as string) as unknown;
  } catch {
    return undefined;
  }
}

/** A value as it is stored in a column of JSON. */
export function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
