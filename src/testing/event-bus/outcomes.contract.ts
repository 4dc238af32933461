import assert from 'node:assert/strict';
import type { Delivery } from '../../application/bus/subscription.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { BusDeadLettered, BusHandlerFailed } from '../../domain/events/families/bus.events.js';
import { NodeCompleted } from '../../domain/events/families/node.events.js';
import { rejectsWith, same, Thrown } from '../expectations.js';
import type { TestHarness } from '../harness.js';
import { begun, type BusTest, completed, failed, makeGate, nodeOf, nothing } from './bus-under-test.js';

/** What `EventBus` promises of what becomes of an event: outcomes, retries, time limits, dead letters. */
export function eventBusOutcomeTests(harness: TestHarness, test: BusTest): void {
  harness.describe('publishAsync', () => {
    test('resolves when every handler has finished, with what came of it', async (bus) => {
      const gate = makeGate();
      let isDone = false;
      bus.subscribe('**', () => gate.opened, { name: 'slow', mode: 'async' });
      bus.subscribe('**', nothing, { name: 'sync' });
      bus.subscribe(NodeCompleted, fail, { name: 'failing' });
      bus.subscribe('**', nothing, { name: 'batch', mode: 'batch' });
      const publishing = bus.publishAsync(completed('a')).finally(() => {
        isDone = true;
      });
      await begun();
      assert.equal(isDone, false);
      gate.open();
      const { sequence, outcomes } = await publishing;
      assert.equal(sequence, 1);
      same(
        outcomes.map(({ handler, status, attempts }) => ({ handler, status, attempts })),
        [
          { handler: 'slow', status: 'handled', attempts: 1 },
          { handler: 'sync', status: 'handled', attempts: 1 },
          { handler: 'failing', status: 'failed', attempts: 1 },
          { handler: 'batch', status: 'queued', attempts: 0 },
        ],
      );
    });

    test('in a handler does not wait for that one', async (bus) => {
      const seen: string[] = [];
      const handle = async (event: DomainEvent): Promise<void> => {
        seen.push(nodeOf(event));
        if (nodeOf(event) === 'a') await bus.publishAsync(completed('b'));
      };
      bus.subscribe(NodeCompleted, handle, { mode: 'async', queueSize: 1, overflow: 'backpressure' });
      await bus.publishAsync(completed('a'));
      await bus.settled();
      same(seen, ['a', 'b']);
    });

    test('rejects for what is no event, and after close', async (bus) => {
      await rejectsWith('WAYMARK_INVALID_EVENT', bus.publishAsync({} as never));
      await bus.close();
      await rejectsWith('WAYMARK_BUS_CLOSED', bus.publishAsync(completed('a')));
    });
  });

  harness.describe('a handler that is tried again', () => {
    test('is told which try it is, until it is done or may not be tried any more', async (bus) => {
      const seen: string[] = [];
      const reports: number[] = [];
      bus.subscribe(BusHandlerFailed, ({ payload }) => reports.push(payload.attempt));
      const handle = (event: DomainEvent, { attempt }: Delivery): void => {
        seen.push(`${nodeOf(event)} ${attempt}`);
        if (nodeOf(event) === 'never' || attempt < 2) fail();
      };
      bus.subscribe('node.*', handle, { retry: { attempts: 3, delayMs: 0 } });
      const second = await bus.publishAsync(completed('second'));
      const never = await bus.publishAsync(failed('never'));
      same(seen, ['second 1', 'second 2', 'never 1', 'never 2', 'never 3']);
      same(reports, [1, 1, 2, 3]);
      same(
        [...second.outcomes, ...never.outcomes].map(({ status, attempts }) => `${status} ${attempts}`),
        ['handled 2', 'failed 3'],
      );
    });

    test('is not tried again where its predicate says so', async (bus) => {
      let tries = 0;
      const handle = (): void => {
        tries += 1;
        fail();
      };
      bus.subscribe('node.*', handle, { retry: { attempts: 5, delayMs: 0, retryIf: () => false } });
      bus.publish(completed('a'));
      await bus.settled();
      assert.equal(tries, 1);
    });

    test('has failed when its time is up, and is told so', async (bus) => {
      const reasons: unknown[] = [];
      const handle = (_: DomainEvent, { signal }: Delivery): Promise<void> =>
        new Promise(() =>
          signal?.addEventListener('abort', () => reasons.push((signal.reason as { code?: unknown }).code)),
        );
      bus.subscribe('node.*', handle, { timeoutMs: 1 });
      const { outcomes } = await bus.publishAsync(completed('a'));
      same(
        outcomes.map(({ status, error }) => [status, (error as { code?: unknown }).code]),
        [['failed', 'WAYMARK_HANDLER_TIMEOUT']],
      );
      same(reasons, ['WAYMARK_HANDLER_TIMEOUT']);
    });
  });

  harness.describe('an event that a handler fails on for good', () => {
    test('is put aside, told of, and sent again to that handler only', async (bus) => {
      const told: string[] = [];
      const seen: string[] = [];
      let isDown = true;
      const handle = (event: DomainEvent): void => {
        if (isDown) fail();
        seen.push(`late ${nodeOf(event)}`);
      };
      bus.subscribe(BusDeadLettered, ({ payload }) => told.push(payload.handler));
      bus.subscribe(NodeCompleted, handle, { name: 'crm' });
      bus.subscribe(NodeCompleted, (event) => seen.push(nodeOf(event)), { name: 'other' });
      bus.publish(completed('a'));
      await bus.settled();
      const [letter] = await bus.deadLetters.list();
      assert.ok(letter !== undefined);
      same([letter.handler, letter.event.type, letter.attempts], ['crm', 'node.completed', 1]);
      same(told, ['crm']);
      isDown = false;
      assert.equal((await bus.deadLetters.redrive(letter.id)).status, 'handled');
      same(seen, ['a', 'late a']);
      assert.equal(await bus.deadLetters.count(), 0);
    });

    test('is one of its own, where it was a part of a batch', async (bus) => {
      bus.subscribe('node.*', fail, { mode: 'batch', name: 'batches' });
      for (const name of ['a', 'b']) bus.publish(completed(name));
      await bus.settled();
      assert.equal(await bus.deadLetters.count({ handler: 'batches' }), 2);
    });

    test('is not put aside where nobody wants that', async (bus) => {
      bus.subscribe('node.*', fail, { deadLetter: false });
      bus.publish(completed('a'));
      await bus.settled();
      assert.equal(await bus.deadLetters.count(), 0);
    });
  });

  harness.describe('settled and close in a handler', () => {
    for (const mode of ['sync', 'async', 'batch'] as const) {
      test(`do not wait for that one, in the mode ${mode}`, async (bus) => {
        let done = 0;
        const handle = async (): Promise<void> => {
          await bus.settled();
          await bus.close();
          done += 1;
        };
        bus.subscribe('node.*', handle, { mode } as never);
        bus.publish(completed('a'));
        await bus.settled();
        assert.equal(done, 1);
      });
    }

    test('give up who never settles, when the grace is over', async (bus) => {
      bus.subscribe('node.*', () => new Promise(() => undefined));
      bus.publish(completed('a'));
      await bus.close({ graceMs: 1 });
      assert.equal(bus.subscriptions().length, 0);
    });
  });
}

function fail(): never {
  throw new Thrown('a handler that fails');
}
