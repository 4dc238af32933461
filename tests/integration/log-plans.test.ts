import type Database from 'better-sqlite3';
import { toAuditCriteria } from '../../src/domain/audit/audit-criteria.js';
import { SqliteDatabase } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';
import { TypeOrmAuditLogRepository } from '../../src/infrastructure/persistence/typeorm/repositories/typeorm-audit-log.repository.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { toAuditQuery } from '../../src/domain/audit/audit-query.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

// A condition that is written otherwise than its index makes a query read the whole log, and nothing else shows it.
describe('how SQLite looks things up', () => {
  let folder: TemporaryFolder;
  let database: SqliteDatabase;

  beforeEach(async () => {
    folder = makeTemporaryFolder();
    database = new SqliteDatabase({ path: folder.file('waymark.db') }, timerScheduler);
    await database.open();
  });
  afterEach(async () => {
    await database.close();
    folder.remove();
  });

  /** The plans of the statements that a repository runs. */
  async function plansOf(work: (repository: TypeOrmAuditLogRepository) => Promise<unknown>): Promise<string> {
    const plans: string[] = [];
    const spied = Object.create(database) as SqliteDatabase;
    spied.read = (run) =>
      database.read(async (queries) => {
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
        return run(spy);
      });
    await work(new TypeOrmAuditLogRepository(spied));
    return plans.join('\n');
  }

  it('counts a stream by indexes alone', async () => {
    for (const stream of ['session/s-1', 'execution/run-1']) {
      const plan = await plansOf((log) => log.countStream(stream));
      expect(plan).toContain('audit_entries_by_stream (stream=?)');
      expect(plan).toContain('audit_entries_by_execution (execution_id=?)');
      expect(plan).not.toMatch(/^SCAN audit_entries/m);
    }
  });

  it('finds the entries of a stream that is not that of an execution by its index, already in order', async () => {
    const plan = await plansOf((log) => log.find(toAuditQuery({ stream: 'session/s-1' }, { after: 5 })));
    expect(plan).toMatch(/SEARCH audit_entries USING INDEX audit_entries_by_stream \(stream=\?/);
    expect(plan).not.toContain('TEMP B-TREE');
  });

  it('counts what an execution consists of by its index', async () => {
    const plan = await plansOf((log) => log.statistics(toAuditCriteria({ executionId: 'run-1' })));
    expect(plan).toContain('audit_entries_by_execution (execution_id=?)');
  });
});
