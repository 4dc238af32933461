import type { QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.js';
import { PostgresDialect } from './postgres-dialect.js';
import { SqliteDialect } from './sqlite-dialect.js';

const DIALECTS: Readonly<Record<string, Dialect>> = {
  'better-sqlite3': new SqliteDialect(),
  postgres: new PostgresDialect(),
};

/** The dialect that a connection speaks. */
export function dialectOf(queries: QueryRunner): Dialect {
  const { type } = queries.dataSource.options;
  const dialect = DIALECTS[type];
  if (dialect === undefined) throw new TypeError(`No SQL is written for ${type}.`);
  return dialect;
}
