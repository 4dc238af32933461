import { openWaymark, recordedTypes } from '../../support/open-waymark.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { deferred, settle } from '../../support/deferred.js';
import { deal, deals } from '../../support/deals.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { chain } from '../../support/workflows.js';
import type { Waymark } from '../../../src/index.js';

async function names(waymark: Waymark): Promise<readonly string[]> {
  const entries = await waymark.log.query({ types: ['deal.*'] }, { limit: 10_000 });
  return entries.map((entry) => (entry.event.payload as { dealId: string }).dealId);
}

/** A Waymark whose store is down, and whose waits the test ends. */
async function openDown() {
  const store = new FaultyStore();
  const scheduler = new ManualScheduler();
  const waymark = await openWaymark({ scheduler }, store);
  store.unitOfWork.fails = () => true;
  const repair = (): void => {
    store.unitOfWork.fails = () => false;
  };
  return { store, scheduler, waymark, repair };
}

describe('what is published on the bus', () => {
  it('is recorded once, in the order in which it was delivered', async () => {
    const waymark = await openWaymark();
    waymark.bus.subscribe('deal.*', () => waymark.bus.publish(deal('follow-up')), { once: true });
    const twice = deal('twice');
    for (const event of [deal('a'), twice, twice]) waymark.bus.publish(event);
    await waymark.flush();
    expect(await names(waymark)).toStrictEqual(['a', 'follow-up', 'twice']);
  });

  it('and appended as well is recorded once', async () => {
    const waymark = await openWaymark();
    const event = deal('both');
    waymark.bus.publish(event);
    await waymark.log.append([event]);
    await waymark.flush();
    expect(await names(waymark)).toStrictEqual(['both']);
  });

  it('by the engine is in the log already, and not recorded twice', async () => {
    const store = new FaultyStore();
    const waymark = await openWaymark({}, store);
    const delivered: (number | undefined)[] = [];
    waymark.bus.subscribe('**', (_, delivery) => delivered.push(delivery.position));
    await (await waymark.executions.start(chain(), {})).result();
    const transactions = store.unitOfWork.begun;
    await waymark.flush();
    expect(store.unitOfWork.begun).toBe(transactions);
    expect(delivered).toStrictEqual(delivered.map((_, position) => position));
    expect((await recordedTypes(waymark)).length).toBe(delivered.length);
  });

  it('is recorded in more than one piece when it is much', async () => {
    const waymark = await openWaymark();
    const many = Array.from({ length: 1_000 }, (_, index) => String(index));
    for (const event of deals(...many)) waymark.bus.publish(event);
    await waymark.flush();
    expect(await names(waymark)).toStrictEqual(many);
  });

  it('tells of handlers that failed, too', async () => {
    const waymark = await openWaymark();
    waymark.bus.subscribe('deal.*', () => Promise.reject(new Error('no')));
    waymark.bus.publish(deal());
    await waymark.bus.settled();
    await waymark.flush();
    expect(await recordedTypes(waymark)).toStrictEqual(['deal.created', 'bus.handler_failed', 'bus.dead_lettered']);
  });
});

describe('while the store is down', () => {
  it('flush rejects with WAYMARK_NOT_RECORDED, and nothing is given up', async () => {
    const { waymark, repair } = await openDown();
    for (const event of deals('a', 'b')) waymark.bus.publish(event);
    const error = await caughtWaymark(waymark.flush());
    expect(error.code).toBe('WAYMARK_NOT_RECORDED');
    expect(error.details['pending']).toBe(2);
    expect(error.cause).toMatchObject({ code: 'WAYMARK_STORE_UNAVAILABLE' });
    expect(await codeOf(waymark.flush())).toBe('WAYMARK_NOT_RECORDED');
    repair();
    waymark.bus.publish(deal('c'));
    await waymark.flush();
    expect(await names(waymark)).toStrictEqual(['a', 'b', 'c']);
    await waymark.flush();
  });

  it('tries again after longer and longer waits, by the scheduler that was injected', async () => {
    const { scheduler, waymark, store, repair } = await openDown();
    waymark.bus.publish(deal('a'));
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      await scheduler.untilAsked(attempt);
      if (attempt === 9) repair();
      scheduler.elapse();
    }
    await settle();
    expect(scheduler.asked).toStrictEqual([50, 100, 200, 500, 1_000, 2_000, 5_000, 5_000, 5_000]);
    expect(store.unitOfWork.begun).toBe(10);
    expect(await names(waymark)).toStrictEqual(['a']);
  });

  it('begins with short waits again once it has recorded something', async () => {
    const { scheduler, waymark, store } = await openDown();
    store.unitOfWork.fails = (transaction) => transaction !== 3;
    waymark.bus.publish(deal('a'));
    for (const attempt of [1, 2]) {
      await scheduler.untilAsked(attempt);
      scheduler.elapse();
    }
    await settle();
    waymark.bus.publish(deal('b'));
    await scheduler.untilAsked(3);
    expect(scheduler.asked).toStrictEqual([50, 100, 50]);
  });

  it('publishing goes on, and what came later waits for what came first', async () => {
    const { scheduler, waymark, repair } = await openDown();
    waymark.bus.publish(deal('first'));
    await scheduler.untilAsked(1);
    for (const event of deals('second', 'third')) waymark.bus.publish(event);
    repair();
    scheduler.elapse();
    await waymark.flush();
    expect(await names(waymark)).toStrictEqual(['first', 'second', 'third']);
  });

  it('close says what was lost, releases the store, and leaves no wait behind', async () => {
    const { scheduler, waymark, store } = await openDown();
    waymark.bus.publish(deal('a'));
    await scheduler.untilAsked(1);
    expect(await codeOf(waymark.close())).toBe('WAYMARK_NOT_RECORDED');
    const { begun } = store.unitOfWork;
    scheduler.elapse();
    await settle();
    expect(store.unitOfWork.begun).toBe(begun);
    expect(await codeOf(waymark.log.append(deals('late')))).toBe('WAYMARK_CLOSED');
  });
});

describe('closing', () => {
  it('records what was published before it', async () => {
    const store = new FaultyStore();
    const waymark = await openWaymark({}, store);
    const gate = deferred();
    store.unitOfWork.hold = (transaction) => (transaction === 1 ? gate.promise : undefined);
    for (const event of deals('a', 'b')) waymark.bus.publish(event);
    await settle();
    waymark.bus.publish(deal('c'));
    const closing = waymark.close();
    gate.resolve();
    await closing;
    expect((await store.auditLog.head()).size).toBe(3);
    expect(await codeOf(() => waymark.bus.publish(deal()))).toBe('WAYMARK_BUS_CLOSED');
  });
});
