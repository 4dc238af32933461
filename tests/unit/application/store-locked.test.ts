import { WaymarkError } from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { answerLost, FaultyStore } from '../../support/faulty-store.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

/** A run over a store that can't be written to when the test says so. */
async function make(code: `WAYMARK_${string}` = 'WAYMARK_STORE_UNAVAILABLE', storePatienceMs?: number) {
  const store = new FaultyStore();
  store.unitOfWork.error = () => new WaymarkError(code, 'Not now.');
  const scheduler = new ManualScheduler();
  const patience = storePatienceMs === undefined ? {} : { storePatienceMs };
  return { store, scheduler, waymark: await openWaymark({ scheduler, ...patience }, store) };
}

describe.each([
  ['that another process has locked', 'WAYMARK_STORE_LOCKED'],
  ['whose server is being restarted', 'WAYMARK_STORE_UNAVAILABLE'],
] as const)('a store %s', (_, code) => {
  it('is waited for when a node has done its work, longer each time, and the work is done once', async () => {
    const { store, scheduler, waymark } = await make(code);
    let done = 0;
    store.unitOfWork.fails = (transaction) => transaction > 1 && transaction < 5;
    const run = await waymark.executions.start(chain({ a: () => ({ a: (done += 1) }) }));
    for (let wait = 1; wait <= 3; wait += 1) {
      await scheduler.untilAsked(wait);
      scheduler.elapse();
    }
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(scheduler.asked).toStrictEqual([100, 500, 1_000]);
    expect(done).toBe(1);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('keeps nobody waiting who wants to start', async () => {
    const { store, scheduler, waymark } = await make(code);
    store.unitOfWork.fails = () => true;
    expect(await codeOf(waymark.executions.start(chain()))).toBe(code);
    expect(scheduler.asked).toStrictEqual([]);
  });

  it.each([
    ['after a minute', undefined, [100, 500, 1_000, 2_000, 5_000, 10_000, 10_000, 10_000, 10_000, 10_000, 1_400]],
    ['when storePatienceMs says so', 700, [100, 500, 100]],
    ['at once when nothing is to be waited for', 0, []],
  ])('is given up %s: the result says so, and what was committed is there', async (__, patienceMs, waits) => {
    const { store, scheduler, waymark } = await make(code, patienceMs);
    store.unitOfWork.fails = (transaction) => transaction > 1;
    const run = await waymark.executions.start(chain());
    for (let wait = 1; wait <= waits.length; wait += 1) {
      await scheduler.untilAsked(wait);
      scheduler.elapse();
    }
    expect(await codeOf(run.result())).toBe(code);
    expect(scheduler.asked).toStrictEqual(waits);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'running' });
  });
});

describe('a commit whose answer was lost', () => {
  /** Waits that are over at once. */
  async function makeEager() {
    const store = new FaultyStore();
    return { store, waymark: await openWaymark({ scheduler: { delay: () => Promise.resolve() } }, store) };
  }

  it.each([1, 2, 3, 4])('though it was made (the %ith): it is found, and nothing is written twice', async (lost) => {
    const { store, waymark } = await makeEager();
    const published: number[] = [];
    waymark.bus.subscribe('**', (_, { position }) => published.push(position ?? -1));
    store.unitOfWork.losesAnswer = (transaction) => transaction === lost;
    const run = await waymark.executions.start(chain());
    expect(await run.result()).toMatchObject({ status: 'completed' });
    const entries = await waymark.log.query({ executionId: run.id }, { limit: 1_000 });
    // As many as without any trouble, each published once, with its position, in order.
    const { waymark: untroubled } = await make();
    const other = await untroubled.executions.start(chain());
    await other.result();
    const types = (await untroubled.log.query({ executionId: other.id }, { limit: 1_000 })).map(
      ({ event }) => event.type,
    );
    expect(entries.map(({ event }) => event.type)).toStrictEqual(types);
    expect(published).toStrictEqual(entries.map(({ position }) => position));
    expect(await waymark.checkpoints.list(run.id)).toHaveLength(
      types.filter((type) => type === 'checkpoint.created').length,
    );
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('and was not made is made then', async () => {
    const { store, waymark } = await makeEager();
    store.unitOfWork.error = answerLost;
    store.unitOfWork.fails = (transaction) => transaction === 2;
    const run = await waymark.executions.start(chain());
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('stays uncertain for as long as nobody can look', async () => {
    const { store, scheduler, waymark } = await make('WAYMARK_STORE_UNAVAILABLE', 100);
    store.unitOfWork.losesAnswer = (transaction) => transaction === 1;
    store.unitOfWork.failsAtOnce = (transaction) => transaction > 1;
    const starting = waymark.executions.start(chain(), {}, { executionId: 'run' });
    await scheduler.untilAsked(1);
    scheduler.elapse();
    const error = await caughtWaymark(starting);
    expect(error.code).toBe('WAYMARK_COMMIT_UNKNOWN');
    expect(error.cause).toMatchObject({ code: 'WAYMARK_STORE_UNAVAILABLE' });
    // It was made, and says so to whoever reads it.
    store.unitOfWork.failsAtOnce = () => false;
    expect(waymark.executions.isOrphan(await waymark.executions.get('run'))).toBe(true);
    expect(await (await waymark.executions.resume('run')).result()).toMatchObject({ status: 'completed' });
  });

  it('of a verb is looked up, too', async () => {
    const { store, waymark } = await makeEager();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    const [first] = await waymark.checkpoints.list(run.id);
    const next = store.unitOfWork.begun + 1;
    store.unitOfWork.losesAnswer = (transaction) => transaction === next;
    await waymark.executions.rollback(run.id, first?.id ?? '');
    const entries = await waymark.log.query({
      executionId: run.id,
      types: ['checkpoint.rollback_completed', 'execution.*'],
    });
    expect(new Set(entries.map(({ event }) => event.id)).size).toBe(entries.length);
    expect((await (await waymark.executions.resume(run.id, { breakpoints: [] })).result()).status).toBe('completed');
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });
});

it('all that a step tells of happened at one time, in the order of the log', async () => {
  const waymark = await openWaymark();
  const run = await waymark.executions.start(chain());
  await run.result();
  const times = (await waymark.log.query({ executionId: run.id }, { limit: 1_000 })).map(
    ({ event }) => event.occurredAt,
  );
  expect(times).toStrictEqual(times.toSorted());
});
