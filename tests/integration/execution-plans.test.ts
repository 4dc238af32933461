import { updateLeases } from '../../src/infrastructure/persistence/typeorm/repositories/executions.sql.js';
import { TypeOrmExecutionRepository } from '../../src/infrastructure/persistence/typeorm/repositories/typeorm-execution.repository.js';
import { SqliteDatabase } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { plansOf, writePlansOf } from '../support/query-plans.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const NOW = '2026-01-01T00:00:00.000Z';

// These are asked every few seconds by every process, of a table that holds all that was ever run.
describe('how SQLite looks executions up that nobody may see to', () => {
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

  it('reads of those that are owned, due, being undone or waiting for another one, and of no other', async () => {
    const plan = await plansOf(database, (spied) =>
      new TypeOrmExecutionRepository(spied).listRecoverable({ now: NOW, gone: ['dead'], limit: 10, after: 'run-1' }),
    );
    expect(plan).toContain('executions USING INDEX executions_by_owner');
    expect(plan).toContain('executions USING INDEX executions_by_due (due_at>? AND due_at<?)');
    expect(plan).toContain('executions USING INDEX executions_by_undoing (id>?)');
    expect(plan).toContain('parent USING INDEX executions_by_child_wait (id>?)');
    expect(plan).toMatch(/SEARCH child USING (COVERING )?INDEX sqlite_autoindex_executions_1 \(id=\?\)/);
    expect(plan).not.toMatch(/SCAN (executions|parent|child)$/m);
  });

  it('reads what stands still until a time in the order of that time', async () => {
    const query = { limit: 10, after: { id: 'run-1', dueAt: NOW } };
    const plan = await plansOf(database, (spied) => new TypeOrmExecutionRepository(spied).listDue(query));
    expect(plan).toMatch(/SEARCH executions USING INDEX executions_by_due \(due_at>\?\)/);
    // Only of those that are due at one moment the ids are sorted.
    expect(plan).not.toContain('USE TEMP B-TREE FOR ORDER BY');
  });

  it('reads the owners from an index', async () => {
    const plan = await plansOf(database, (spied) => new TypeOrmExecutionRepository(spied).owners());
    expect(plan).toMatch(/executions USING COVERING INDEX executions_by_owner/);
  });

  it('finds those whose leases are renewed among those of their owner', async () => {
    const renewal = { owner: 'me', executionIds: ['a', 'b'], expiresAt: NOW };
    const plan = await writePlansOf(database, (queries) => updateLeases(queries, renewal));
    expect(plan).toMatch(/SEARCH executions USING INDEX executions_by_owner \(owner=\?\)/);
  });
});
