import { jest } from '@jest/globals';
import { UuidV7IdGenerator } from '../../../src/infrastructure/runtime/uuid-v7-id-generator.js';
import { deal, deals } from '../../support/deals.js';
import { FakeClock } from '../../support/fake-clock.js';
import { payloadOf } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

const NOON = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;

describe('a clock that is set back by an hour', () => {
  it('changes neither the order of the log nor what is recorded twice: positions count, and not times', async () => {
    const clock = new FakeClock(NOON);
    const waymark = await openWaymark({ clock });
    const [first, second] = deals('first', 'second');
    if (first === undefined || second === undefined) throw new Error('there are two');
    await waymark.log.append([first]);
    clock.set(NOON - HOUR);
    await waymark.log.append([second, first]);
    waymark.bus.publish(deal('third'));
    await waymark.flush();
    const entries = await waymark.log.query();
    expect(entries.map(({ position }) => position)).toStrictEqual([0, 1, 2]);
    expect(entries.map(({ event }) => (event.payload as { dealId: string }).dealId)).toStrictEqual([
      'first',
      'second',
      'third',
    ]);
    expect(entries.map(({ recordedAt }) => Date.parse(recordedAt))).toStrictEqual([NOON, NOON - HOUR, NOON - HOUR]);
    expect((await waymark.log.verify()).verdict).toBe('ok');
  });

  it('hides nothing from who follows the log', async () => {
    const clock = new FakeClock(NOON);
    const waymark = await openWaymark({ clock });
    await waymark.log.append(deals('first'));
    const tail = waymark.log.tail({}, { after: 0 })[Symbol.asyncIterator]();
    clock.set(NOON - HOUR);
    await waymark.log.append(deals('second'));
    const { value } = await tail.next();
    expect(value).toMatchObject({ position: 1, event: { payload: { dealId: 'second' } } });
    await tail.return?.();
  });

  it.each([
    ['back', -HOUR],
    ['ahead', HOUR],
  ])('or %s does not change how long a node and its execution took', async (_, ms) => {
    const clock = new FakeClock(NOON);
    const waymark = await openWaymark({ clock });
    const b = (): void => {
      clock.advance(40);
      clock.set(NOON + ms);
      clock.advance(2);
    };
    const run = await waymark.executions.start(chain({ b }));
    expect(await run.result()).toMatchObject({ status: 'completed' });
    const entries = await waymark.log.query({ executionId: run.id }, { limit: 1_000 });
    expect(payloadOf(entries, 'execution.completed')).toMatchObject({ durationMs: 42 });
    const durations = entries
      .filter(({ event }) => event.type === 'node.completed')
      .map(({ event }) => (event.payload as { durationMs: number }).durationMs);
    expect(durations).toStrictEqual([0, 42, 0]);
  });

  it('does not change the order of the ids that a process makes', () => {
    const generator = new UuidV7IdGenerator();
    const now = jest.spyOn(Date, 'now');
    try {
      const ids: string[] = [];
      for (const ms of [NOON, NOON, NOON - HOUR, NOON - 1, NOON, NOON + 1, NOON - HOUR]) {
        now.mockReturnValue(ms);
        ids.push(generator.next(), generator.next());
      }
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toStrictEqual(ids.toSorted());
    } finally {
      now.mockRestore();
    }
  });
});
