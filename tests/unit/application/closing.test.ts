import { caughtWaymark, codeOf } from '../../support/caught.js';
import { deal } from '../../support/deals.js';
import { deferred, settle } from '../../support/deferred.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { openWaymark } from '../../support/open-waymark.js';
import { Processes } from '../../support/processes.js';
import { chain } from '../../support/workflows.js';
import { InMemoryStore } from '../../../src/index.js';

describe('flush', () => {
  it('waits for the record, and not for handlers, which may themselves wait for it', async () => {
    const waymark = await openWaymark();
    const order: string[] = [];
    waymark.bus.subscribe('deal.*', async () => {
      await settle();
      await waymark.flush();
      order.push('handler');
    });
    waymark.bus.publish(deal());
    await waymark.flush();
    order.push('flush');
    expect((await waymark.log.head()).size).toBe(1);
    await waymark.bus.settled();
    expect(order).toStrictEqual(['flush', 'handler']);
  });
});

describe('close', () => {
  it('gives a node that never settles its grace, tells it by its signal, and leaves its execution to be taken over', async () => {
    const scheduler = new ManualScheduler();
    const store = new InMemoryStore();
    const processes = new Processes();
    const waymark = await openWaymark({ scheduler, closeGraceMs: 1_234, identity: processes.identity('p1') }, store);
    const signals: AbortSignal[] = [];
    const workflow = chain({
      b: ({ signal, attempt }) => {
        signals.push(signal);
        return attempt === 1 ? deferred<object>().promise : { b: 'done' };
      },
    });
    const run = await waymark.executions.start(workflow);
    await settle();
    const closing = waymark.close();
    await scheduler.untilAsked(1);
    expect(scheduler.asked).toStrictEqual([1_234]);
    scheduler.elapse();
    await closing;
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([true]);
    expect((await caughtWaymark(run.result())).code).toBe('WAYMARK_CLOSED');

    processes.kill('p1');
    const next = await openWaymark({ identity: processes.identity('p2') }, store);
    next.executions.register(workflow);
    expect(await (await next.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
    expect((await next.log.verify()).verdict).toBe('ok');
  });

  it('does not wait for ever for a handler that never settles, and has recorded its event', async () => {
    const scheduler = new ManualScheduler();
    const store = new InMemoryStore();
    const waymark = await openWaymark({ scheduler }, store);
    waymark.bus.subscribe('deal.*', () => deferred().promise);
    waymark.bus.publish(deal());
    const closing = waymark.close();
    await scheduler.untilAsked(2);
    scheduler.elapse();
    await closing;
    expect((await store.auditLog.head()).size).toBe(1);
    expect(await codeOf(() => waymark.bus.publish(deal()))).toBe('WAYMARK_BUS_CLOSED');
  });
});
