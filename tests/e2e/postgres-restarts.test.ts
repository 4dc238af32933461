import { jest } from '@jest/globals';
import { createWaymark } from '../../src/index.js';
import { findPostgresPrograms, PostgresCluster } from '../support/postgres-cluster.js';
import { expectWholeLog } from '../support/whole-log.js';
import { chain } from '../support/workflows.js';
import { WriterProcess } from '../support/writer-processes.js';
import { describeWhere } from '../support/requirement.js';

// It makes a server of its own.
jest.setTimeout(300_000);

const RESTARTS = 10;
const PROCESSES = 2;
const WRITERS = 4;
/** How much each process writes between two restarts. */
const BETWEEN = 40;

const programs = findPostgresPrograms();
const missing =
  programs === undefined ? 'The programs of a PostgreSQL server (initdb, pg_ctl) are not installed.' : undefined;

describeWhere('everything', missing)('a PostgreSQL server that is restarted', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await PostgresCluster.start(programs ?? '');
  });
  afterAll(async () => {
    await cluster?.remove();
  });

  it(`${RESTARTS} times under load, half of them like a crash: nothing acknowledged is lost, and the writers go on`, async () => {
    const storage = `${cluster.url}?schema=load&poolSize=3&lockTimeoutMs=60000`;
    await using waymark = await createWaymark({ storage });
    const writers = Array.from({ length: PROCESSES }, (_, index) => new WriterProcess(storage, `w${index}`, WRITERS));
    const progress = (): Promise<unknown> =>
      Promise.all(writers.map((writer) => writer.untilAcknowledged(writer.acknowledged.length + BETWEEN)));
    for (const writer of writers) writer.go();
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await progress();
      await cluster.restart(restart % 2 === 0 ? 'fast' : 'immediate');
    }
    await progress();
    for (const writer of writers) await writer.stop();
    const acknowledged = writers.flatMap((writer) => writer.acknowledged);
    expect(acknowledged.length).toBeGreaterThan(PROCESSES * BETWEEN * RESTARTS);
    await expectWholeLog(waymark.store.auditLog, acknowledged);
    // Who was told of an error appended again: what was acknowledged is all that there is.
    expect((await waymark.log.head()).size).toBe(acknowledged.length);
  });

  it.each(['fast', 'immediate'] as const)('(%s) while a node works: its execution is finished', async (mode) => {
    await using waymark = await createWaymark({ storage: `${cluster.url}?schema=run_${mode}` });
    let worked = 0;
    const run = await waymark.executions.start(
      chain({
        b: async () => {
          worked += 1;
          await cluster.restart(mode);
        },
      }),
    );
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(worked).toBe(1);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  });
});
