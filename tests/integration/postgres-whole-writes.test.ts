import { jest } from '@jest/globals';
import { verifyLog } from '../../src/application/audit/verify-log.js';
import type { EntryDraft, StoredEntry } from '../../src/domain/audit/audit-entry.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeDraft, makeDrafts, makeSnapshot } from '../../src/testing/fixtures.js';
import { caughtWaymark } from '../support/caught.js';
import {
  askPostgres,
  connectToPostgres,
  describeOnPostgres,
  dropSchemas,
  postgresOptions,
} from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';

jest.setTimeout(60_000);

/** How the names of statements begin that are a transaction of their own. */
const WHOLE = 'waymark_whole_';

describeOnPostgres('a transaction that is written as one statement', () => {
  let schema: string;
  let proxy: TcpProxy;
  /** Its messages pass the proxy. */
  let store: PostgresStore;
  let other: PostgresStore;
  let messages: string[];

  beforeEach(async () => {
    const { host = '127.0.0.1', port = 5432, ...options } = postgresOptions();
    schema = options.schema;
    proxy = await TcpProxy.open(host, port);
    store = new PostgresStore(postgresOptions({ schema, host: '127.0.0.1', port: proxy.port }), timerScheduler);
    other = new PostgresStore(postgresOptions({ schema }), timerScheduler);
    await store.open();
    await other.open();
    // From its first transaction on it knows how it left the store.
    await append(makeDrafts(1));
    await append(makeDrafts(1));
    listen('pass');
  });

  afterEach(async () => {
    await store.close();
    await other.close();
    await proxy.close();
    await dropSchemas([schema]);
  });

  /** Keeps what is sent; the first whole write meets a fate of its own. */
  function listen(fateOfFirst: ReturnType<TcpProxy['fate']>): void {
    let isFirst = true;
    messages = [];
    proxy.fate = (text) => {
      messages.push(text);
      if (!text.includes(WHOLE) || !isFirst) return 'pass';
      isFirst = false;
      return fateOfFirst;
    };
  }

  const append = (drafts: readonly EntryDraft[], to: PostgresStore = store): Promise<readonly StoredEntry[]> => {
    const { unitOfWork, auditLog } = to;
    if (unitOfWork.runGathering === undefined) throw new TypeError('the store does not gather');
    return unitOfWork.runGathering((scope) => auditLog.append(drafts, scope));
  };
  const wholeWrites = (): number => messages.filter((text) => text.includes(WHOLE)).length;
  const positions = (entries: readonly StoredEntry[]): readonly number[] => entries.map(({ position }) => position);
  const assertLog = async (size: number): Promise<void> => {
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size });
  };

  it('is one message', async () => {
    expect(positions(await append(makeDrafts(3)))).toStrictEqual([2, 3, 4]);
    expect(messages).toHaveLength(1);
    expect(wholeWrites()).toBe(1);
    await assertLog(5);
  });

  it('is done again in turn where another process has appended: no gap, nothing lost', async () => {
    expect(positions(await append(makeDrafts(2), other))).toStrictEqual([2, 3]);
    expect(positions(await append(makeDrafts(2)))).toStrictEqual([4, 5]);
    expect(wholeWrites()).toBe(1);
    await assertLog(6);
  });

  it('is not tried while processes take turns, and is again when one is left alone', async () => {
    for (let round = 0; round < 5; round += 1) {
      await append(makeDrafts(1), other);
      await append(makeDrafts(1));
    }
    expect(wholeWrites()).toBe(1);
    for (let round = 0; round < 10; round += 1) await append(makeDrafts(1));
    expect(wholeWrites()).toBeGreaterThan(1);
    await assertLog(22);
  });

  it('is done again where somebody has written something else than entries', async () => {
    await store.unitOfWork.run((scope) => store.executions.save(makeSnapshot({ id: 'run' }), scope));
    await append(makeDrafts(1));
    expect(wholeWrites()).toBe(1);
    await other.unitOfWork.run((scope) => other.executions.label('run', 'labelled', scope));
    listen('pass');
    await append(makeDrafts(1));
    // The one that did nothing, and the transaction that was begun then.
    expect(wholeWrites()).toBe(1);
    expect(messages.some((text) => text.includes('FOR UPDATE'))).toBe(true);
    await assertLog(4);
  });

  it('waits for whoever holds the head, and looks again then', async () => {
    const client = await connectToPostgres();
    try {
      await client.query(`SET search_path = ${schema}`);
      await client.query('BEGIN; SELECT 1 FROM log_head WHERE id = 1 FOR UPDATE');
      const appended = append(makeDrafts(1));
      await untilSomebodyWaits(client);
      await client.query('UPDATE log_head SET size = size WHERE id = 1; COMMIT');
      expect(positions(await appended)).toStrictEqual([2]);
      expect(messages.some((text) => text.includes('FOR UPDATE'))).toBe(true);
    } finally {
      await client.end();
    }
    await assertLog(3);
  });

  it('records an event once that is recorded already, and appends the others', async () => {
    const [first, second, third] = [
      makeDraft({ id: 'first' }),
      makeDraft({ id: 'second' }),
      makeDraft({ id: 'third' }),
    ];
    await append([first, second]);
    expect(positions(await append([second, third, first]))).toStrictEqual([3, 4, 2]);
    await assertLog(5);
  });

  it('writes nothing where an execution is at another version, and tells so', async () => {
    const save = (version: number, id: string): Promise<readonly StoredEntry[]> =>
      store.unitOfWork.runGathering?.(async (scope) => {
        await store.executions.save(makeSnapshot({ id: 'run', version }), scope);
        return store.auditLog.append([makeDraft({ id })], scope);
      }) ?? Promise.reject(new TypeError('the store does not gather'));
    await save(0, 'saved');
    // Without the mark that whoever writes through a store leaves: the head alone does not tell of it.
    await askPostgres(`UPDATE ${schema}.executions SET version = 7`);
    expect((await caughtWaymark(save(1, 'refused'))).code).toBe('WAYMARK_VERSION_CONFLICT');
    expect(wholeWrites()).toBe(2);
    expect(await store.auditLog.findByEventId('refused')).toBeUndefined();
    expect(await store.executions.find('run')).toMatchObject({ version: 7 });
    await assertLog(3);
  });

  it('is a transaction like any other as soon as something is asked', async () => {
    const found = await store.unitOfWork.runGathering?.(async (scope) => {
      await store.auditLog.append([makeDraft({ id: 'asked-for' })], scope);
      const entry = await store.auditLog.findByEventId('asked-for', scope);
      await store.auditLog.append([makeDraft({ id: 'after' })], scope);
      return entry?.position;
    });
    expect(found).toBe(2);
    expect(wholeWrites()).toBe(0);
    expect((await store.auditLog.findByEventId('after'))?.position).toBe(3);
    await assertLog(4);
  });

  it('leaves nothing where its work fails', async () => {
    const failing = store.unitOfWork.runGathering?.(async (scope) => {
      await store.auditLog.append(makeDrafts(1), scope);
      throw new Error('this work fails');
    });
    await expect(failing).rejects.toThrow('this work fails');
    expect(messages).toStrictEqual([]);
    expect(positions(await append(makeDrafts(1)))).toStrictEqual([2]);
    await assertLog(3);
  });

  describe('and whose answer is lost', () => {
    it('is found where it was committed', async () => {
      listen('pass, and cut before the answer');
      expect(positions(await append(makeDrafts(2)))).toStrictEqual([2, 3]);
      expect(positions(await append(makeDrafts(1)))).toStrictEqual([4]);
      await assertLog(5);
    });

    it('is done again where it was not', async () => {
      listen('drop');
      expect(positions(await append(makeDrafts(2)))).toStrictEqual([2, 3]);
      expect(wholeWrites()).toBe(1);
      await assertLog(4);
    });

    it('is done again once the head bears another mark: should it come late, it does nothing', async () => {
      listen('drop');
      await append(makeDrafts(2));
      const firstAfter = messages.findIndex((text) => text.includes('FOR UPDATE'));
      const again = messages.findLastIndex((text) => text.includes('FOR UPDATE'));
      const touch = messages.findIndex((text) => text.includes('SET size = size'));
      expect(firstAfter).toBeLessThan(touch);
      expect(touch).toBeLessThan(again);
    });

    it('leaves nobody knowing where the server can no longer be reached, and to append again is safe', async () => {
      const drafts = makeDrafts(2);
      await store.close();
      store = new PostgresStore(
        postgresOptions({ schema, host: '127.0.0.1', port: proxy.port, connectTimeoutMs: 50 }),
        timerScheduler,
      );
      await store.open();
      await append(makeDrafts(1));
      listen('pass, and cut before the answer');
      const { fate } = proxy;
      proxy.fate = (text) => {
        const met = fate(text);
        if (met !== 'pass') proxy.refuses = true;
        return met;
      };
      expect((await caughtWaymark(append(drafts))).code).toBe('WAYMARK_COMMIT_UNKNOWN');
      proxy.refuses = false;
      expect(positions(await append(drafts))).toStrictEqual([3, 4]);
      await assertLog(5);
    });
  });
});

/** Resolves when another connection waits for a lock of this one. */
async function untilSomebodyWaits(client: Awaited<ReturnType<typeof connectToPostgres>>): Promise<void> {
  for (;;) {
    const { rows } = await client.query(
      'SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))',
    );
    if (rows.length > 0) return;
  }
}
