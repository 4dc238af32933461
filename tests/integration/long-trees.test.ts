import Database from 'better-sqlite3';
import type { Checkpoint } from '../../src/index.js';
import { selectChain } from '../../src/infrastructure/persistence/typeorm/repositories/checkpoints.sql.js';
import { baseDepth } from '../../src/infrastructure/persistence/typeorm/repositories/checkpoint-rows.js';
import { SqliteDatabase } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeCheckpoint } from '../../src/testing/fixtures.js';
import { codeOf } from '../support/caught.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => folder.remove());

/** A line in which each checkpoint adds one key to the one before. */
async function addLine(store: SqliteStore, count: number): Promise<readonly Checkpoint[]> {
  const line: Checkpoint[] = [];
  for (let sequence = 0; sequence < count; sequence += 1) {
    const before = line.at(-1);
    const manifest = [...(before?.manifest ?? []), [`key-${sequence}`, `="${sequence}"`] as const];
    const id = `checkpoint-${sequence}`;
    line.push(makeCheckpoint({ id, sequence, parentId: before?.id ?? null, manifest }));
  }
  await store.unitOfWork.run(async (scope) => {
    for (const checkpoint of line) await store.checkpoints.add(checkpoint, [], scope);
  });
  return line;
}

describe('a long line of checkpoints', () => {
  it('is read from a few rows, wherever one looks', async () => {
    const path = folder.file('waymark.db');
    const store = new SqliteStore({ path, durability: 'off' }, timerScheduler);
    await store.open();
    const line = await addLine(store, 1_200);
    const database = new SqliteDatabase({ path, mode: 'ro' }, timerScheduler);
    await database.open();
    for (const sequence of [0, 1, 15, 16, 17, 255, 256, 1_023, 1_024, 1_199]) {
      const { length } = await database.read((queries) => selectChain(queries, `checkpoint-${sequence}`));
      expect(length).toBeLessThanOrEqual(1 + 3 * 15);
      expect(await store.checkpoints.find(`checkpoint-${sequence}`)).toStrictEqual(line[sequence]);
    }
    await database.close();
    await store.close();
  });

  it('never takes more steps than a place has digits, each below 16', () => {
    for (const depth of [9_999, 10_000, 65_535, 65_536]) {
      let steps = 0;
      for (let at = depth; at > 0; at = baseDepth(at)) steps += 1;
      expect(steps).toBeLessThanOrEqual(15 * depth.toString(16).length);
    }
  });

  it('tells of a parent that somebody took away, and names it', async () => {
    const path = folder.file('waymark.db');
    const store = new SqliteStore({ path, durability: 'off' }, timerScheduler);
    await store.open();
    await addLine(store, 33);
    const database = new Database(path);
    // Row 32 stands on row 16, and follows row 31.
    database.exec(`DELETE FROM checkpoints WHERE sequence = 31`);
    database.close();
    expect(await codeOf(() => store.checkpoints.find('checkpoint-32'))).toBe('WAYMARK_STORE_CORRUPT');
    await expect(store.checkpoints.list('run-1')).rejects.toThrow('checkpoint-31');
    await store.close();
  });
});

describe('the migration that lets checkpoints be pruned', () => {
  it('goes down and up with every checkpoint as it was, but for labels', async () => {
    const path = folder.file('waymark.db');
    const { DataSource } = await import('typeorm');
    const { MIGRATIONS } = await import('../../src/infrastructure/persistence/typeorm/migrations/index.js');
    let store = new SqliteStore({ path, durability: 'off' }, timerScheduler);
    await store.open();
    const line = await addLine(store, 300);
    await store.close();
    const dataSource = new DataSource({ type: 'better-sqlite3', database: path, migrations: [...MIGRATIONS] });
    await dataSource.initialize();
    const index = MIGRATIONS.findIndex((Migration) => Migration.name.startsWith('PruneCheckpoints'));
    for (let undone = MIGRATIONS.length; undone > index; undone -= 1) await dataSource.undoLastMigration();
    await dataSource.destroy();
    store = new SqliteStore({ path, durability: 'off' }, timerScheduler);
    await store.open();
    expect(await store.checkpoints.list('run-1')).toStrictEqual(line);
    const last = line.at(-1) as Checkpoint;
    const next = makeCheckpoint({ id: 'next', sequence: 300, parentId: last.id, manifest: last.manifest });
    await store.unitOfWork.run((scope) => store.checkpoints.add(next, [], scope));
    expect(await store.checkpoints.find('next')).toStrictEqual(next);
    await store.close();
  });
});

describe('making the file smaller', () => {
  it('waits for whoever writes, and says so when that takes too long', async () => {
    const path = folder.file('waymark.db');
    const store = new SqliteStore({ path, lockTimeoutMs: 50 }, timerScheduler);
    await store.open();
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    expect(await codeOf(() => store.compact())).toBe('WAYMARK_STORE_LOCKED');
    other.exec('ROLLBACK');
    other.close();
    expect((await store.compact()).afterBytes).toBeGreaterThan(0);
    await store.close();
  });

  it('is refused for a store that can only be read', async () => {
    const path = folder.file('waymark.db');
    const store = new SqliteStore({ path }, timerScheduler);
    await store.open();
    await store.close();
    const reader = new SqliteStore({ path, mode: 'ro' }, timerScheduler);
    await reader.open();
    expect(await codeOf(() => reader.compact())).toBe('WAYMARK_STORE_READ_ONLY');
    await reader.close();
  });
});
