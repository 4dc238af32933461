import fc from 'fast-check';
import { type AuditEntry, createWaymark, type Waymark } from '../../src/index.js';
import { timerScheduler } from '../../src/infrastructure/runtime/timer-scheduler.js';
import { ChaosProcess } from '../support/chaos-processes.js';
import { askPostgres, describeOnPostgres, dropSchemas, postgresOptions, postgresUrl } from '../support/postgres.js';

/** Print it, and set it, to meet the same moments again. */
const SEED = Number(process.env['WAYMARK_KILL_SEED'] ?? Date.now() % 1_000_000);
/** How many executions: more of them take longer, and meet more moments. */
const EXECUTIONS = Number(process.env['WAYMARK_CHAOS_EXECUTIONS'] ?? 200);
const WORKERS = 3;
/** A process is killed each time that so many executions have ended. */
const EXECUTIONS_A_KILL = 25;
const NODES = ['first', 'fan/left', 'fan/right', 'last'];
const LIMIT_MS = 300_000 + EXECUTIONS * 1_000;
/** How often the store is asked how far they are, in milliseconds. */
const LOOK_MS = 50;

/** A schema for a store, and one for what nodes did. */
class Place implements AsyncDisposable {
  readonly schema = postgresOptions().schema;
  readonly effects = `"${this.schema}_effects".effects`;
  readonly storage = postgresUrl(this.schema, 'poolSize=4&lockTimeoutMs=60000');

  static async make(): Promise<Place> {
    const place = new Place();
    await (await createWaymark({ storage: place.storage })).close();
    await askPostgres(`CREATE SCHEMA "${place.schema}_effects"`);
    await askPostgres(
      `CREATE TABLE ${place.effects} (id serial, key text, attempt integer, fence integer, process integer)`,
    );
    return place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await dropSchemas([this.schema, `${this.schema}_effects`]);
  }

  /** How many executions have ended. */
  async ended(): Promise<number> {
    const sql = `SELECT count(*)::integer AS count FROM "${this.schema}".executions WHERE status = 'completed'`;
    const [row] = (await askPostgres(sql)) as readonly { readonly count: number }[];
    return row?.count ?? 0;
  }

  async untilEnded(count: number): Promise<void> {
    while ((await this.ended()) < count) await timerScheduler.delay(LOOK_MS);
  }
}

/** Runs executions in processes, one of which is killed now and then and followed by another. Returns how many were. */
async function killWorkers(place: Place): Promise<number> {
  const share = Math.ceil(EXECUTIONS / WORKERS);
  const start = (slot: number): ChaosProcess =>
    new ChaosProcess(place.storage, place.effects, {
      from: slot * share + 1,
      to: Math.min(EXECUTIONS, (slot + 1) * share),
    });
  const moment = fc.record({ slot: fc.nat(WORKERS - 1), delayMs: fc.integer({ min: 0, max: 40 }) });
  const moments = fc.sample(moment, { seed: SEED, numRuns: Math.floor(EXECUTIONS / EXECUTIONS_A_KILL) });
  const workers = Array.from({ length: WORKERS }, (_, slot) => start(slot));
  // The next one is made ready while the others work: to load the code takes longer than to run many executions.
  let spare = start(moments[0]?.slot ?? 0);
  let kills = 0;
  try {
    for (const worker of workers) worker.go();
    for (const [index, { slot, delayMs }] of moments.entries()) {
      await Promise.all([spare.untilSaid('ready'), place.untilEnded((index + 1) * EXECUTIONS_A_KILL)]);
      // The delay is the random moment itself; nothing is waited for with it.
      if (delayMs > 0) await timerScheduler.delay(delayMs);
      if ((await place.ended()) >= EXECUTIONS) break;
      await workers[slot]?.kill();
      kills += 1;
      workers[slot] = spare;
      spare.go();
      spare = start(moments[index + 1]?.slot ?? 0);
    }
    await place.untilEnded(EXECUTIONS);
    await Promise.all(workers.map((worker) => worker.stop()));
  } finally {
    await Promise.allSettled([spare, ...workers].map((worker) => worker.kill()));
  }
  return kills;
}

