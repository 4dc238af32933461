import { PostgresDatabase } from '../../src/infrastructure/persistence/typeorm/postgres-database.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteDatabase } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { call } from '../e2e/cli/support/in-process.js';
import { describeOnPostgres, dropSchemas, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

describe('durability on SQLite', () => {
  let folder: TemporaryFolder;
  let path: string;
  beforeEach(() => {
    folder = makeTemporaryFolder();
    path = folder.file('waymark.db');
  });
  afterEach(() => folder.remove());

  it.each([
    [undefined, 2],
    ['full', 2],
    ['normal', 1],
    ['off', 0],
  ] as const)('%s is what the connection that writes is set to', async (durability, synchronous) => {
    const options = durability === undefined ? { path } : { path, durability };
    await using database = new SqliteDatabase(options, timerScheduler);
    await database.open();
    const asked = database.exclusively(({ queries }) => queries.query('PRAGMA synchronous'));
    expect(await asked).toStrictEqual([{ synchronous }]);
  });

  it('is a problem to the doctor when it is weaker than full, and says what can be lost', async () => {
    await using store = new SqliteStore({ path }, timerScheduler);
    await store.open();
    const full = await call(['doctor', '--store', `sqlite:${path}`]);
    expect(full).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ synchronous +full/) });
    const normal = await call(['doctor', '--store', `sqlite:${path}?durability=normal`]);
    expect(normal.stdout).toMatch(/✗ synchronous +normal, by durability=normal: .* can take the last commits/);
    const off = await call(['doctor', '--store', `sqlite:${path}?durability=off`]);
    expect(off.stdout).toMatch(/✗ synchronous +off, by durability=off: .* can destroy the file/);
    expect([normal.code, off.code]).toStrictEqual([1, 1]);
  });
});

describeOnPostgres('durability on PostgreSQL', () => {
  let schema: string;
  beforeEach(() => {
    ({ schema } = postgresOptions());
  });
  afterEach(() => dropSchemas([schema]));

  it.each([
    [undefined, 'on'],
    ['full', 'on'],
    ['normal', 'local'],
    ['off', 'off'],
  ] as const)('%s is what the connection that writes is set to', async (durability, expected) => {
    const options = postgresOptions(durability === undefined ? { schema } : { schema, durability });
    await using database = new PostgresDatabase(options, timerScheduler);
    await database.open();
    const asked = database.exclusively(({ queries }) => queries.query('SHOW synchronous_commit'));
    expect(await asked).toStrictEqual([{ synchronous_commit: expected }]);
  });

  it('is a problem to the doctor when it is weaker than full', async () => {
    await using store = new PostgresStore(postgresOptions({ schema }), timerScheduler);
    await store.open();
    expect((await call(['doctor', '--store', postgresUrl(schema)])).code).toBe(0);
    const off = await call(['doctor', '--store', postgresUrl(schema, 'durability=off')]);
    expect(off.stdout).toMatch(/✗ synchronous_commit +off, by durability=off: the last commits can be lost/);
    expect(off.code).toBe(1);
  });
});
