import {
  type AuditGapRecorded,
  createWaymark,
  type DomainEvent,
  InMemoryStore,
  type Waymark,
  type WaymarkConfig,
  WaymarkError,
} from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { deal, deals } from '../../support/deals.js';
import { settle } from '../../support/deferred.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { ManualScheduler } from '../../support/manual-scheduler.js';
import { openWaymark } from '../../support/open-waymark.js';

/** A Waymark without a spill file, whose store is down, and whose waits the test ends. */
async function openDown(log: WaymarkConfig['log']) {
  const store = new FaultyStore();
  const scheduler = new ManualScheduler();
  const waymark = await openWaymark({ scheduler, log: { spill: false, ...log } }, store);
  store.unitOfWork.fails = () => true;
  const repair = (): void => {
    store.unitOfWork.fails = () => false;
  };
  /** Publishes one, and waits until the store has failed to take it. */
  const fail = async (): Promise<void> => {
    waymark.bus.publish(deal('first'));
    await scheduler.untilAsked(1);
  };
  return { store, scheduler, waymark, repair, fail };
}

/** What is in the log: deals by their names, and gaps by how much was lost. */
async function story(waymark: Waymark): Promise<readonly string[]> {
  const entries = await waymark.log.query({}, { limit: 10_000 });
  return entries.map(({ event }) => named(event));
}

function named(event: DomainEvent): string {
  const payload = event.payload as { dealId?: string; lost?: number };
  return event.type === 'audit.gap_recorded' ? `lost ${payload.lost}` : (payload.dealId ?? event.type);
}

async function gaps(waymark: Waymark): Promise<readonly AuditGapRecorded[]> {
  const entries = await waymark.log.query({ types: ['audit.gap_recorded'] });
  return entries.map(({ event }) => event as AuditGapRecorded);
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `d-${index}`);

