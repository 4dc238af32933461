import type Database from 'better-sqlite3';
import type { QueryRunner } from 'typeorm';
import type { SqliteDatabase } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';

/**
 * How SQLite means to run the statements of some work: a condition that is written otherwise than its index makes a
 * query read a whole table, and nothing else shows it.
 *
 * @param work reads from the database that it is given
 */
export async function plansOf(
  database: SqliteDatabase,
  work: (spied: SqliteDatabase) => Promise<unknown>,
): Promise<string> {
  const plans: string[] = [];
  const spied = Object.create(database) as SqliteDatabase;
  spied.read = (run) => database.read(async (queries) => run(await spyOn(queries, plans)));
  await work(spied);
  return plans.join('\n');
}

/** The same for what work writes. It is not committed. */
export async function writePlansOf(
  database: SqliteDatabase,
  work: (queries: QueryRunner) => Promise<unknown>,
): Promise<string> {
  const plans: string[] = [];
  await database.read(async (queries) => {
    const spy = await spyOn(queries, plans);
    // A connection that only reads refuses to write; how it would have done so it has said by then.
    await work(spy).catch(() => undefined);
  });
  return plans.join('\n');
}

async function spyOn(queries: QueryRunner, plans: string[]): Promise<QueryRunner> {
  const spy = Object.create(queries) as typeof queries;
  const explain = async (sql: string, parameters?: unknown[]): Promise<void> => {
    const rows = (await queries.query(`EXPLAIN QUERY PLAN ${sql}`, parameters)) as { readonly detail: string }[];
    plans.push(...rows.map(({ detail }) => detail));
  };
  spy.query = async (sql: string, parameters?: unknown[]) => {
    await explain(sql, parameters);
    return queries.query(sql, parameters) as never;
  };
  // What is often run goes past the query runner, to the driver's own statements.
  const handle = (await queries.connect()) as Database.Database;
  const databaseConnection = {
    prepare: (sql: string) => {
      const parameters = Array<null>(sql.split('?').length - 1).fill(null);
      const plan = handle.prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
      plans.push(...plan.all(parameters).map(({ detail }) => detail));
      return handle.prepare(sql);
    },
  };
  const dataSource = Object.create(queries.dataSource, { driver: { value: { databaseConnection } } }) as unknown;
  Object.defineProperty(spy, 'dataSource', { value: dataSource });
  return spy;
}
