import Database from 'better-sqlite3';
import { openWaymark } from '../support/open-waymark.js';
import { askPostgres, describeOnPostgres, dropSchemas, postgresOptions, postgresUrl } from '../support/postgres.js';
import { deal } from '../support/deals.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const MIGRATION = 'CheckPositions1767225614000';
/** A row before the first one, with what the one at 0 has. */
const COLUMNS = 'type, stream, severity, outcome, category, occurred_at, recorded_at, body, leaf_hash';
const insertAt = (table: string, position: number): string =>
  `INSERT INTO ${table} (position, event_id, ${COLUMNS}) SELECT ${position}, 'x${position}', ${COLUMNS} FROM ${table} WHERE position = 0`;

/** The drivers' errors are of another realm than the test. */
const REFUSED = { message: expect.stringMatching(/check constraint/i) as unknown };

type Run = (sql: (table: string) => string) => Promise<unknown>;

/** What every database has to refuse. */
function refusesNegativePositions(storage: () => string, run: Run): void {
  it('refuses an entry before the first one, and to move one there', async () => {
    await using waymark = await openWaymark({ storage: storage() });
    await waymark.log.append([deal('a'), deal('b')]);
    for (const position of [-1, Number.MIN_SAFE_INTEGER]) {
      await expect(run((table) => insertAt(table, position))).rejects.toMatchObject(REFUSED);
      const move = run((table) => `UPDATE ${table} SET position = ${position} WHERE position = 0`);
      await expect(move).rejects.toMatchObject(REFUSED);
    }
    await waymark.log.append([deal('c')]);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: 3 });
  });
}

/** A store from before the migration, with an entry before the first one. It can be opened, and verify tells of it. */
async function openOlder(storage: string, run: Run, undo: readonly ((table: string) => string)[]): Promise<void> {
  const before = await openWaymark({ storage });
  await before.log.append([deal('a')]);
  await before.close();
  for (const statement of undo) await run(statement);
  await run((table) => `DELETE FROM ${table.replace('audit_entries', 'migrations')} WHERE name = '${MIGRATION}'`);
  await run((table) => insertAt(table, -1));
  await using waymark = await openWaymark({ storage });
  expect(await waymark.log.verify()).toMatchObject({ verdict: 'tampered', position: -1 });
}

describe('the check of positions on SQLite', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => folder.remove());
  const run: Run = async (sql) => {
    const database = new Database(folder.file('waymark.db'));
    try {
      return await Promise.resolve(database.exec(sql('audit_entries')).inTransaction);
    } finally {
      database.close();
    }
  };
  const storage = (): string => `sqlite:${folder.file('waymark.db')}`;
  refusesNegativePositions(storage, run);

  it('has every index that there was without it', async () => {
    await (await openWaymark({ storage: storage() })).close();
    const database = new Database(folder.file('waymark.db'));
    const names = database
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'audit_entries' AND sql IS NOT NULL`)
      .pluck()
      .all() as string[];
    database.close();
    const indexes = ['by_correlation', 'by_execution', 'by_stream', 'by_type'];
    expect(new Set(names)).toStrictEqual(new Set(indexes.map((name) => `audit_entries_${name}`)));
  });

  it('leaves a log as it is that was there before: verify tells of what is wrong with it', async () => {
    const withoutCheck = [
      () => 'ALTER TABLE audit_entries RENAME TO checked',
      () => 'CREATE TABLE audit_entries AS SELECT * FROM checked',
      () => 'DROP TABLE checked',
    ];
    await openOlder(storage(), run, withoutCheck);
    expect(await run((table) => insertAt(table, -2))).toBe(false);
  });
});

describeOnPostgres('the check of positions', () => {
  let schema: string;
  beforeEach(() => {
    ({ schema } = postgresOptions());
  });
  afterEach(() => dropSchemas([schema]));
  const run: Run = (sql) => askPostgres(sql(`${schema}.audit_entries`));
  refusesNegativePositions(() => postgresUrl(schema), run);

  it('is made for a log that was there before, which can be opened: verify tells of what is wrong with it', async () => {
    await openOlder(postgresUrl(schema), run, [
      (table) => `ALTER TABLE ${table} DROP CONSTRAINT audit_entries_position_from_0`,
    ]);
    await expect(run((table) => insertAt(table, -2))).rejects.toMatchObject(REFUSED);
  });
});
