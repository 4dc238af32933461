import assert from 'node:assert/strict';
import type { EventBus } from '../application/bus/event-bus.port.js';
import type { DomainEvent } from '../domain/events/domain-event.js';
import { BusHandlerFailed } from '../domain/events/families/bus.events.js';
import { NodeCompleted, NodeFailed } from '../domain/events/families/node.events.js';
import { type BusTest, call, completed, failed, nodeOf, nothing } from './event-bus/bus-under-test.js';
import { eventBusModeTests } from './event-bus/modes.contract.js';
import { eventBusOutcomeTests } from './event-bus/outcomes.contract.js';
import { rejectsWith, same, Thrown } from './expectations.js';
import type { TestHarness } from './harness.js';

/** Makes a new bus for each test. Its history holds at least ten events. */
export type EventBusFactory = () => EventBus | Promise<EventBus>;

/**
 * The contract of {@link EventBus}, as tests.
 *
 * @example
 * eventBusContract({ describe, it }, () => new RxEventBus(new EventFactory(clock, ids)));
 */
export function eventBusContract(harness: TestHarness, makeBus: EventBusFactory): void {
  const test: BusTest = (name, body) => {
    harness.it(name, async () => {
      const bus = await makeBus();
      try {
        await body(bus);
      } finally {
        await bus.close();
      }
    });
  };

  harness.describe('EventBus', () => {
    eventBusModeTests(harness, test);
    eventBusOutcomeTests(harness, test);

    harness.describe('publish', () => {
      test('returns when every handler has had the event, in the order of subscription', (bus) => {
        const seen: string[] = [];
        for (const name of ['first', 'second']) bus.subscribe('**', (event) => seen.push(`${name} ${nodeOf(event)}`));
        bus.publish(completed('a'));
        same(seen, ['first a', 'second a']);
      });

      test('is breadth-first: what a handler publishes waits until the present event has reached everybody', (bus) => {
        const seen: string[] = [];
        bus.subscribe('node.*', (event) => nodeOf(event) === 'a' && bus.publish(completed('b')));
        bus.subscribe('node.*', (event) => seen.push(nodeOf(event)));
        bus.publish(completed('a'));
        same(seen, ['a', 'b']);
      });

      test('refuses what is no event', async (bus) => {
        await rejectsWith(
          'WAYMARK_INVALID_EVENT',
          call(() => bus.publish({ type: 'node.completed' } as never)),
        );
      });

      test('stops handlers that publish in a circle', async (bus) => {
        const codes: unknown[] = [];
        bus.subscribe(NodeCompleted, () => {
          try {
            bus.publish(completed('again'));
          } catch (error) {
            codes.push((error as { code?: unknown }).code);
          }
        });
        bus.publish(completed('a'));
        same(codes, ['WAYMARK_BUS_RUNAWAY']);
      });

      test('numbers events from 1, without gaps', (bus) => {
        const numbers: number[] = [];
        bus.subscribe('**', (_, { sequence }) => numbers.push(sequence));
        for (const name of ['a', 'b', 'c']) bus.publish(completed(name));
        same(numbers, [1, 2, 3]);
      });
    });

    harness.describe('subscribe', () => {
      test('takes a type, a pattern, a class or a list, and nothing else', async (bus) => {
        const seen: string[] = [];
        const topics = { type: 'node.failed', pattern: 'node.*', class: NodeFailed, list: [NodeFailed, 'deal.**'] };
        for (const [name, topic] of Object.entries(topics)) bus.subscribe(topic, () => seen.push(name));
        bus.publish(completed('a'));
        same(seen, ['pattern']);
        bus.publish(failed('a'));
        same(seen.slice(1), ['type', 'pattern', 'class', 'list']);
        await rejectsWith(
          'WAYMARK_INVALID_TOPIC',
          call(() => bus.subscribe('Node.*', nothing)),
        );
        await rejectsWith(
          'WAYMARK_INVALID_HANDLER',
          call(() => bus.subscribe('**', 'handler' as never)),
        );
      });

      test('refuses an option that there is not', async (bus) => {
        await rejectsWith(
          'WAYMARK_INVALID_ARGUMENT',
          call(() => bus.subscribe('**', nothing, { filters: nothing } as never)),
        );
      });

      test('filters, ends after one, and ends by a signal', (bus) => {
        const seen: string[] = [];
        const controller = new AbortController();
        bus.subscribe('**', (event) => seen.push(`filtered ${nodeOf(event)}`), {
          filter: (event) => nodeOf(event) === 'b',
        });
        bus.subscribe('**', (event) => seen.push(`once ${nodeOf(event)}`), { once: true });
        bus.subscribe('**', (event) => seen.push(`signal ${nodeOf(event)}`), { signal: controller.signal });
        bus.publish(completed('a'));
        controller.abort();
        bus.publish(completed('b'));
        same(seen, ['once a', 'signal a', 'filtered b']);
      });

      test('during a delivery begins with the next event, and unsubscribing ends with the present one', (bus) => {
        const seen: string[] = [];
        bus.subscribe('**', () => {
          last.unsubscribe();
          last.unsubscribe();
          if (bus.metrics().published === 1) bus.subscribe('**', (event) => seen.push(`late ${nodeOf(event)}`));
        });
        const last = bus.subscribe('**', (event) => seen.push(`last ${nodeOf(event)}`));
        bus.publish(completed('a'));
        bus.publish(completed('b'));
        same(seen, ['late b']);
        assert.equal(last.active, false);
      });
    });

    harness.describe('a handler that fails', () => {
      for (const [how, fail] of [
        [
          'throws',
          (): never => {
            throw new Thrown('at once');
          },
        ],
        ['rejects', () => Promise.reject(new Thrown('later'))],
      ] as const) {
        test(`and ${how} reaches neither the publisher nor another handler, and is counted and reported`, async (bus) => {
          const seen: string[] = [];
          const reports: DomainEvent[] = [];
          bus.subscribe(BusHandlerFailed, (event) => reports.push(event));
          bus.subscribe(NodeCompleted, fail);
          bus.subscribe(NodeCompleted, (event) => seen.push(nodeOf(event)));
          bus.publish(completed('a'));
          await bus.settled();
          same(seen, ['a']);
          assert.equal(bus.metrics().failed, 1);
          same(
            reports.map(({ type }) => type),
            ['bus.handler_failed'],
          );
        });
      }
    });

    harness.describe('on', () => {
      test('is the same as an Observable, and completes when the bus closes', async (bus) => {
        const seen: string[] = [];
        bus
          .on(NodeCompleted)
          .subscribe({ next: (event) => seen.push(nodeOf(event)), complete: () => seen.push('complete') });
        bus.publish(completed('a'));
        await bus.close();
        same(seen, ['a', 'complete']);
      });
    });

    harness.describe('history', () => {
      test('gives the last events, oldest first, by topic, place and number', async (bus) => {
        for (const name of ['a', 'b', 'c']) bus.publish(completed(name));
        bus.publish(failed('d'));
        const names = (query?: Parameters<EventBus['history']>[0]): string[] => bus.history(query).events.map(nodeOf);
        same(names(), ['a', 'b', 'c', 'd']);
        same(names({ after: 1, limit: 2 }), ['c', 'd']);
        same(names({ topic: NodeFailed }), ['d']);
        const { oldest, newest, gap } = bus.history();
        same({ oldest, newest, gap }, { oldest: 1, newest: 4, gap: false });
        await rejectsWith(
          'WAYMARK_INVALID_ARGUMENT',
          call(() => bus.history({ limit: -1 })),
        );
      });
    });

    harness.describe('close', () => {
      test('waits for handlers, is idempotent, and takes no more events', async (bus) => {
        let isDone = false;
        bus.subscribe('**', async () => {
          await Promise.resolve();
          isDone = true;
        });
        bus.publish(completed('a'));
        await Promise.all([bus.close(), bus.close()]);
        assert.equal(isDone, true);
        await rejectsWith(
          'WAYMARK_BUS_CLOSED',
          call(() => bus.publish(completed('b'))),
        );
        await rejectsWith(
          'WAYMARK_BUS_CLOSED',
          call(() => bus.subscribe('**', nothing)),
        );
      });
    });
  });
}
