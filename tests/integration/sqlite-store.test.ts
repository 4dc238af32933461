import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import Database from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { verifyLog } from '../../src/application/audit/verify-log.js';
import type { StoredEntry } from '../../src/domain/audit/audit-entry.js';
import type { Scheduler } from '../../src/domain/shared/clock.js';
import { WaymarkError } from '../../src/domain/shared/errors.js';
import { InMemoryUnitOfWork } from '../../src/infrastructure/persistence/in-memory/in-memory-unit-of-work.js';
import { MIGRATION_NAMES, MIGRATIONS } from '../../src/infrastructure/persistence/typeorm/migrations/index.js';
import type { SqliteOptions } from '../../src/infrastructure/persistence/typeorm/sqlite-database.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeCheckpoint, makeContent, makeDraft, makeDrafts, makeSnapshot } from '../../src/testing/fixtures.js';
import { runProgram, startProgram } from '../support/run-program.js';
import { STORE_TABLES } from '../support/store-tables.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

let folder: TemporaryFolder;
let stores: SqliteStore[];
let connections: Database.Database[];

beforeEach(() => {
  folder = makeTemporaryFolder();
  stores = [];
  connections = [];
});

afterEach(async () => {
  for (const connection of connections) connection.close();
  for (const store of stores) await store.close();
  folder.remove();
});

describe('opening', () => {
  it('makes the file and its folders, durable and with a write-ahead log', async () => {
    const path = folder.file('a/b/waymark.db');
    const store = await open({ path });
    expect(await store.info()).toMatchObject({
      path,
      mode: 'rw',
      journalMode: 'wal',
      synchronous: 'full',
      pageSize: 4096,
      appliedMigrations: MIGRATION_NAMES,
      pendingMigrations: [],
    });
  });

  it('tells people about the file', async () => {
    const store = await open();
    const facts = await store.describe();
    expect(facts.filter((fact) => fact.level !== 'ok')).toStrictEqual([]);
    expect(facts.find((fact) => fact.name === 'migrations')?.value).toBe(
      `${MIGRATION_NAMES.length} applied, 0 pending`,
    );
  });

  it('keeps what was written for the next one who opens it', async () => {
    await writeAndClose(3);
    const store = await open();
    expect(await store.auditLog.readRange(0, 10)).toHaveLength(3);
    expect(await append(store, 1)).toMatchObject([{ position: 3 }]);
  });

  it('leaves one file behind when it is closed: no write-ahead log', async () => {
    await writeAndClose(3);
    expect(readdirSync(folder.path)).toStrictEqual(['waymark.db']);
  });

  it('can be asked for twice, and so can closing', async () => {
    const store = make();
    await Promise.all([store.open(), store.open()]);
    await store.open();
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await expect(store.open()).rejects.toMatchObject({ code: 'WAYMARK_STORE_CLOSED' });
  });

  it('is needed before use, and there is none after closing', async () => {
    const store = make();
    await expectClosed(store);
    await store.open();
    await store.close();
    await expectClosed(store);
  });

  it('closes after the transactions that were begun', async () => {
    const store = await open();
    const appended = append(store, 2);
    const closed = store.close();
    await expect(append(store, 1)).rejects.toMatchObject({ code: 'WAYMARK_STORE_CLOSED' });
    expect(await appended).toHaveLength(2);
    await closed;
  });

  it('can be repeated when it failed', async () => {
    const store = make({ mustExist: true });
    await expect(store.open()).rejects.toMatchObject({ code: 'WAYMARK_STORE_NOT_FOUND' });
    await writeAndClose(1);
    await store.open();
    expect((await store.auditLog.head()).size).toBe(1);
  });

  it('closes a store that never opened', async () => {
    await expect(make().close()).resolves.toBeUndefined();
  });

  it('says that the driver is missing, and how to install it', async () => {
    jest.unstable_mockModule('better-sqlite3', () => {
      throw Object.assign(new Error("Cannot find package 'better-sqlite3'"), { code: 'ERR_MODULE_NOT_FOUND' });
    });
    jest.resetModules();
    try {
      const fresh = await import('../../src/infrastructure/persistence/typeorm/sqlite-store.js');
      const store = new fresh.SqliteStore({ path: folder.file('waymark.db') }, timerScheduler);
      await expect(store.open()).rejects.toMatchObject({
        code: 'WAYMARK_DRIVER_MISSING',
        hint: 'npm install better-sqlite3@12',
      });
    } finally {
      jest.unstable_unmockModule('better-sqlite3');
      jest.resetModules();
    }
  });
});

