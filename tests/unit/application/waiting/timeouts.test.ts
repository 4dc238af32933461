import { jest } from '@jest/globals';
import { defineWorkflow, type NodeContext, task, timer, type TaskOptions } from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { checkpointId } from '../../../support/happened.js';
import { chain } from '../../../support/workflows.js';
import { openTimed, outcomeOf, payloadsOf, storyOf } from '../../../support/waiting.js';

function slow(options: TaskOptions) {
  return defineWorkflow({ id: 'slow', version: '1', nodes: { a: task(options) }, edges: {} });
}

const hang = (): Promise<never> => new Promise(() => undefined);

describe('a node with a time limit', () => {
  it('is told by its signal, and fails although its work does not end', async () => {
    const { waymark, time } = await openTimed();
    const contexts: NodeContext[] = [];
    const run = await waymark.executions.start(
      slow({
        timeoutMs: 500,
        run: (context) => {
          contexts.push(context);
          return hang();
        },
      }),
    );
    const outcome = outcomeOf(run);
    await time.pass(499);
    expect([outcome.result, contexts[0]?.signal.aborted]).toStrictEqual([undefined, false]);
    await time.pass(1);
    expect(outcome.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_NODE_TIMED_OUT' } });
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'WAYMARK_NODE_TIMED_OUT' });
    expect(await storyOf(waymark, run.id)).toStrictEqual([
      'execution.started',
      'node.started',
      'node.timed_out',
      'node.failed',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'node.timed_out')).toStrictEqual([
      { executionId: run.id, nodeId: 'a', occurrence: 1, attempt: 1, limitMs: 500 },
    ]);
    expect(await payloadsOf(waymark, 'node.failed')).toMatchObject([{ durationMs: 500 }]);
    expect(time.holding).toBe(0);
  });

  it('is tried again where its policy says so', async () => {
    const { waymark, time } = await openTimed();
    const work = ({ attempt }: NodeContext) => (attempt === 1 ? hang() : { a: 'done' });
    const run = await waymark.executions.start(
      slow({ timeoutMs: 500, retry: { attempts: 2, delayMs: 100 }, run: work }),
    );
    const outcome = outcomeOf(run);
    await time.pass(600);
    expect(outcome.result).toMatchObject({ status: 'completed', output: { a: 'done' } });
    expect((await storyOf(waymark, run.id)).slice(1, 5)).toStrictEqual([
      'node.started',
      'node.timed_out',
      'node.retry_scheduled',
      'node.started',
    ]);
    expect(await payloadsOf(waymark, 'node.retry_scheduled')).toMatchObject([
      { error: { code: 'WAYMARK_NODE_TIMED_OUT' } },
    ]);
  });

  it('that ends in time leaves no timer', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(slow({ timeoutMs: 500, heartbeatMs: 100, run: () => ({ a: 1 }) }));
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(time.holding).toBe(0);
  });

  it('that is cancelled leaves no timer', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(slow({ timeoutMs: 500, heartbeatMs: 100, run: hang }));
    await settle();
    await waymark.executions.cancel(run.id);
    await settle();
    expect(time.holding).toBe(0);
  });

  it('is not listened to any more when its time is up', async () => {
    const { waymark, time } = await openTimed();
    const gate = deferred();
    const run = await waymark.executions.start(
      slow({
        timeoutMs: 500,
        run: async ({ progress }) => {
          await gate.promise;
          progress(1, 'too late');
          throw new Error('too late');
        },
      }),
    );
    await time.pass(500);
    const story = await storyOf(waymark, run.id);
    gate.resolve();
    await settle();
    expect(await storyOf(waymark, run.id)).toStrictEqual(story);
  });
});

