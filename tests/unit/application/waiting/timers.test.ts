import { defineWorkflow, task, timer, type TimerOptions } from '../../../../src/index.js';
import { settle } from '../../../support/deferred.js';
import { FaultyStore } from '../../../support/faulty-store.js';
import { happened } from '../../../support/happened.js';
import { openTimed, outcomeOf, payloadsOf, storyOf } from '../../../support/waiting.js';

const DAY = 86_400_000;

function later(options: TimerOptions) {
  return defineWorkflow({
    id: 'later',
    version: '1',
    nodes: { wait: timer(options), b: task(() => ({ b: 1 })) },
    edges: { wait: 'b' },
  });
}

describe('a timer', () => {
  it('pauses the execution, which takes no memory, and lets it go on at its time', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(later({ afterMs: 30 * DAY }));
    const outcome = outcomeOf(run);
    await settle();
    expect(await waymark.executions.get(run.id)).toMatchObject({
      status: 'paused',
      pauseReason: 'timer',
      owner: null,
      dueAt: '2026-01-31T00:00:00.000Z',
    });
    await time.pass(30 * DAY - 1);
    expect(outcome.result).toBeUndefined();
    const { types } = await happened(waymark, () => time.pass(1));
    expect(outcome.result).toMatchObject({ status: 'completed', output: { b: 1 } });
    expect(types.filter((type) => !type.startsWith('checkpoint.'))).toStrictEqual([
      'execution.resumed',
      'node.completed',
      'node.started',
      'node.completed',
      'execution.completed',
    ]);
    expect((await storyOf(waymark, run.id)).slice(0, 4)).toStrictEqual([
      'execution.started',
      'node.started',
      'node.suspended',
      'execution.paused',
    ]);
    expect(await payloadsOf(waymark, 'node.suspended')).toMatchObject([
      { awaiting: 'timer', dueAt: '2026-01-31T00:00:00.000Z' },
    ]);
    expect(time.holding).toBe(0);
  });

  it.each([
    ['a number of milliseconds of the state', { afterMs: ({ ms }) => Number(ms) }, { ms: 5_000 }, 5_000],
    ['a moment', { until: (state) => state['at'] as string }, { at: '2026-01-01T01:00:00+01:00' }, 0],
    ['a moment that has passed', { until: () => '2020-01-01' }, {}, 0],
    ['less than nothing', { afterMs: () => -5 }, {}, 0],
  ] as const satisfies readonly (readonly [string, TimerOptions, object, number])[])(
    'waits for %s',
    async (_, options, input, ms) => {
      const { waymark, time } = await openTimed();
      const outcome = outcomeOf(await waymark.executions.start(later(options), input));
      if (ms > 0) await time.pass(ms - 1);
      expect(outcome.result).toBeUndefined();
      await time.pass(1);
      expect(outcome.result).toMatchObject({ status: 'completed' });
    },
  );

  it('fails when it is told no moment', async () => {
    const { waymark } = await openTimed();
    const run = await waymark.executions.start(later({ until: () => 'tomorrow' }));
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_INVALID_ARGUMENT' } });
  });

  it('goes on after a restart: what was due meanwhile at once, what is due later at its time', async () => {
    const store = new FaultyStore();
    const first = await openTimed({}, store);
    const [soon, late] = [
      await first.waymark.executions.start(later({ afterMs: DAY })),
      await first.waymark.executions.start(later({ afterMs: 3 * DAY })),
    ];
    await settle();
    await first.waymark.close();
    expect(first.time.pending).toBe(0);
    await first.time.pass(2 * DAY);

    const { waymark, time } = await openTimed({}, store, first.time);
    waymark.executions.register(later({ afterMs: DAY }));
    expect(await waymark.executions.recover()).toMatchObject([{ executionId: soon.id, action: 'woken' }]);
    await settle();
    expect((await waymark.executions.get(soon.id)).status).toBe('completed');
    expect((await waymark.executions.get(late.id)).status).toBe('paused');
    await time.pass(DAY);
    expect((await waymark.executions.get(late.id)).status).toBe('completed');
    expect(time.holding).toBe(0);
  });

  it('tells whoever waits for the result that it is closed', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(later({ afterMs: DAY }));
    const outcome = outcomeOf(run);
    await settle();
    expect(time.holding).toBe(1);
    await waymark.close();
    await settle();
    expect(outcome.result).toMatchObject({ status: 'paused', reason: 'timer', dueAt: '2026-01-02T00:00:00.000Z' });
    expect(time.pending).toBe(0);
  });

  it('keeps the process alive only where somebody waits for the result', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(later({ afterMs: DAY }));
    await settle();
    expect(time.holding).toBe(0);
    outcomeOf(run);
    await settle();
    expect(time.holding).toBe(1);
  });

  it('is done once, however many processes wait for it', async () => {
    const store = new FaultyStore();
    const first = await openTimed({}, store);
    const run = await first.waymark.executions.start(later({ afterMs: DAY }));
    await settle();
    const { waymark } = await openTimed({}, store, first.time);
    waymark.executions.register(later({ afterMs: DAY }));
    await waymark.executions.recover();
    await first.time.pass(DAY);
    expect((await waymark.executions.get(run.id)).status).toBe('completed');
    expect((await storyOf(waymark, run.id)).filter((type) => type === 'execution.resumed')).toHaveLength(1);
  });

  it('is done for all that are due at once, and again later for what the store did not take', async () => {
    const store = new FaultyStore();
    const { waymark, time } = await openTimed({}, store);
    const ids = Array.from({ length: 40 }, (_, index) => `run-${index}`);
    for (const executionId of ids) await waymark.executions.start(later({ afterMs: DAY }), {}, { executionId });
    await settle();
    store.unitOfWork.fails = () => true;
    await time.pass(DAY);
    const states = async () => Promise.all(ids.map(async (id) => (await waymark.executions.get(id)).status));
    expect(new Set(await states())).toStrictEqual(new Set(['paused']));
    store.unitOfWork.fails = () => false;
    await time.pass(5_000);
    expect(new Set(await states())).toStrictEqual(new Set(['completed']));
    expect(time.holding).toBe(0);
  });

  it('is ended by the signal that the execution was started with, while it waits and after', async () => {
    const { waymark, time } = await openTimed();
    const hang = defineWorkflow({
      id: 'hang',
      version: '1',
      nodes: { wait: timer({ afterMs: DAY }), b: task(() => new Promise<never>(() => undefined)) },
      edges: { wait: 'b' },
    });
    const [early, late] = [new AbortController(), new AbortController()];
    const first = outcomeOf(await waymark.executions.start(hang, {}, { signal: early.signal }));
    const second = outcomeOf(await waymark.executions.start(hang, {}, { signal: late.signal }));
    await settle();
    early.abort('too long');
    await settle();
    expect(first.result).toMatchObject({ status: 'cancelled', reason: 'too long' });
    await time.pass(DAY);
    late.abort('far too long');
    await settle();
    expect(second.result).toMatchObject({ status: 'cancelled', reason: 'far too long' });
    expect(time.holding).toBe(0);
  });

  it('gives the result of what somebody did to the execution meanwhile', async () => {
    const { waymark, time } = await openTimed();
    const cancelled = outcomeOf(await waymark.executions.start(later({ afterMs: DAY }), {}, { executionId: 'one' }));
    const resumed = await waymark.executions.start(later({ afterMs: DAY }), {}, { executionId: 'two' });
    await settle();
    await waymark.executions.cancel('one', { reason: 'enough' });
    await settle();
    expect(cancelled.result).toMatchObject({ status: 'cancelled', reason: 'enough' });
    await waymark.executions.resume('two');
    await time.pass(DAY);
    expect(await resumed.result()).toMatchObject({ status: 'completed' });
    expect(time.holding).toBe(0);
  });
});