describe('opening refuses', () => {
  it('a file that must exist and does not, and makes none', async () => {
    for (const options of [{ mustExist: true }, { mode: 'ro' }] as const) {
      await expect(open(options)).rejects.toMatchObject({ code: 'WAYMARK_STORE_NOT_FOUND' });
    }
    expect(readdirSync(folder.path)).toStrictEqual([]);
  });

  it('a file that is not a database, and leaves it as it is', async () => {
    const path = folder.file('notes.txt');
    writeFileSync(path, 'Dear diary, '.repeat(1_000));
    const before = readFileSync(path);
    for (const mode of ['rw', 'ro'] as const) {
      await expect(open({ path, mode })).rejects.toMatchObject({ code: 'WAYMARK_STORE_NOT_A_DATABASE' });
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder.path)).toStrictEqual(['notes.txt']);
  });

  it('a folder', async () => {
    await expect(open({ path: folder.path })).rejects.toMatchObject({ code: 'WAYMARK_STORE_NOT_A_DATABASE' });
  });

  it('a path through a file', async () => {
    writeFileSync(folder.file('file'), '');
    await expect(open({ path: folder.file('file/waymark.db') })).rejects.toMatchObject({
      code: 'WAYMARK_STORE_UNWRITABLE_FOLDER',
    });
  });

  it('a damaged file', async () => {
    await writeAndClose(200);
    const path = folder.file('waymark.db');
    const bytes = readFileSync(path);
    // All but the first page, which says what tables there are.
    writeFileSync(path, bytes.fill(0xa5, 4096));
    await expect(open()).rejects.toMatchObject({
      code: 'WAYMARK_STORE_CORRUPT',
      hint: expect.stringContaining('Copy'),
    });
  });

  it('a store of a newer version, and writes nothing to it', async () => {
    await writeAndClose(1);
    const path = folder.file('waymark.db');
    const raw = new Database(path);
    raw.prepare(`INSERT INTO migrations (timestamp, name) VALUES (1, 'AddFuture1900000000000')`).run();
    // Another journal mode shows whether opening touches the file before it refuses.
    raw.pragma('journal_mode = DELETE');
    raw.close();
    const before = readFileSync(path);
    for (const mode of ['rw', 'ro'] as const) {
      await expect(open({ mode })).rejects.toMatchObject({
        code: 'WAYMARK_STORE_NEWER',
        message: expect.stringContaining('AddFuture1900000000000'),
        hint: expect.stringContaining('Upgrade waymark'),
      });
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([
    ['a table', 'CREATE TABLE customers (id INTEGER)'],
    ['a table that Waymark has too', 'CREATE TABLE executions (id INTEGER)'],
    [
      'migrations of its own',
      "CREATE TABLE migrations (id INTEGER, timestamp INTEGER, name TEXT); INSERT INTO migrations VALUES (1, 1, 'Init1')",
    ],
    ['nothing but the mark of its program', 'PRAGMA application_id = 7'],
  ])('a database of another program, with %s, and leaves it as it is', async (_, sql) => {
    const path = folder.file('other.db');
    const raw = new Database(path);
    raw.exec(sql);
    raw.close();
    const before = readFileSync(path);
    for (const options of [{}, { mustExist: true }, { mode: 'ro' }] as const) {
      await expect(open({ path, ...options })).rejects.toMatchObject({
        code: 'WAYMARK_STORE_NOT_WAYMARK',
        hint: expect.stringContaining('Nothing in it was changed'),
      });
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder.path)).toStrictEqual(['other.db']);
  });

  it('an empty file where there must be a store, and leaves it empty', async () => {
    const path = folder.file('empty.db');
    writeFileSync(path, '');
    for (const options of [{ mustExist: true }, { mode: 'ro' }] as const) {
      await expect(open({ path, ...options })).rejects.toMatchObject({ code: 'WAYMARK_STORE_NOT_WAYMARK' });
    }
    expect(readFileSync(path)).toHaveLength(0);
    await open({ path });
  });

  it('a folder that the user may not write to', async () => {
    chmodSync(folder.path, 0o555);
    for (const name of ['waymark.db', 'sub/waymark.db']) {
      expect(await openAsOther(folder.file(name), 'rw')).toMatch(/^WAYMARK_STORE_UNWRITABLE_FOLDER /);
    }
  }, 60_000);

  it('to write to a file that the user may only read', async () => {
    await writeAndClose(1);
    const path = folder.file('waymark.db');
    chmodSync(path, 0o444);
    // SQLite reads a write-ahead log through a file of its own beside it, so the folder has to be writable.
    chmodSync(folder.path, 0o777);
    expect(await openAsOther(path, 'rw')).toMatch(/^WAYMARK_STORE_READ_ONLY /);
    expect(await openAsOther(path, 'ro')).toBe('ok 1');
  }, 60_000);
});

describe('reading only', () => {
  it('reads everything, and refuses every write', async () => {
    await writeAndClose(2);
    const store = await open({ mode: 'ro' });
    expect(await store.auditLog.readRange(0, 10)).toHaveLength(2);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size: 2 });
    expect(await store.info()).toMatchObject({ mode: 'ro', pendingMigrations: [] });
    await expect(append(store, 1)).rejects.toMatchObject({ code: 'WAYMARK_STORE_READ_ONLY' });
    const save = store.unitOfWork.run((scope) => store.executions.save(makeSnapshot(), scope));
    await expect(save).rejects.toMatchObject({ code: 'WAYMARK_STORE_READ_ONLY' });
  });

  it('sees what another writes meanwhile', async () => {
    const writer = await open();
    const reader = await open({ mode: 'ro' });
    await append(writer, 2);
    expect((await reader.auditLog.head()).size).toBe(2);
  });

  it('leaves the file and its folder as they are, also where a process was killed', async () => {
    const path = folder.file('waymark.db');
    const program = startProgram('store-process.mjs', ['append', path, 'doomed', '1000000']);
    for await (const line of program.lines) if (line === '5') program.kill();
    await program.ended;
    const contents = () => ['', '-wal'].map((suffix) => readFileSync(path + suffix));
    const before = contents();
    const store = await open({ mode: 'ro' });
    expect((await store.auditLog.head()).size).toBeGreaterThan(5);
    await store.close();
    expect(contents()).toStrictEqual(before);

    await writeAndClose(0);
    await (await open({ mode: 'ro' })).close();
    expect(readdirSync(folder.path)).toStrictEqual(['waymark.db']);
  }, 60_000);

  it('takes no more than being allowed to read: neither the folder nor the file has to be writable', async () => {
    await writeAndClose(3);
    const path = folder.file('waymark.db');
    chmodSync(path, 0o444);
    chmodSync(folder.path, 0o555);
    expect(await openAsOther(path, 'ro')).toBe('ok 3');
  }, 60_000);

  it('says what to do where a part of the store is in a write-ahead log that can not be read in its place', async () => {
    const path = folder.file('waymark.db');
    const program = startProgram('store-process.mjs', ['append', path, 'doomed', '1000000']);
    for await (const line of program.lines) if (line === '5') program.kill();
    await program.ended;
    rmSync(`${path}-shm`);
    chmodSync(folder.path, 0o555);
    expect(await openAsOther(path, 'ro')).toMatch(
      /^WAYMARK_STORE_UNWRITABLE_FOLDER Copy waymark.db and waymark.db-wal /,
    );
  }, 60_000);

  it('refuses a store that has to be migrated first, and leaves it as it is', async () => {
    await writeAndClose(0);
    const path = folder.file('waymark.db');
    const raw = new Database(path);
    raw.prepare('DELETE FROM migrations WHERE name = ?').run(MIGRATION_NAMES.at(-1));
    raw.close();
    const before = readFileSync(path);
    await expect(open({ path, mode: 'ro' })).rejects.toMatchObject({
      code: 'WAYMARK_STORE_OUTDATED',
      message: expect.stringContaining(MIGRATION_NAMES.at(-1) as string),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('a store whose file is gone while it is open', () => {
  const remove = (): void => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(folder.file(`waymark.db${suffix}`), { force: true });
  };
  const gone = { code: 'WAYMARK_STORE_NOT_FOUND', message: expect.stringContaining('while it was open') };

  it('acknowledges no write, and reads no longer', async () => {
    const [writer, reader] = [await open(), await open({ mode: 'ro' })];
    await append(writer, 1);
    remove();
    await expect(append(writer, 1)).rejects.toMatchObject(gone);
    await expect(writer.auditLog.head()).rejects.toMatchObject(gone);
    await expect(reader.auditLog.readRange(0, 10)).rejects.toMatchObject(gone);
  });

  it('is not the one that was put in its place', async () => {
    const store = await open();
    await append(store, 1);
    remove();
    await (await open()).close();
    await expect(append(store, 1)).rejects.toMatchObject(gone);
    await expect(store.auditLog.head()).rejects.toMatchObject(gone);
  });
});

describe('a lock held by somebody else', () => {
  it('is waited for with the scheduler, a little longer each time, and then taken', async () => {
    await writeAndClose(0);
    const other = lock();
    const scheduler = new StepScheduler((step) => {
      if (step === 7) other.exec('COMMIT');
    });
    const store = await open({}, scheduler);
    expect(await append(store, 1)).toHaveLength(1);
    expect(scheduler.delays).toStrictEqual([1, 2, 5, 10, 20, 20, 20]);
  });

  it('is an error after lockTimeoutMs, and the store works on when it is released', async () => {
    const scheduler = new StepScheduler();
    const store = await open({ lockTimeoutMs: 100 }, scheduler);
    const other = lock();
    await expect(append(store, 1)).rejects.toMatchObject({ code: 'WAYMARK_STORE_LOCKED', details: { waitedMs: 100 } });
    expect(scheduler.delays.reduce((sum, ms) => sum + ms)).toBe(100);
    other.exec('COMMIT');
    expect(await append(store, 1)).toMatchObject([{ position: 0 }]);
  });

  it('can be given up at once', async () => {
    const scheduler = new StepScheduler();
    const store = await open({ lockTimeoutMs: 0 }, scheduler);
    lock();
    await expect(append(store, 1)).rejects.toMatchObject({ code: 'WAYMARK_STORE_LOCKED' });
    expect(scheduler.delays).toStrictEqual([]);
  });

  it('does not keep anybody from reading', async () => {
    const store = await open();
    await append(store, 2);
    lock();
    expect(await store.auditLog.readRange(0, 10)).toHaveLength(2);
  });

  it('is waited for when a new file is opened', async () => {
    const other = connect();
    other.exec('BEGIN EXCLUSIVE');
    const scheduler = new StepScheduler((step) => {
      if (step === 3) other.exec('COMMIT');
    });
    const store = await open({}, scheduler);
    expect((await store.info()).journalMode).toBe('wal');
    expect(scheduler.delays).toStrictEqual([1, 2, 5]);
  });

  it('is waited for when a file is migrated', async () => {
    connect().pragma('journal_mode = WAL');
    const other = lock();
    const scheduler = new StepScheduler((step) => {
      if (step === 3) other.exec('COMMIT');
    });
    const store = await open({}, scheduler);
    expect((await store.info()).pendingMigrations).toStrictEqual([]);
  });

  it('ends opening with an error after lockTimeoutMs', async () => {
    connect().exec('BEGIN EXCLUSIVE');
    await expect(open({ lockTimeoutMs: 50 }, new StepScheduler())).rejects.toMatchObject({
      code: 'WAYMARK_STORE_LOCKED',
    });
  });
});

describe('a full disk', () => {
  const MAX_BYTES = 400_000;

  it('is told as such, loses only the transaction that met it, and leaves no transaction open', async () => {
    const store = await open({ maxBytes: MAX_BYTES });
    const size = await fill(store);
    expect(size).toBeGreaterThan(0);
    expect((await store.auditLog.head()).size).toBe(size);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size });
    await expect(append(store, 50)).rejects.toMatchObject({ code: 'WAYMARK_STORE_FULL' });
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size });
    await store.close();

    const larger = await open({ maxBytes: MAX_BYTES * 2 });
    expect(await append(larger, 1)).toMatchObject([{ position: size }]);
  });

  it('can not be caught half-way: SQLite ended the transaction, so nothing more is written, not even by itself', async () => {
    const store = await open({ maxBytes: MAX_BYTES });
    const size = await fill(store);
    const large = makeContent('x'.repeat(MAX_BYTES));
    const full = { code: 'WAYMARK_STORE_FULL' };
    const work = store.unitOfWork.run(async (scope) => {
      await store.executions.save(makeSnapshot(), scope);
      const part = scope.nested(() => store.checkpoints.add(makeCheckpoint(), [large], scope));
      await expect(part).rejects.toMatchObject(full);
      await expect(store.executions.save(makeSnapshot({ id: 'run-2' }), scope)).rejects.toMatchObject(full);
    });
    await expect(work).rejects.toMatchObject(full);
    expect(await store.executions.list({ limit: 10 })).toHaveLength(0);
    expect((await store.auditLog.head()).size).toBe(size);
    expect(await append(store, 0)).toHaveLength(0);
  });
});

