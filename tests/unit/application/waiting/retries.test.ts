import { defineWorkflow, type NodeContext, task, type TaskOptions } from '../../../../src/index.js';
import { settle } from '../../../support/deferred.js';
import { FaultyStore } from '../../../support/faulty-store.js';
import { Processes } from '../../../support/processes.js';
import { openTimed, outcomeOf, payloadsOf, storyOf } from '../../../support/waiting.js';

/** a → b, where a fails as often as is said. */
function failing(times: number, options: Partial<TaskOptions> = {}, attempts: NodeContext[] = []) {
  return defineWorkflow({
    id: 'failing',
    version: '1',
    nodes: {
      a: task({
        retry: { attempts: 3, delayMs: 1_000, factor: 2 },
        run: (context) => {
          attempts.push(context);
          if (context.attempt <= times) throw new Error(`failure ${context.attempt}`);
          return { a: context.attempt };
        },
        ...options,
      }),
      b: task(() => ({ b: 1 })),
    },
    edges: { a: 'b' },
  });
}

describe('a node with a retry policy', () => {
  it('is tried again after its delay, as the same occurrence, until it succeeds', async () => {
    const { waymark, time } = await openTimed();
    const attempts: NodeContext[] = [];
    const run = await waymark.executions.start(failing(2, {}, attempts));
    const outcome = outcomeOf(run);
    await settle();
    expect(await waymark.executions.get(run.id)).toMatchObject({
      status: 'running',
      running: [],
      suspended: [
        {
          nodeId: 'a',
          occurrence: 1,
          attempt: 1,
          awaiting: 'retry',
          dueAt: '2026-01-01T00:00:01.000Z',
          error: { message: 'failure 1' },
        },
      ],
    });
    await time.pass(999);
    expect(attempts).toHaveLength(1);
    await time.pass(1);
    expect(attempts).toHaveLength(2);
    await time.pass(2_000);
    expect(outcome.result).toMatchObject({ status: 'completed', output: { b: 1 } });
    expect(
      attempts.map(({ occurrence, attempt, idempotencyKey }) => [occurrence, attempt, idempotencyKey]),
    ).toStrictEqual([1, 2, 3].map((attempt) => [1, attempt, `${run.id}/a/1`]));
    expect(await storyOf(waymark, run.id)).toStrictEqual([
      'execution.started',
      'node.started',
      'node.retry_scheduled',
      'node.started',
      'node.retry_scheduled',
      'node.started',
      'node.completed',
      'node.started',
      'node.completed',
      'execution.completed',
    ]);
    expect(await payloadsOf(waymark, 'node.retry_scheduled')).toMatchObject([
      { nodeId: 'a', attempt: 1, nextAttempt: 2, delayMs: 1_000, error: { message: 'failure 1' } },
      { nodeId: 'a', attempt: 2, nextAttempt: 3, delayMs: 2_000, error: { message: 'failure 2' } },
    ]);
    expect(time.holding).toBe(0);
  });

  it('fails with the last error when its attempts are spent', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(failing(9));
    const outcome = outcomeOf(run);
    await time.pass(3_000);
    expect(outcome.result).toMatchObject({ status: 'failed', nodeId: 'a', error: { message: 'failure 3' } });
    expect((await storyOf(waymark, run.id)).slice(-3)).toStrictEqual([
      'node.started',
      'node.failed',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'node.failed')).toMatchObject([{ attempt: 3 }]);
    expect(time.holding).toBe(0);
  });

  it('is tried again in the same step where there is no delay', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(failing(1, { retry: { attempts: 2 } }));
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect((await storyOf(waymark, run.id)).slice(1, 4)).toStrictEqual([
      'node.started',
      'node.retry_scheduled',
      'node.started',
    ]);
    expect(time.holding).toBe(0);
  });

  it('is not tried again for what can not be helped', async () => {
    const { waymark } = await openTimed();
    const hopeless = (): never => {
      throw Object.assign(new Error('no'), { recoverable: false });
    };
    const run = await waymark.executions.start(failing(0, { run: hopeless }));
    expect(await run.result()).toMatchObject({ status: 'failed' });
    expect(await payloadsOf(waymark, 'node.failed')).toMatchObject([{ attempt: 1, recoverable: false }]);
  });

  it('is tried again although its process is gone: the wait is durable', async () => {
    const store = new FaultyStore();
    const processes = new Processes();
    const dead = await openTimed({ identity: processes.identity('host/1') }, store);
    const run = await dead.waymark.executions.start(failing(1));
    await settle();
    processes.kill('host/1');

    const { waymark, time } = await openTimed({ identity: processes.identity('host/2') }, store, dead.time);
    const attempts: NodeContext[] = [];
    waymark.executions.register(failing(1, {}, attempts));
    const taken = outcomeOf(await waymark.executions.resume(run.id));
    await settle();
    expect(attempts).toHaveLength(0);
    await time.pass(1_000);
    expect(taken.result).toMatchObject({ status: 'completed' });
    expect(attempts.map(({ occurrence, attempt }) => [occurrence, attempt])).toStrictEqual([[1, 2]]);
  });

  it('releases the execution while it waits for long, and its handle waits on', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(failing(1, { retry: { attempts: 2, delayMs: 120_000 } }));
    const outcome = outcomeOf(run);
    await settle();
    expect(await waymark.executions.get(run.id)).toMatchObject({
      status: 'paused',
      pauseReason: 'timer',
      owner: null,
      dueAt: '2026-01-01T00:02:00.000Z',
    });
    expect(outcome.result).toBeUndefined();
    await time.pass(120_000);
    expect(outcome.result).toMatchObject({ status: 'completed' });
    expect((await storyOf(waymark, run.id)).slice(1, 6)).toStrictEqual([
      'node.started',
      'node.retry_scheduled',
      'execution.paused',
      'execution.resumed',
      'node.started',
    ]);
    expect(time.holding).toBe(0);
  });

  it('is waited for in memory as long as maxInMemoryWaitMs says', async () => {
    const kept = await openTimed({ executions: { maxInMemoryWaitMs: 1_000 } });
    const running = await kept.waymark.executions.start(failing(1));
    await settle();
    expect(await kept.waymark.executions.get(running.id)).toMatchObject({
      status: 'running',
      dueAt: expect.any(String),
    });
    for (const maxInMemoryWaitMs of [0, 999]) {
      const { waymark, time } = await openTimed({ executions: { maxInMemoryWaitMs } });
      const run = await waymark.executions.start(failing(1));
      await settle();
      expect(await waymark.executions.get(run.id)).toMatchObject({
        status: 'paused',
        pauseReason: 'timer',
        owner: null,
      });
      await time.pass(1_000);
      expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'completed' });
    }
  });

  it('lets go of the wait when the execution is cancelled', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(failing(1));
    await settle();
    expect(await waymark.executions.cancel(run.id)).toMatchObject({ status: 'cancelled' });
    expect(await waymark.executions.get(run.id)).toMatchObject({ suspended: [], waiting: ['a'], dueAt: null });
    await settle();
    expect(time.holding).toBe(0);
  });

  it('waits while somebody has paused the execution, and is tried again when it goes on', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(failing(1));
    await settle();
    expect(await waymark.executions.pause(run.id)).toMatchObject({ status: 'paused', reason: 'requested' });
    await time.pass(10_000);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', dueAt: null });
    expect(await (await waymark.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });
});
