import { createWaymark } from '../../src/index.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { describeOnPostgres, dropSchemas, postgresOptions } from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { chain } from '../support/workflows.js';

/** The statement, with the end of its message: READ COMMITTED is not meant; or one that is a transaction of its own. */
const COMMIT = /COMMIT\0|waymark_whole_/;

describeOnPostgres('an execution whose commit is made, and whose line is dead for longer than the store asks', () => {
  it.each([1, 2, 3, 4])(
    '(its %ith) goes on when the server can be reached again, and tells everything once',
    async (nth) => {
      const { host = '127.0.0.1', port = 5432, ...options } = postgresOptions();
      const proxy = await TcpProxy.open(host, port);
      let waits = 0;
      // The store waits for 100 ms in three parts; after that nobody knows, and it is the execution that waits.
      const scheduler = {
        delay: (ms: number, signal?: AbortSignal) => {
          if (proxy.refuses) waits += 1;
          if (waits === 8) proxy.refuses = false;
          return timerScheduler.delay(Math.min(ms, 5), signal);
        },
      };
      try {
        const storage = {
          kind: 'postgres',
          ...options,
          host: '127.0.0.1',
          port: proxy.port,
          connectTimeoutMs: 80,
        } as const;
        await using waymark = await createWaymark({ storage, scheduler });
        const published: (number | undefined)[] = [];
        waymark.bus.subscribe('**', (_, { position }) => published.push(position));
        let commits = 0;
        proxy.fate = (text) => {
          if (!COMMIT.test(text) || (commits += 1) !== nth) return 'pass';
          proxy.refuses = true;
          return 'pass, and cut before the answer';
        };
        const run = await waymark.executions.start(chain());
        expect(await run.result()).toMatchObject({ status: 'completed' });
        expect(waits).toBeGreaterThanOrEqual(8);
        const entries = await waymark.log.query({ executionId: run.id }, { limit: 1_000 });
        expect(entries.filter(({ event }) => event.type === 'node.completed')).toHaveLength(3);
        expect(published).toStrictEqual(entries.map(({ position }) => position));
        expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', size: entries.length });
      } finally {
        await proxy.close();
        await dropSchemas([options.schema]);
      }
    },
  );
});