describe('a transaction', () => {
  it('is not seen by a reader before it is committed', async () => {
    const store = await open();
    await store.unitOfWork.run(async (scope) => {
      await store.auditLog.append(makeDrafts(2), scope);
      await store.executions.save(makeSnapshot(), scope);
      await store.checkpoints.add(makeCheckpoint(), [makeContent('new')], scope);
      expect((await store.auditLog.head()).size).toBe(0);
      expect(await store.auditLog.readRange(0, 10)).toHaveLength(0);
      expect(await store.executions.find('run-1')).toBeUndefined();
      expect(await store.checkpoints.list('run-1')).toHaveLength(0);
      expect((await store.checkpoints.contents([makeContent('new').hash])).size).toBe(0);
    });
    expect((await store.auditLog.head()).size).toBe(2);
  });

  it('refuses a write that comes after its end', async () => {
    const store = await open();
    const scope = await store.unitOfWork.run((opened) => Promise.resolve(opened));
    await expect(store.auditLog.append(makeDrafts(1), scope)).rejects.toMatchObject({
      code: 'WAYMARK_TRANSACTION_ENDED',
    });
    await expect(scope.nested(() => Promise.resolve())).rejects.toMatchObject({ code: 'WAYMARK_TRANSACTION_ENDED' });
    expect((await store.auditLog.head()).size).toBe(0);
  });

  it('of another store is not this one: writes are a transaction of their own, and stay', async () => {
    const store = await open();
    const work = new InMemoryUnitOfWork().run(async (scope) => {
      await store.auditLog.append(makeDrafts(2), scope);
      await store.executions.save(makeSnapshot(), scope);
      await store.checkpoints.add(makeCheckpoint(), [], scope);
      throw new Error('the other store fails');
    });
    await expect(work).rejects.toThrow('the other store fails');
    expect((await store.auditLog.head()).size).toBe(2);
    expect(await store.executions.find('run-1')).toMatchObject({ version: 1 });
    expect(await store.checkpoints.list('run-1')).toHaveLength(1);
  });

  it('of another SQLite store is not this one either', async () => {
    const [store, other] = [await open(), await open({ path: folder.file('other.db') })];
    await other.unitOfWork.run((scope) => store.auditLog.append(makeDrafts(1), scope));
    expect((await store.auditLog.head()).size).toBe(1);
    expect((await other.auditLog.head()).size).toBe(0);
  });

  it('is refused when the head does not fit the entries, and nothing is written', async () => {
    await writeAndClose(3);
    const raw = connect();
    raw.exec(`UPDATE log_head SET size = 0, frontier = '[]'`);
    const store = await open();
    await expect(append(store, 1)).rejects.toMatchObject({ code: 'WAYMARK_STORE_CORRUPT' });
    expect(await store.auditLog.readRange(0, 10)).toHaveLength(3);
    raw.exec('DELETE FROM log_head');
    await expect(append(store, 1)).rejects.toMatchObject({ code: 'WAYMARK_STORE_CORRUPT' });
    await expect(store.auditLog.head()).rejects.toMatchObject({ code: 'WAYMARK_STORE_CORRUPT' });
  });
});

