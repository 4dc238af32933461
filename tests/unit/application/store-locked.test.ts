import { WaymarkError } from '../../../src/index.js';
import { codeOf } from '../../support/caught.js';
import { settle } from '../../support/deferred.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

const locked = (): WaymarkError => new WaymarkError('WAYMARK_STORE_LOCKED', 'Somebody else is writing.');

/** A run over a store that is locked when the test says so. */
async function make() {
  const store = new FaultyStore();
  store.unitOfWork.error = locked;
  const scheduler = new ManualScheduler();
  return { store, scheduler, waymark: await openWaymark({ scheduler }, store) };
}

describe('a store that another process has locked', () => {
  it('is waited for when a node has done its work, longer each time, and the work is done once', async () => {
    const { store, scheduler, waymark } = await make();
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
    const { store, scheduler, waymark } = await make();
    store.unitOfWork.fails = () => true;
    expect(await codeOf(waymark.executions.start(chain()))).toBe('WAYMARK_STORE_LOCKED');
    expect(scheduler.asked).toStrictEqual([]);
  });

  it('is given up at last: the result says so, and what was committed is there', async () => {
    const { store, scheduler, waymark } = await make();
    store.unitOfWork.fails = (transaction) => transaction > 1;
    const run = await waymark.executions.start(chain());
    for (let wait = 1; wait <= 8; wait += 1) {
      await scheduler.untilAsked(wait);
      scheduler.elapse();
      await settle();
    }
    expect(await codeOf(run.result())).toBe('WAYMARK_STORE_LOCKED');
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'running' });
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
