import Database from 'better-sqlite3';
import type { ExecutionSnapshot, Store } from '../../src/index.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeCheckpoint, makeSnapshot } from '../../src/testing/fixtures.js';
import { codeOf } from '../support/caught.js';
import { askPostgres, dropSchemas, hasPostgres, postgresOptions } from '../support/postgres.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** A store, and somebody who reaches into its tables. */
interface Tampered {
  readonly store: Store;
  /** Runs a statement in which `$` stands before the names of tables. */
  readonly run: (sql: string) => Promise<unknown>;
  readonly end: () => Promise<void>;
}

async function onSqlite(): Promise<Tampered> {
  const folder = makeTemporaryFolder();
  const path = folder.file('waymark.db');
  const store = new SqliteStore({ path }, timerScheduler);
  await store.open();
  return {
    store,
    run: (sql) => {
      const database = new Database(path);
      database.exec(sql.replaceAll('$', ''));
      database.close();
      return Promise.resolve();
    },
    end: async () => {
      await store.close();
      folder.remove();
    },
  };
}

async function onPostgres(): Promise<Tampered> {
  const options = postgresOptions();
  const store = new PostgresStore(options, timerScheduler);
  await store.open();
  return {
    store,
    run: (sql) => askPostgres(sql.replaceAll('$', `"${options.schema}".`)),
    end: async () => {
      await store.close();
      await dropSchemas([options.schema]);
    },
  };
}

const BACK_ENDS = [['SQLite', onSqlite] as const, ...(hasPostgres ? [['PostgreSQL', onPostgres] as const] : [])];

const WAITS: Partial<ExecutionSnapshot> = {
  status: 'paused',
  suspended: [{ nodeId: 'a', occurrence: 1, attempt: 1, awaiting: 'timer', since: '2026-01-01T00:00:00.000Z' }],
  progress: { skipped: [], choices: {}, open: [] },
};

describe.each(BACK_ENDS)('a row of an execution on %s', (_, make) => {
  let tampered: Tampered;

  beforeEach(async () => {
    tampered = await make();
    const { unitOfWork, executions } = tampered.store;
    await unitOfWork.run((scope) => executions.save(makeSnapshot({ id: 'run', ...WAITS }), scope));
  });
  afterEach(() => tampered.end());

  it.each([
    ['progress', `'[]'`],
    ['progress', `'not JSON'`],
    ['progress', `'{"skipped":[],"choices":{}}'`],
    ['progress', `'{"skipped":[],"choices":{"a":"b"},"open":[]}'`],
    ['progress', `'{"skipped":[],"choices":{},"open":[{"at":"a","nodeId":"a","occurrence":1,"attempt":1}]}'`],
    ['suspended', `'{}'`],
    ['suspended', `'[{"nodeId":"a"}]'`],
    [
      'suspended',
      `'[{"nodeId":"a","occurrence":1,"attempt":1,"awaiting":"godot","since":"2026-01-01T00:00:00.000Z"}]'`,
    ],
    ['suspended', `'[{"nodeId":"a","occurrence":1,"attempt":1,"awaiting":"timer","since":"yesterday"}]'`],
    ['undoing', `'{"cause":"rollback"}'`],
    ['undoing', `'[1]'`],
    ['lease_expires_at', `'soon'`],
    ['due_at', `'soon'`],
    ['fence', `-1`],
    ['timeout_ms', `-1`],
  ])('is told as damaged, and not gone on from, where its %s is %s', async (column, value) => {
    const { store, run } = tampered;
    await run(`UPDATE $executions SET ${column} = ${value} WHERE id = 'run'`);
    expect(await codeOf(store.executions.find('run'))).toBe('WAYMARK_STORE_CORRUPT');
    expect(await codeOf(store.executions.list({ limit: 10 }))).toBe('WAYMARK_STORE_CORRUPT');
  });

  it('that an older Waymark wrote has none of what is newer', async () => {
    const { store, run } = tampered;
    const older = 'progress = NULL, undoing = NULL, timeout_ms = NULL, lease_expires_at = NULL, due_at = NULL';
    await run(`UPDATE $executions SET ${older} WHERE id = 'run'`);
    expect(await store.executions.find('run')).toMatchObject({
      progress: null,
      undoing: null,
      timeoutMs: null,
      leaseExpiresAt: null,
      dueAt: null,
      fence: 0,
    });
  });

  it('of a checkpoint is told as damaged where the progress of its position is none', async () => {
    const { store, run } = tampered;
    const { unitOfWork, checkpoints } = store;
    await unitOfWork.run((scope) => checkpoints.add(makeCheckpoint({ executionId: 'run' }), [], scope));
    await run(`UPDATE $checkpoints SET position = '{"nextNodeIds":{"whole":[]},"progress":{"skipped":1}}'`);
    const look = async (): Promise<unknown> => JSON.stringify(await checkpoints.list('run'));
    expect(await codeOf(look)).toBe('WAYMARK_STORE_CORRUPT');
  });
});
