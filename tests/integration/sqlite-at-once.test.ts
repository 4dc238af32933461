import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { StoredEntry } from '../../src/domain/audit/audit-entry.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeDraft, makeDrafts } from '../../src/testing/fixtures.js';
import type { Waymark } from '../../src/index.js';
import { deal, DealCreated, deals } from '../support/deals.js';
import { deferred } from '../support/deferred.js';
import { openWaymark } from '../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

// A few events are appended without a promise on the way. Nothing that can be in the way of that may be seen from outside.
let folder: TemporaryFolder;
let path: string;
let store: SqliteStore;
let waymark: Waymark;
let other: Database.Database | undefined;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  path = folder.file('waymark.db');
  store = new SqliteStore({ path }, timerScheduler);
  waymark = await openWaymark({}, store);
  waymark.catalog.register(DealCreated);
  other = undefined;
});

afterEach(async () => {
  other?.close();
  await waymark.close();
  folder.remove();
});

/** What the file holds, as another process sees it. */
function stored(): readonly string[] {
  other ??= new Database(path);
  const rows = other.prepare('SELECT body FROM audit_entries ORDER BY position').all() as { readonly body: string }[];
  return rows.map(({ body }) => (JSON.parse(body) as { payload: { dealId: string } }).payload.dealId);
}

function appendAtOnce(count: number): readonly StoredEntry[] | undefined {
  return store.unitOfWork.runAtOnce((scope) => store.auditLog.appendAtOnce(makeDrafts(count), scope));
}

describe('events that are appended one after another', () => {
  it('are in the file when the promise resolves, and make one log that verifies', async () => {
    const names = Array.from({ length: 100 }, (_, index) => String(index));
    for (const [index, name] of names.entries()) {
      expect(await waymark.log.append(deals(name))).toMatchObject([{ position: index }]);
    }
    expect(stored()).toStrictEqual(names);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: 100 });
  });

  it('go on from what another process appended in between', async () => {
    await using second = await openWaymark({}, new SqliteStore({ path }, timerScheduler));
    second.catalog.register(DealCreated);
    for (const name of ['a', 'b', 'c']) {
      await waymark.log.append(deals(name));
      await second.log.append(deals(`${name}, second`));
    }
    expect(stored()).toStrictEqual(['a', 'a, second', 'b', 'b, second', 'c', 'c, second']);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: 6 });
  });

  it('are recorded once, however often they are appended, and with others beside them', async () => {
    const [first, second] = [deal('first'), deal('second')];
    const [entry] = await waymark.log.append([first]);
    expect(await waymark.log.append([first])).toStrictEqual([entry]);
    expect(await waymark.log.append([second, first, second])).toMatchObject([
      { position: 1 },
      { position: 0 },
      { position: 1 },
    ]);
    expect(stored()).toStrictEqual(['first', 'second']);
  });

  it('wait for a transaction of this process that is open', async () => {
    const gate = deferred();
    const open = store.unitOfWork.run(async (scope) => {
      await store.auditLog.append([makeDraft({ payload: { dealId: 'before' } })], scope);
      await gate.promise;
    });
    const appended = waymark.log.append(deals('after'));
    gate.resolve();
    await Promise.all([open, appended]);
    expect(stored()).toStrictEqual(['before', 'after']);
  });

  it('wait for another process that is writing', async () => {
    other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const appended = waymark.log.append(deals('patient'));
    // The first try is over when the event loop has had a turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(stored()).toStrictEqual([]);
    other.exec('COMMIT');
    await appended;
    expect(stored()).toStrictEqual(['patient']);
  });

  it('are refused when a newer Waymark has migrated the store meanwhile', async () => {
    await waymark.log.append(deals('before'));
    other = new Database(path);
    other.exec("INSERT INTO migrations (timestamp, name) VALUES (1999999999999, 'FromTheFuture1999999999999')");
    await expect(waymark.log.append(deals('after'))).rejects.toMatchObject({ code: 'WAYMARK_STORE_NEWER' });
    expect(stored()).toStrictEqual(['before']);
  });

  it('are not acknowledged when the file is gone', async () => {
    await waymark.log.append(deals('before'));
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    await expect(waymark.log.append(deals('after'))).rejects.toMatchObject({ code: 'WAYMARK_STORE_NOT_FOUND' });
  });

  it('are refused when the head of the log is damaged, and say so', async () => {
    await waymark.log.append(deals('before'));
    other = new Database(path);
    other.exec("UPDATE log_head SET frontier = '[]'");
    await expect(waymark.log.append(deals('after'))).rejects.toMatchObject({ code: 'WAYMARK_STORE_CORRUPT' });
    expect(stored()).toStrictEqual(['before']);
  });
});

describe('a transaction at once', () => {
  it('is not made, and leaves nothing, where it can not be', async () => {
    const gate = deferred();
    const open = store.unitOfWork.run(() => gate.promise);
    expect(appendAtOnce(1)).toBeUndefined();
    gate.resolve();
    await open;
    expect(appendAtOnce(1)).toHaveLength(1);
    expect(stored()).toHaveLength(1);
    await waymark.close();
    expect(appendAtOnce(1)).toBeUndefined();
  });

  it('is taken back when its work throws or gives nothing, with what others did in it', () => {
    const undone: string[] = [];
    for (const end of [
      () => undefined,
      () => {
        throw new Error('half-way');
      },
    ]) {
      const result = store.unitOfWork.runAtOnce<object>((scope) => {
        scope.onRollback(() => undone.push('taken back'));
        expect(store.auditLog.appendAtOnce(makeDrafts(2), scope)).toHaveLength(2);
        return end();
      });
      expect(result).toBeUndefined();
    }
    expect(undone).toStrictEqual(['taken back', 'taken back']);
    expect(stored()).toStrictEqual([]);
    expect(appendAtOnce(2)).toMatchObject([{ position: 0 }, { position: 1 }]);
  });

  it('is over when it returns: its scope writes nothing more', () => {
    let late: (() => unknown) | undefined;
    store.unitOfWork.runAtOnce((scope) => {
      late = () => store.auditLog.appendAtOnce(makeDrafts(1), scope);
      return {};
    });
    expect(late).toThrow(expect.objectContaining({ code: 'WAYMARK_TRANSACTION_ENDED' }));
    expect(stored()).toStrictEqual([]);
  });

  it('of another store is not this one', async () => {
    const second = new SqliteStore({ path: folder.file('second.db') }, timerScheduler);
    await second.open();
    try {
      const result = second.unitOfWork.runAtOnce((scope) => store.auditLog.appendAtOnce(makeDrafts(1), scope));
      expect(result).toBeUndefined();
      expect(stored()).toStrictEqual([]);
    } finally {
      await second.close();
    }
  });
});
