import fc from 'fast-check';
import { PostgresStore } from '../../src/infrastructure/persistence/typeorm/postgres-store.js';
import { SqliteStore } from '../../src/infrastructure/persistence/typeorm/sqlite-store.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { describeOnPostgres, dropSchemas, postgresOptions, postgresUrl } from '../support/postgres.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { expectWholeLog } from '../support/whole-log.js';
import { WriterProcess } from '../support/writer-processes.js';

/** Print it, and set it, to meet the same moments again. */
const SEED = Number(process.env['WAYMARK_KILL_SEED'] ?? Date.now() % 1_000_000);
/** How many processes write at once, each with so many appends under way. */
const PROCESSES = 2;
const WRITERS = 4;
const LIMIT_MS = 300_000;

/** When a process is killed: so long after so many acknowledged events. */
interface Moment {
  readonly acknowledged: number;
  readonly delayMs: number;
}

function moments(kills: number): readonly Moment[] {
  const moment = fc.record({ acknowledged: fc.integer({ min: 1, max: 30 }), delayMs: fc.integer({ min: 0, max: 8 }) });
  return fc.sample(moment, { seed: SEED, numRuns: kills });
}

/** Kills writers at those moments, each of which another one follows. Returns what was acknowledged. */
async function killWriters(storage: string, kills: number): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  const all = moments(kills);
  const slots = Array.from({ length: PROCESSES }, async (_, slot) => {
    const mine = all.filter((__, index) => index % PROCESSES === slot);
    // The next one is made ready while this one writes: to load the code takes longer than its whole life.
    const start = (life: number): WriterProcess => new WriterProcess(storage, `${slot}-${life}`, WRITERS);
    let spare = start(0);
    try {
      for (const [life, moment] of mine.entries()) {
        const writer = spare;
        spare = start(life + 1);
        try {
          writer.go();
          await writer.untilAcknowledged(moment.acknowledged);
          // The delay is the random moment itself; nothing is waited for with it.
          if (moment.delayMs > 0) await timerScheduler.delay(moment.delayMs);
        } finally {
          await writer.kill();
        }
        acknowledged.push(...writer.acknowledged);
      }
    } finally {
      await spare.kill();
    }
  });
  await Promise.all(slots);
  return acknowledged;
}

describe(`two processes that write to one log, killed with SIGKILL at random moments (seed ${SEED})`, () => {
  const KILLS = 200;

  it(
    `lose nothing that was acknowledged on SQLite, ${KILLS} times`,
    async () => {
      const folder = makeTemporaryFolder();
      const path = folder.file('waymark.db');
      await using store = new SqliteStore({ path }, timerScheduler);
      await store.open();
      const acknowledged = await killWriters(`sqlite:${path}?lockTimeoutMs=60000`, KILLS);
      expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
      await expectWholeLog(store.auditLog, acknowledged);
      await store.close();
      folder.remove();
    },
    LIMIT_MS,
  );
});

describeOnPostgres(`two processes that write to one schema, killed with SIGKILL (seed ${SEED})`, () => {
  const KILLS = 20;

  it(
    `lose nothing that was acknowledged, ${KILLS} times`,
    async () => {
      const options = postgresOptions();
      await using store = new PostgresStore(options, timerScheduler);
      await store.open();
      try {
        const url = postgresUrl(options.schema, 'poolSize=2&lockTimeoutMs=60000');
        const acknowledged = await killWriters(url, KILLS);
        expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
        await expectWholeLog(store.auditLog, acknowledged);
      } finally {
        await store.close();
        await dropSchemas([options.schema]);
      }
    },
    LIMIT_MS,
  );
});