describe('several processes', () => {
  it('open one new file at once and append to it: one log without gaps, in which nothing is missing', async () => {
    const path = folder.file('waymark.db');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const outputs = await Promise.all(
      names.map((name) => runProgram('store-process.mjs', ['append', path, name, '40'])),
    );
    for (const output of outputs) expect(output.at(-1)).toBe('done');
    const store = await open();
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size: 200 });
    const entries = await store.auditLog.readRange(0, 1_000);
    for (const [index, name] of names.entries()) {
      expect(positionsOf(entries, name)).toStrictEqual(outputs[index]?.slice(0, -1).map(Number));
    }
  }, 60_000);

  it('keep what was acknowledged when one of them is killed', async () => {
    const path = folder.file('waymark.db');
    const program = startProgram('store-process.mjs', ['append', path, 'doomed', '1000000']);
    const acknowledged: number[] = [];
    for await (const line of program.lines) {
      acknowledged.push(Number(line));
      if (acknowledged.length === 100) program.kill();
    }
    await program.ended;
    const store = await open();
    const { size } = await store.auditLog.head();
    expect(size).toBeGreaterThanOrEqual(acknowledged.length);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok' });
    const entries = await store.auditLog.readRange(0, size);
    expect(positionsOf(entries, 'doomed').slice(0, acknowledged.length)).toStrictEqual(acknowledged);
    expect(await append(store, 1)).toMatchObject([{ position: size }]);
  }, 60_000);
});