/** The entries of some types, page by page. */
async function allOf(waymark: Waymark, types: readonly string[]): Promise<readonly AuditEntry[]> {
  const all: AuditEntry[] = [];
  for (;;) {
    const page = await waymark.log.query({ types }, { after: all.at(-1)?.position ?? -1, limit: 1_000 });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

interface EffectRow {
  readonly key: string;
  readonly attempt: number;
  readonly fence: number;
}

describeOnPostgres(`${WORKERS} processes that share a store, killed with SIGKILL (seed ${SEED})`, () => {
  it(
    `finish ${EXECUTIONS} executions: none is lost, and nothing that is done is done again`,
    async () => {
      await using place = await Place.make();
      const kills = await killWorkers(place);
      await using waymark = await createWaymark({ storage: place.storage });
      expect((await waymark.log.verify()).verdict).toBe('ok');
      const done = new Map<string, number>();
      const started = new Set<string>();
      for (const { event } of await allOf(waymark, ['node.started', 'node.completed'])) {
        const { executionId, nodeId, occurrence, attempt } = event.payload as Readonly<Record<string, string | number>>;
        const key = `${executionId}/${nodeId}/${occurrence}`;
        // What is done is not begun again, and no attempt is begun twice.
        expect([key, done.has(key), started.has(`${key} ${attempt}`)]).toStrictEqual([
          key,
          false,
          event.type === 'node.completed',
        ]);
        if (event.type === 'node.completed') done.set(key, Number(attempt));
        else started.add(`${key} ${attempt}`);
      }
      const effects = (await askPostgres(
        `SELECT key, attempt, fence FROM ${place.effects} ORDER BY id`,
      )) as readonly EffectRow[];
      for (let index = 1; index <= EXECUTIONS; index += 1) {
        expect(await waymark.executions.get(`run-${index}`)).toMatchObject({ status: 'completed', nodesExecuted: 5 });
        for (const node of NODES) expect(done.has(`run-${index}/${node}/1`)).toBe(true);
      }
      const fences = new Map<string, number>();
      const attempts = new Set<string>();
      for (const { key, attempt, fence } of effects) {
        // An attempt is made by one owner, the last one by the latest, and none follows the one that was recorded.
        expect(attempts.has(`${key} ${attempt}`)).toBe(false);
        attempts.add(`${key} ${attempt}`);
        expect(attempt).toBeLessThanOrEqual(done.get(key) ?? 0);
        expect(fence).toBeGreaterThan(fences.get(key) ?? 0);
        fences.set(key, fence);
      }
      expect(effects.length).toBeGreaterThanOrEqual(EXECUTIONS * NODES.length);
      expect(kills).toBeGreaterThan(0);
      process.stderr.write(
        `${EXECUTIONS} executions, ${kills} kills, ${effects.length} node runs for ${done.size} nodes\n`,
      );
    },
    LIMIT_MS,
  );
});

describeOnPostgres('a process that is stopped for longer than its lease', () => {
  it(
    'is taken over from, and does nothing more when it goes on',
    async () => {
      await using place = await Place.make();
      const stopped = new ChaosProcess(place.storage, place.effects, { from: 1, to: 1 }, 'hang');
      const other = new ChaosProcess(place.storage, place.effects, { from: 1, to: 0 });
      try {
        await Promise.all([stopped.untilSaid('ready'), other.untilSaid('ready')]);
        stopped.go();
        await stopped.untilSaid('began');
        stopped.signal('SIGSTOP');
        other.go();
        await place.untilEnded(1);
        await using waymark = await createWaymark({ storage: place.storage });
        const done = await waymark.executions.get('run-1');
        const { size } = await waymark.log.head();
        stopped.signal('SIGCONT');
        await stopped.untilSaid('told WAYMARK_LEASE_LOST');
        await stopped.untilSaid('ended WAYMARK_LEASE_LOST');
        await Promise.all([stopped.stop(), other.stop()]);
        expect(await waymark.executions.get('run-1')).toStrictEqual(done);
        expect((await waymark.log.head()).size).toBe(size);
        expect((await waymark.log.verify()).verdict).toBe('ok');
        const effects = await askPostgres(`SELECT key, attempt, fence FROM ${place.effects} ORDER BY id`);
        expect(effects.slice(0, 2)).toStrictEqual([
          { key: 'run-1/first/1', attempt: 1, fence: 1 },
          { key: 'run-1/first/1', attempt: 2, fence: 2 },
        ]);
      } finally {
        await Promise.allSettled([stopped.kill(), other.kill()]);
      }
    },
    LIMIT_MS,
  );
});