describe('a node with a heartbeat', () => {
  it('fails when it is silent for too long, and lives for as long as it is heard of', async () => {
    const { waymark, time } = await openTimed();
    const contexts: NodeContext[] = [];
    const run = await waymark.executions.start(
      slow({
        heartbeatMs: 1_000,
        run: (context) => {
          contexts.push(context);
          return hang();
        },
      }),
    );
    const outcome = outcomeOf(run);
    for (const sign of ['heartbeat', 'progress', 'heartbeat'] as const) {
      await time.pass(900);
      contexts[0]?.[sign]();
    }
    expect(outcome.result).toBeUndefined();
    await time.pass(1_000);
    expect(outcome.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_HEARTBEAT_LOST' } });
    expect((await storyOf(waymark, run.id)).slice(1)).toStrictEqual([
      'node.started',
      'node.progressed',
      'node.timed_out',
      'node.failed',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'node.timed_out')).toMatchObject([{ limitMs: 1_000 }]);
    expect(time.holding).toBe(0);
  });
});

describe('an execution with a time limit', () => {
  it('fails when it takes longer in all, and tells what runs', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(chain({ b: hang }), {}, { timeoutMs: 5_000 });
    const outcome = outcomeOf(run);
    await time.pass(4_999);
    expect(outcome.result).toBeUndefined();
    await time.pass(1);
    expect(outcome.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_EXECUTION_TIMED_OUT' } });
    expect((await storyOf(waymark, run.id)).slice(-4)).toStrictEqual([
      'node.started',
      'node.cancelled',
      'execution.timed_out',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'execution.timed_out')).toStrictEqual([
      { executionId: run.id, nodeId: 'b', limitMs: 5_000 },
    ]);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'failed', running: [], waiting: ['b'] });
    expect(time.holding).toBe(0);
  });

  it('can be gone back into: what ran is to be done again', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(chain({ b: hang }), {}, { timeoutMs: 5_000 });
    await time.pass(5_000);
    const forked = await waymark.executions.fork(await checkpointId(waymark, run.id, 'error'));
    await settle();
    expect(await waymark.executions.get(forked.id)).toMatchObject({
      status: 'running',
      running: [{ nodeId: 'b', attempt: 1 }],
    });
    await waymark.executions.cancel(forked.id);
  });

  it('can be gone back in, and goes on with another limit', async () => {
    const { waymark, time } = await openTimed();
    let isStuck = true;
    const run = await waymark.executions.start(chain({ b: () => (isStuck ? hang() : {}) }), {}, { timeoutMs: 5_000 });
    await time.pass(5_000);
    isStuck = false;
    const target = await checkpointId(waymark, run.id, 'exit', 'a');
    await waymark.executions.rollback(run.id, target);
    expect(await codeOf(waymark.executions.resume(run.id, { timeoutMs: 0 }))).toBe('WAYMARK_INVALID_ARGUMENT');
    const resumed = await waymark.executions.resume(run.id, { timeoutMs: null });
    expect(await resumed.result()).toMatchObject({ status: 'completed' });
    expect(await waymark.executions.get(run.id)).toMatchObject({ timeoutMs: null });
  });

  it('that was stopped fails when it goes on, where its time is up', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(chain({ c: hang }), {}, { timeoutMs: 5_000, breakpoints: ['b'] });
    await run.result();
    await time.pass(10_000);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', dueAt: null });
    const outcome = outcomeOf(await waymark.executions.resume(run.id));
    await time.pass(0);
    expect(outcome.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_EXECUTION_TIMED_OUT' } });
    expect(time.holding).toBe(0);
  });

  it('that was stopped fails when it goes on, however short the work is that is left', async () => {
    const { waymark, time } = await openTimed();
    const work = jest.fn(() => ({}));
    const run = await waymark.executions.start(chain({ b: work }), {}, { timeoutMs: 5_000, breakpoints: ['b'] });
    await run.result();
    await time.pass(10_000);
    const outcome = outcomeOf(await waymark.executions.resume(run.id));
    await time.pass(0);
    expect(outcome.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_EXECUTION_TIMED_OUT' } });
    expect(work).not.toHaveBeenCalled();
    expect((await storyOf(waymark, run.id)).slice(-3)).toStrictEqual([
      'execution.resumed',
      'execution.timed_out',
      'execution.failed',
    ]);
    expect(time.holding).toBe(0);
  });

  it('takes the limit of its workflow unless it has one of its own', async () => {
    const { waymark } = await openTimed();
    const limited = defineWorkflow({
      id: 'limited',
      version: '1',
      timeoutMs: 7_000,
      nodes: { a: task(() => ({})) },
      edges: {},
    });
    const [own, given] = [
      await waymark.executions.start(limited),
      await waymark.executions.start(limited, {}, { timeoutMs: 9 }),
    ];
    expect((await waymark.executions.get(own.id)).timeoutMs).toBe(7_000);
    expect((await waymark.executions.get(given.id)).timeoutMs).toBe(9);
    await Promise.all([own.result(), given.result()]);
  });

  it('counts the time in which it waits, and the time since it was started', async () => {
    const { waymark, time } = await openTimed();
    const waiting = defineWorkflow({
      id: 'waiting',
      version: '1',
      nodes: { a: timer({ afterMs: 60_000 }) },
      edges: {},
    });
    const run = await waymark.executions.start(waiting, {}, { timeoutMs: 5_000 });
    const outcome = outcomeOf(run);
    await settle();
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', dueAt: '2026-01-01T00:00:05.000Z' });
    await time.pass(5_000);
    expect(outcome.result).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_EXECUTION_TIMED_OUT' } });
    expect(time.holding).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, '5'])('refuses %p', async (timeoutMs) => {
    const { waymark } = await openTimed();
    expect(await codeOf(waymark.executions.start(chain(), {}, { timeoutMs: timeoutMs as number }))).toBe(
      'WAYMARK_INVALID_ARGUMENT',
    );
  });
});