describe('migrations', () => {
  it('go down, one by one, to nothing, and up again', async () => {
    await writeAndClose(0);
    const dataSource = new DataSource({
      type: 'better-sqlite3',
      database: folder.file('waymark.db'),
      migrations: [...MIGRATIONS],
    });
    await dataSource.initialize();
    for (const _ of MIGRATIONS) await dataSource.undoLastMigration();
    const left = tables();
    await dataSource.destroy();
    expect(left).toStrictEqual(['migrations']);

    await append(await open(), 1);
    expect(tables()).toStrictEqual(STORE_TABLES);
  });

  it('have names that are kept, with their time', () => {
    for (const name of MIGRATION_NAMES) expect(name).toMatch(/^[A-Z][A-Za-z]+\d{13}$/);
    expect(MIGRATION_NAMES.map((name) => name.slice(-13))).toStrictEqual(
      MIGRATION_NAMES.map((name) => name.slice(-13)).toSorted(),
    );
  });

  it('make an index for each way in which the log is asked', async () => {
    await writeAndClose(0);
    const plan = (sql: string): string =>
      (connect().prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
        .map((row) => row.detail)
        .join('; ');
    const select = 'SELECT * FROM audit_entries WHERE';
    expect(plan(`${select} execution_id = 'x' AND position > 5 ORDER BY position DESC LIMIT 1`)).toBe(
      'SEARCH audit_entries USING INDEX audit_entries_by_execution (execution_id=? AND rowid>?)',
    );
    expect(plan(`${select} type = 'x' ORDER BY position LIMIT 1`)).toBe(
      'SEARCH audit_entries USING INDEX audit_entries_by_type (type=?)',
    );
    expect(plan(`${select} correlation_id = 'x' ORDER BY position LIMIT 1`)).toBe(
      'SEARCH audit_entries USING INDEX audit_entries_by_correlation (correlation_id=?)',
    );
    expect(plan(`${select} position > 5 AND (+type >= 'a.' AND +type < 'a/') ORDER BY position LIMIT 1`)).toBe(
      'SEARCH audit_entries USING INTEGER PRIMARY KEY (rowid>?)',
    );
  });
});

/** Waits for nothing, remembers what it was asked for, and lets a test do something after the n-th wait. */
class StepScheduler implements Scheduler {
  readonly delays: number[] = [];
  readonly #onStep: (step: number) => void;

  constructor(onStep: (step: number) => void = () => undefined) {
    this.#onStep = onStep;
  }

  delay(ms: number): Promise<void> {
    this.delays.push(ms);
    this.#onStep(this.delays.length);
    return Promise.resolve();
  }
}

function make(options: Partial<SqliteOptions> = {}, scheduler: Scheduler = timerScheduler): SqliteStore {
  const store = new SqliteStore({ path: folder.file('waymark.db'), ...options }, scheduler);
  stores.push(store);
  return store;
}

async function open(options: Partial<SqliteOptions> = {}, scheduler?: Scheduler): Promise<SqliteStore> {
  const store = make(options, scheduler);
  await store.open();
  return store;
}

async function writeAndClose(count: number): Promise<void> {
  const store = await open();
  await append(store, count);
  await store.close();
}

function append(store: SqliteStore, count: number): Promise<readonly StoredEntry[]> {
  return store.unitOfWork.run((scope) => store.auditLog.append(makeDrafts(count), scope));
}

/** Appends until the file is full; gives the number of entries that are in it. */
async function fill(store: SqliteStore): Promise<number> {
  const draft = () => makeDraft({ payload: { filler: 'x'.repeat(2_000) } });
  for (let size = 0; ; size += 3) {
    try {
      await store.unitOfWork.run((scope) => store.auditLog.append([draft(), draft(), draft()], scope));
    } catch (error) {
      if (WaymarkError.is(error, 'WAYMARK_STORE_FULL')) return size;
      throw error;
    }
  }
}

/**
 * Opens a store in a process without privileges: root may write everywhere. Gives the error's code and hint, or `ok`
 * and the size of the log.
 */
async function openAsOther(path: string, mode: 'rw' | 'ro'): Promise<string | undefined> {
  const [outcome] = await runProgram('store-process.mjs', ['open', path, mode]);
  return outcome;
}

/** A connection of another program to the same file. */
function connect(): Database.Database {
  const connection = new Database(folder.file('waymark.db'));
  connections.push(connection);
  return connection;
}

/** Another program that holds the write lock. */
function lock(): Database.Database {
  const connection = connect();
  connection.exec('BEGIN IMMEDIATE');
  return connection;
}

function tables(): string[] {
  const rows = connect()
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`)
    .all() as { name: string }[];
  return Array.from(rows, (row) => row.name);
}

function positionsOf(entries: readonly StoredEntry[], name: string): number[] {
  return entries.filter((entry) => entry.columns.eventId.startsWith(`${name}-`)).map((entry) => entry.position);
}

async function expectClosed(store: SqliteStore): Promise<void> {
  const closed = { code: 'WAYMARK_STORE_CLOSED' };
  await expect(store.auditLog.head()).rejects.toMatchObject(closed);
  await expect(append(store, 1)).rejects.toMatchObject(closed);
  await expect(store.info()).rejects.toMatchObject(closed);
}
