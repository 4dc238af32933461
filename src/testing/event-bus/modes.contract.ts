import assert from 'node:assert/strict';
import type { EventBus } from '../../application/bus/event-bus.port.js';
import { OVERFLOW_POLICIES, type OverflowPolicy } from '../../application/bus/subscription.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { BusEventDropped } from '../../domain/events/families/bus.events.js';
import { NodeCompleted } from '../../domain/events/families/node.events.js';
import { rejectsWith, same } from '../expectations.js';
import type { TestHarness } from '../harness.js';
import { begun, type BusTest, call, completed, type Gate, makeGate, nodeOf, nothing } from './bus-under-test.js';

/** What `EventBus` promises of the ways to listen: modes, full queues, and the past. */
export function eventBusModeTests(harness: TestHarness, test: BusTest): void {
  harness.describe('the mode async', () => {
    test('calls the handler after the publish, one event after another', async (bus) => {
      const seen: string[] = [];
      const handle = async (event: DomainEvent): Promise<void> => {
        seen.push(`begins ${nodeOf(event)}`);
        await begun();
        seen.push(`ends ${nodeOf(event)}`);
      };
      bus.subscribe('**', handle, { mode: 'async' });
      for (const name of ['a', 'b']) bus.publish(completed(name));
      same(seen, []);
      await bus.settled();
      same(seen, ['begins a', 'ends a', 'begins b', 'ends b']);
    });

    test('works on as many at a time as it may, and on one of each key', async (bus) => {
      const seen: string[] = [];
      const gate = makeGate();
      const key = (event: DomainEvent): string => nodeOf(event).charAt(0);
      const handle = (event: DomainEvent): Promise<void> => {
        seen.push(nodeOf(event));
        return gate.opened;
      };
      bus.subscribe('**', handle, { mode: 'async', concurrency: 2, key });
      for (const name of ['a1', 'a2', 'b1', 'c1']) bus.publish(completed(name));
      await begun();
      same(seen, ['a1', 'b1']);
      gate.open();
      await bus.settled();
      same(
        seen.filter((name) => name.startsWith('a')),
        ['a1', 'a2'],
      );
      assert.equal(seen.length, 4);
    });
  });

  harness.describe('the mode batch', () => {
    test('gives several events at once: when there are enough, and the rest when the bus settles', async (bus) => {
      const seen: string[] = [];
      bus.subscribe('**', (events) => seen.push(events.map(nodeOf).join('')), {
        mode: 'batch',
        size: 2,
        delayMs: 60_000,
      });
      for (const name of ['a', 'b', 'c']) bus.publish(completed(name));
      await begun();
      same(seen, ['ab']);
      await bus.settled();
      same(seen, ['ab', 'c']);
    });

    test('gives what is left when the bus closes', async (bus) => {
      const seen: string[] = [];
      bus.subscribe('**', (events) => seen.push(events.map(nodeOf).join('')), { mode: 'batch', delayMs: 60_000 });
      bus.publish(completed('a'));
      await bus.close();
      same(seen, ['a']);
    });
  });

  harness.describe('an option', () => {
    test('of another mode is refused', async (bus) => {
      for (const options of [{ size: 5 }, { mode: 'async', size: 5 }, { mode: 'batch', concurrency: 2 }]) {
        await rejectsWith(
          'WAYMARK_INVALID_ARGUMENT',
          call(() => bus.subscribe('**', nothing, options as never)),
        );
      }
    });

    test('map gives the handler something else than the event', async (bus) => {
      const seen: string[] = [];
      bus.subscribe('**', (name: string) => seen.push(name), { map: nodeOf });
      bus.subscribe('**', (name: string) => seen.push(name), { map: nodeOf, mode: 'async' });
      bus.publish(completed('a'));
      await bus.settled();
      same(seen, ['a', 'a']);
    });

    test('replay begins with the last events that the topic and the filter take', async (bus) => {
      const seen: string[] = [];
      for (const name of ['a', 'b', 'x', 'c']) bus.publish(completed(name));
      const filter = (event: DomainEvent): boolean => nodeOf(event) !== 'x';
      bus.subscribe('node.*', (event, { isReplay }) => seen.push(`${nodeOf(event)} ${isReplay}`), {
        replay: 2,
        filter,
      });
      bus.publish(completed('d'));
      same(seen, ['b true', 'c true', 'd false']);
    });
  });

  harness.describe('a full queue', () => {
    for (const overflow of OVERFLOW_POLICIES) {
      test(`under ${overflow} holds no more than it may`, async (bus) => {
        const { seen, gate } = await stuck(bus, overflow);
        const publishing = Promise.allSettled(['d', 'e'].map((name) => call(() => publish(bus, overflow, name))));
        await begun();
        assert.equal(bus.metrics().queueDepth, 2);
        gate.open();
        const results = await publishing;
        await bus.settled();
        same(seen, EXPECTED[overflow]);
        same(
          results.map(({ status }) => status),
          Array.from({ length: 2 }, () => (overflow === 'error' ? 'rejected' : 'fulfilled')),
        );
      });
    }

    test('tells of every event that it leaves out', async (bus) => {
      const reports: unknown[] = [];
      bus.subscribe(BusEventDropped, ({ payload }) => reports.push(payload));
      const { gate } = await stuck(bus, 'drop-oldest');
      bus.publish(completed('d'));
      same(reports, [{ eventType: 'node.completed', handler: 'stuck', policy: 'drop-oldest', dropped: 1 }]);
      assert.equal(bus.metrics().dropped, 1);
      gate.open();
    });
  });
}

/** What the handler gets of a, which it is busy with, b and c, which wait, and d and e, for which there is no room. */
const EXPECTED: Readonly<Record<OverflowPolicy, readonly string[]>> = {
  error: ['a', 'b', 'c'],
  'drop-oldest': ['a', 'd', 'e'],
  'drop-newest': ['a', 'b', 'c'],
  backpressure: ['a', 'b', 'c', 'd', 'e'],
};

function publish(bus: EventBus, overflow: OverflowPolicy, name: string): unknown {
  return overflow === 'backpressure' ? bus.publishAsync(completed(name)) : bus.publish(completed(name));
}

/** A handler that is busy with one event, and whose queue of two is full. */
async function stuck(
  bus: EventBus,
  overflow: OverflowPolicy,
): Promise<{ readonly seen: string[]; readonly gate: Gate }> {
  const gate = makeGate();
  const seen: string[] = [];
  const handle = (event: DomainEvent): Promise<void> => {
    seen.push(nodeOf(event));
    return gate.opened;
  };
  bus.subscribe(NodeCompleted, handle, { mode: 'async', queueSize: 2, overflow, name: 'stuck' });
  bus.publish(completed('a'));
  await begun();
  for (const name of ['b', 'c']) bus.publish(completed(name));
  return { seen, gate };
}
