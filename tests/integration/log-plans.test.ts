import { toAuditCriteria } from '../../src/domain/audit/audit-criteria.js';
import { SqliteDatabase } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';
import { TypeOrmAuditLogRepository } from '../../src/infrastructure/persistence/typeorm/repositories/typeorm-audit-log.repository.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { toAuditQuery } from '../../src/domain/audit/audit-query.js';
import { plansOf as queryPlansOf } from '../support/query-plans.js';
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

  const plansOf = (work: (repository: TypeOrmAuditLogRepository) => Promise<unknown>): Promise<string> =>
    queryPlansOf(database, (spied) => work(new TypeOrmAuditLogRepository(spied)));

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
