import { jest } from '@jest/globals';
import { verifyLog } from '../../src/application/audit/verify-log.js';
import type { StoredEntry } from '../../src/domain/audit/audit-entry.js';
import { nextTurn } from '../../src/application/shared/next-turn.js';
import type { Scheduler } from '../../src/domain/shared/clock.js';
import { WaymarkError } from '../../src/domain/shared/errors.js';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { makeDraft, makeDrafts } from '../../src/testing/fixtures.js';
import { caughtWaymark } from '../support/caught.js';
import { askPostgres, describeOnPostgres, dropSchemas, postgresOptions } from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';

jest.setTimeout(60_000);

/** The statement, with the end of its message: READ COMMITTED is not meant. */
const COMMIT = 'COMMIT\0';

describeOnPostgres('a connection', () => {
  let schema: string;
  let proxy: TcpProxy;
  let store: PostgresStore;

  beforeEach(async () => {
    const { host = '127.0.0.1', port = 5432, ...options } = postgresOptions();
    schema = options.schema;
    proxy = await TcpProxy.open(host, port);
    await open();
  });

  afterEach(async () => {
    await store.close();
    await proxy.close();
    await dropSchemas([schema]);
  });

  const open = async (scheduler: Scheduler = timerScheduler): Promise<void> => {
    store = new PostgresStore(postgresOptions({ schema, host: '127.0.0.1', port: proxy.port }), scheduler);
    await store.open();
  };
  const append = (count: number): Promise<readonly StoredEntry[]> => appendDrafts(makeDrafts(count));
  const appendDrafts = (drafts: ReturnType<typeof makeDrafts>): Promise<readonly StoredEntry[]> =>
    store.unitOfWork.run((scope) => store.auditLog.append(drafts, scope));

  it('that ended while nobody used it is replaced: neither a read nor a write notices', async () => {
    await append(1);
    await store.auditLog.head();
    await endConnections();
    expect(await append(1)).toMatchObject([{ position: 1 }]);
    expect((await store.auditLog.head()).size).toBe(2);
  });

  it('that is lost in a transaction loses it as a whole; the next one is written', async () => {
    proxy.fate = (text) => (text.includes('waymark_') && text.includes('event-') ? 'drop' : 'pass');
    const error = await caughtWaymark(append(3));
    expect(error.code).toBe('WAYMARK_STORE_UNAVAILABLE');
    proxy.fate = () => 'pass';
    expect(await append(2)).toMatchObject([{ position: 0 }, { position: 1 }]);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size: 2 });
  });

  it('that is lost before a commit reached the server: nothing was written, and that is said', async () => {
    const drafts = makeDrafts(3);
    proxy.fate = once(COMMIT, 'drop');
    expect((await caughtWaymark(appendDrafts(drafts))).code).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect((await store.auditLog.head()).size).toBe(0);
    expect(await appendDrafts(drafts)).toHaveLength(3);
  });

  it('that is lost before the answer to a commit: the server is asked how it ended', async () => {
    proxy.fate = once(COMMIT, 'pass, and cut before the answer');
    expect(await append(3)).toHaveLength(3);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size: 3 });
    expect(await append(1)).toMatchObject([{ position: 3 }]);
  });

  it('that is lost for good before the answer to a commit: nobody knows, and to append again is safe', async () => {
    await store.close();
    // Nothing is waited for: the patience is at its end at once.
    await open({ delay: () => nextTurn() });
    const drafts = makeDrafts(3);
    const cut = once(COMMIT, 'pass, and cut before the answer');
    proxy.fate = (text) => {
      const fate = cut(text);
      if (fate !== 'pass') proxy.refuses = true;
      return fate;
    };
    expect((await caughtWaymark(appendDrafts(drafts))).code).toBe('WAYMARK_COMMIT_UNKNOWN');
    expect((await caughtWaymark(store.auditLog.head())).code).toBe('WAYMARK_STORE_UNAVAILABLE');
    proxy.refuses = false;
    expect(await appendDrafts(drafts)).toMatchObject([{ position: 0 }, { position: 1 }, { position: 2 }]);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size: 3 });
  });

  it('may be ended again and again under load: everything acknowledged is there, and nothing twice', async () => {
    const acknowledged: StoredEntry[] = [];
    let ended = 0;
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let index = 0; index < 60; index += 1) {
        const draft = makeDraft({ id: `${writer}-${index}` });
        for (let tries = 0; ; tries += 1) {
          try {
            acknowledged.push(...(await appendDrafts([draft])));
            break;
          } catch (error) {
            // Whatever it is, the same event may be appended again.
            if (!WaymarkError.is(error) || tries > 50) throw error;
          }
        }
        if (acknowledged.length % 60 === 30) {
          ended += 1;
          await endConnections();
        }
      }
    });
    await Promise.all(writers);
    expect(ended).toBeGreaterThan(3);
    expect(await verifyLog(store.auditLog)).toMatchObject({ verdict: 'ok', size: 360 });
    const entries = await store.auditLog.readRange(0, 1_000);
    expect(new Set(acknowledged.map(({ body }) => body))).toStrictEqual(new Set(entries.map(({ body }) => body)));
  });

  /** Ends every connection of the store, as an administrator would. */
  async function endConnections(): Promise<void> {
    const sql = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = ANY ($1)';
    await askPostgres(sql, [proxy.ports()]);
  }
});

/** The first message with a text meets that fate; the others pass. */
function once(text: string, fate: ReturnType<TcpProxy['fate']>): TcpProxy['fate'] {
  let met = false;
  return (message) => {
    if (met || !message.includes(text)) return 'pass';
    met = true;
    return fate;
  };
}
