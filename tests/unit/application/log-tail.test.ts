import { type AuditQuery, InMemoryStore, type Waymark } from '../../../src/index.js';
import { codeOf } from '../../support/caught.js';
import { settle } from '../../support/deferred.js';
import { deal, deals } from '../../support/deals.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { openWaymark } from '../../support/open-waymark.js';

/** Two Waymarks over one store: to each, the other is another process. */
async function openTwo() {
  const store = new InMemoryStore();
  const scheduler = new ManualScheduler();
  return { store, scheduler, own: await openWaymark({ scheduler }, store), other: await openWaymark({}, store) };
}

/** Follows until it is told to end, or has seen enough. */
function follow(waymark: Waymark, filter: object = {}, options: object = {}) {
  const controller = new AbortController();
  const seen: string[] = [];
  const watchers: (() => void)[] = [];
  const ended = (async () => {
    for await (const { event } of waymark.log.tail(filter, { signal: controller.signal, ...options })) {
      seen.push((event.payload as { dealId: string }).dealId);
      for (const notify of watchers.splice(0)) notify();
    }
  })();
  const untilSeen = async (count: number): Promise<void> => {
    while (seen.length < count) await new Promise<void>((resolve) => watchers.push(resolve));
  };
  const end = (): Promise<void> => {
    controller.abort();
    return ended;
  };
  return { seen, untilSeen, end };
}

describe('tail', () => {
  it('gives what others append once and in order, by looking every now and then, and ends when it is told to', async () => {
    const { own, other, scheduler } = await openTwo();
    await other.log.append(deals('before'));
    const following = follow(own, { types: ['deal.*'] }, { pollMs: 7 });
    for (let round = 1; round <= 3; round += 1) {
      await scheduler.untilAsked(round);
      await other.log.append(deals(`${round}a`, `${round}b`));
      scheduler.elapse();
    }
    await scheduler.untilAsked(4);
    await following.end();
    expect(following.seen).toStrictEqual(['1a', '1b', '2a', '2b', '3a', '3b']);
    expect(scheduler.asked).toStrictEqual([7, 7, 7, 7]);
  });

  it('is woken by what is committed here, without the time of a poll', async () => {
    const { own, scheduler } = await openTwo();
    const following = follow(own);
    for (let round = 1; round <= 3; round += 1) {
      await scheduler.untilAsked(round);
      await own.log.append(deals(String(round)));
      // No time passes: the scheduler is never told that it did.
      await following.untilSeen(round);
    }
    await following.end();
    expect(following.seen).toStrictEqual(['1', '2', '3']);
  });

  it('is woken by what is published here too', async () => {
    const { own, scheduler } = await openTwo();
    const following = follow(own);
    await scheduler.untilAsked(1);
    own.bus.publish(deal('published'));
    await following.untilSeen(1);
    await following.end();
    expect(following.seen).toStrictEqual(['published']);
  });

  it('does not miss what is committed while the entries before it are looked at', async () => {
    const { own, scheduler } = await openTwo();
    await own.log.append(deals('first'));
    const seen: string[] = [];
    for await (const { event } of own.log.tail({}, { after: -1 })) {
      const { dealId } = event.payload as { dealId: string };
      seen.push(dealId);
      if (dealId === 'first') await own.log.append(deals('while looking'));
      else break;
    }
    expect(seen).toStrictEqual(['first', 'while looking']);
    expect(scheduler.asked).toHaveLength(0);
  });

  it('does not look again at what its filter has left out', async () => {
    const { own, other, store, scheduler } = await openTwo();
    const begins: (number | undefined)[] = [];
    const find = store.auditLog.find.bind(store.auditLog);
    store.auditLog.find = (query: AuditQuery) => {
      begins.push(query.after);
      return find(query);
    };
    const following = follow(own, { actor: 'user:nobody' }, { after: -1 });
    await scheduler.untilAsked(1);
    await other.log.append(deals('a', 'b', 'c'));
    scheduler.elapse();
    await scheduler.untilAsked(2);
    scheduler.elapse();
    await scheduler.untilAsked(3);
    await following.end();
    expect(begins).toStrictEqual([-1, -1, 2]);
    expect(following.seen).toStrictEqual([]);
  });

  it('begins where it is told to, and reads on without waiting while there is more', async () => {
    const { own, scheduler } = await openTwo();
    await own.log.append(deals(...Array.from({ length: 1_200 }, (_, index) => String(index))));
    const positions: number[] = [];
    for await (const entry of own.log.tail({}, { after: -1 })) {
      positions.push(entry.position);
      if (positions.length === 1_200) break;
    }
    expect(positions).toStrictEqual(positions.map((_, index) => index));
    expect(scheduler.asked).toHaveLength(0);
  });

  it('ends in the middle of a page, and at once with a signal that has aborted', async () => {
    const { own } = await openTwo();
    await own.log.append(deals('a', 'b', 'c'));
    const controller = new AbortController();
    const seen: number[] = [];
    for await (const entry of own.log.tail({}, { after: -1, signal: controller.signal })) {
      seen.push(entry.position);
      controller.abort();
    }
    for await (const entry of own.log.tail({}, { after: -1, signal: controller.signal })) seen.push(entry.position);
    expect(seen).toStrictEqual([0]);
  });

  it.each<[string, object, object]>([
    ['a misspelt filter', { misspelt: 1 }, {}],
    ['a misspelt option', {}, { pollMS: 5 }],
    ['a position before the first', {}, { after: -2 }],
    ['half a millisecond', {}, { pollMs: 0.5 }],
  ])('refuses %s', async (_, filter, options) => {
    const { own } = await openTwo();
    expect(await codeOf(own.log.tail(filter, options).next())).toBe('WAYMARK_INVALID_QUERY');
    await settle();
  });
});