describe('a buffer that is full while the store is down', () => {
  it('gives up the newest, and tells how many before anything that came later', async () => {
    const { waymark, repair, fail } = await openDown({ bufferEvents: 3 });
    await fail();
    for (const event of deals('a', 'b', 'c', 'd', 'e')) waymark.bus.publish(event);
    expect(waymark.pending()).toStrictEqual({ buffered: 3, spilled: 0, lost: 3 });
    repair();
    await waymark.flush();
    waymark.bus.publish(deal('later'));
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual(['first', 'a', 'b', 'lost 3', 'later']);
    expect(waymark.pending()).toStrictEqual({ buffered: 0, spilled: 0, lost: 3 });
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('says why, since when and until when', async () => {
    const { waymark, repair, fail } = await openDown({ bufferEvents: 1 });
    await fail();
    const lost = deals('a', 'b');
    for (const event of lost) waymark.bus.publish(event);
    repair();
    await waymark.flush();
    const [gap] = await gaps(waymark);
    expect(gap?.payload).toStrictEqual({
      lost: 2,
      reason: 'the store could not be written to, 1 events waited in memory, and spilling to a file is off',
      since: lost[0]?.occurredAt,
      until: lost[1]?.occurredAt,
    });
  });

  it('holds so many bytes, too', async () => {
    const { waymark, repair, fail } = await openDown({ bufferBytes: 2_000 });
    await fail();
    for (const event of deals(...names(20))) waymark.bus.publish(event);
    const { buffered, lost } = waymark.pending();
    expect(buffered).toBeGreaterThan(2);
    expect(buffered + lost).toBe(21);
    repair();
    await waymark.flush();
    expect((await story(waymark)).at(-1)).toBe(`lost ${lost}`);
  });

  it('takes events again once it has room, after the gap', async () => {
    const { waymark, store, scheduler, repair, fail } = await openDown({ bufferEvents: 300 });
    await fail();
    for (const event of deals(...names(301))) waymark.bus.publish(event);
    expect(waymark.pending().lost).toBe(2);
    // One chunk is taken, and then the store is down again.
    const next = store.unitOfWork.begun + 1;
    store.unitOfWork.fails = (transaction) => transaction !== next;
    scheduler.elapse();
    await scheduler.untilAsked(2);
    for (const event of deals('x', 'y')) waymark.bus.publish(event);
    expect(waymark.pending()).toStrictEqual({ buffered: 46, spilled: 0, lost: 2 });
    repair();
    await waymark.flush();
    expect((await story(waymark)).slice(-4)).toStrictEqual(['d-298', 'lost 2', 'x', 'y']);
  });

  it('is not bounded while the store works: a burst loses nothing', async () => {
    const waymark = await openWaymark({ log: { spill: false, bufferEvents: 10 } });
    for (const event of deals(...names(1_000))) waymark.bus.publish(event);
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual(names(1_000));
  });

  it('gives up what is too much of a burst when it turns out that the store is down', async () => {
    const { waymark, scheduler, repair } = await openDown({ bufferEvents: 10 });
    for (const event of deals(...names(100))) waymark.bus.publish(event);
    await scheduler.untilAsked(1);
    expect(waymark.pending()).toStrictEqual({ buffered: 10, spilled: 0, lost: 90 });
    repair();
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual([...names(10), 'lost 90']);
  });

  it('records a gap once, though the answer to its commit is lost, and tells who listens', async () => {
    const { waymark, store, scheduler, repair, fail } = await openDown({ bufferEvents: 1 });
    await fail();
    waymark.bus.publish(deal('a'));
    const heard: (number | undefined)[] = [];
    waymark.bus.subscribe('audit.*', (_, { position }) => heard.push(position));
    repair();
    const gap = store.unitOfWork.begun + 2;
    store.unitOfWork.losesAnswer = (transaction) => transaction === gap;
    scheduler.elapse();
    await scheduler.untilAsked(2);
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual(['first', 'lost 1']);
    expect(heard).toStrictEqual([1]);
  });
});

describe('an event that can never be recorded', () => {
  /** A store that takes everything but one event. */
  async function openChoosy(error: () => Error) {
    const store = new InMemoryStore();
    const append = store.auditLog.append.bind(store.auditLog);
    let isDown = false;
    store.auditLog.append = (drafts, scope) => {
      if (isDown) return Promise.reject(new WaymarkError('WAYMARK_STORE_UNAVAILABLE', 'Gone.'));
      const bad = drafts.some(({ rest }) => rest.includes('"bad"'));
      return bad ? Promise.reject(error()) : append(drafts, scope);
    };
    const scheduler = new ManualScheduler();
    const waymark = await openWaymark({ scheduler }, store);
    return { waymark, scheduler, down: (value: boolean) => (isDown = value) };
  }

  it('is given up after it failed three times by itself, in its place; the others are recorded', async () => {
    const { waymark, scheduler } = await openChoosy(() => new TypeError('no such thing'));
    for (const event of deals('a', 'bad', 'c')) waymark.bus.publish(event);
    // Once with the others, and then twice by itself.
    for (const wait of [1, 2, 3]) {
      await scheduler.untilAsked(wait);
      scheduler.elapse();
    }
    await waymark.flush();
    expect(await story(waymark)).toStrictEqual(['a', 'lost 1', 'c']);
    expect(waymark.pending()).toStrictEqual({ buffered: 0, spilled: 0, lost: 1 });
    const [gap] = await gaps(waymark);
    expect(gap?.payload.reason).toMatch(/^deal\.created \S+ can't be recorded: no such thing$/);
  });

  it('is kept for as long as the store does not take the record of its loss either', async () => {
    const { waymark, scheduler, down } = await openChoosy(() => new TypeError('no such thing'));
    for (const event of deals('a', 'bad', 'c')) waymark.bus.publish(event);
    await scheduler.untilAsked(1);
    scheduler.elapse();
    await scheduler.untilAsked(2);
    down(true);
    for (const wait of [3, 4, 5, 6]) {
      scheduler.elapse();
      await scheduler.untilAsked(wait);
    }
    expect(waymark.pending()).toStrictEqual({ buffered: 2, spilled: 0, lost: 0 });
  });

  it('is not told from others where the store says that the trouble is its own', async () => {
    const { waymark, scheduler } = await openChoosy(() => new WaymarkError('WAYMARK_STORE_FULL', 'Full.'));
    for (const event of deals('a', 'bad')) waymark.bus.publish(event);
    for (const wait of [1, 2, 3, 4, 5, 6]) {
      await scheduler.untilAsked(wait);
      scheduler.elapse();
    }
    await settle();
    expect(waymark.pending()).toStrictEqual({ buffered: 1, spilled: 0, lost: 0 });
    expect(await codeOf(waymark.flush())).toBe('WAYMARK_NOT_RECORDED');
  });
});

describe('what is set', () => {
  it.each([
    [{ bufferEvents: 0 }],
    [{ bufferBytes: 1.5 }],
    [{ spill: '' }],
    [{ spill: true }],
    [{ spillMaxBytes: -1 }],
    [{ bufferevents: 5 }],
  ])('is checked: %j', async (log) => {
    const error = await caughtWaymark(createWaymark({ storage: 'memory:', log: log as object }));
    expect(error.code).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
