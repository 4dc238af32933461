import { defineWorkflow, signal, type SignalOptions, task } from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { FaultyStore } from '../../../support/faulty-store.js';
import { happened } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { openTimed, outcomeOf, payloadsOf, storyOf } from '../../../support/waiting.js';

/** order → paid → ship, where paid waits for a signal. */
function order(options: Partial<SignalOptions> = {}, work: () => Promise<object> | object = () => ({})) {
  return defineWorkflow({
    id: 'order',
    version: '1',
    nodes: {
      order: task(work),
      paid: signal({ name: 'paid', into: 'payment', ...options }),
      ship: task(({ state }) => ({ shipped: state['payment'] ?? null })),
    },
    edges: { order: 'paid', paid: 'ship' },
  });
}

describe('a signal', () => {
  it('ends the wait of the node, and what comes with it becomes part of the state', async () => {
    const { waymark, time } = await openTimed();
    const started = await waymark.executions.start(order());
    expect(await started.result()).toMatchObject({ status: 'paused', reason: 'signal' });
    expect(await payloadsOf(waymark, 'node.suspended')).toMatchObject([{ awaiting: 'signal', signalName: 'paid' }]);
    const { result, types, entries } = await happened(waymark, () =>
      waymark.executions.signal(started.id, 'paid', { amount: 12 }, { actor: 'service:bank' }),
    );
    expect(result).toMatchObject({ nodeId: 'paid', outcome: 'continued' });
    expect(types.slice(0, 3)).toStrictEqual(['execution.resumed', 'node.completed', 'checkpoint.created']);
    expect(entries[1]?.event.context.actor).toBe('service:bank');
    expect(await result.run?.result()).toMatchObject({ status: 'completed', output: { shipped: { amount: 12 } } });
    expect(time.holding).toBe(0);
  });

  it("with which its node can't go on is refused to who sends it, and nothing is recorded", async () => {
    const { waymark } = await openTimed();
    const bare = defineWorkflow({
      id: 'bare',
      version: '1',
      nodes: { paid: signal({ name: 'paid' }) },
      edges: {},
    });
    const run = await waymark.executions.start(bare);
    await run.result();
    // Also where the definition is not loaded.
    const elsewhere = await openWaymark({}, waymark.store);
    for (const sender of [waymark, elsewhere]) {
      for (const payload of [12, 'x', [1], true]) {
        const { result, types } = await happened(waymark, () =>
          caughtWaymark(sender.executions.signal(run.id, 'paid', payload)),
        );
        expect([result.code, types]).toStrictEqual(['WAYMARK_SIGNAL_MISFIT', []]);
      }
    }
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', signals: [] });
    const sent = await waymark.executions.signal(run.id, 'paid', { amount: 12 });
    expect(await sent.run?.result()).toMatchObject({ status: 'completed', output: { amount: 12 } });
  });

  it("that was kept is not taken by a node that can't go on with it", async () => {
    const { waymark } = await openTimed();
    const gate = deferred<object>();
    const both = defineWorkflow({
      id: 'both',
      version: '1',
      nodes: {
        order: task(() => gate.promise),
        bare: signal({ name: 'paid' }),
        keyed: signal({ name: 'paid', into: 'sum' }),
      },
      edges: { order: 'bare', bare: 'keyed' },
    });
    const run = await waymark.executions.start(both);
    await waymark.executions.signal(run.id, 'paid', 12);
    gate.resolve({});
    expect(await run.result()).toMatchObject({ status: 'paused', reason: 'signal' });
    const sent = await waymark.executions.signal(run.id, 'paid', { by: 'bank' });
    expect(await sent.run?.result()).toMatchObject({ status: 'completed', output: { sum: 12 } });
  });

  it('that comes before its node waits is kept, in the order in which signals came', async () => {
    const { waymark } = await openTimed();
    const gate = deferred<object>();
    const twice = defineWorkflow({
      id: 'twice',
      version: '1',
      nodes: {
        order: task(() => gate.promise),
        first: signal({ name: 'paid', into: 'first' }),
        second: signal({ name: 'paid', into: 'second' }),
      },
      edges: { order: 'first', first: 'second' },
    });
    const run = await waymark.executions.start(twice);
    await settle();
    const { result, types } = await happened(waymark, () =>
      waymark.executions.signal(run.id, 'paid', 1, { actor: 'user:ada' }),
    );
    expect([result, types]).toStrictEqual([
      { executionId: run.id, nodeId: null, occurrence: null, outcome: 'kept' },
      [],
    ]);
    await waymark.executions.signal(run.id, 'paid', [2]);
    expect((await waymark.executions.get(run.id)).signals).toStrictEqual([
      { name: 'paid', value: 1, at: '2026-01-01T00:00:00.000Z', by: 'user:ada' },
      { name: 'paid', value: [2], at: '2026-01-01T00:00:00.000Z' },
    ]);
    gate.resolve({});
    expect(await run.result()).toMatchObject({ status: 'completed', output: { second: [2] } });
    expect(await waymark.executions.get(run.id)).toMatchObject({ signals: [] });
    const story = await storyOf(waymark, run.id);
    expect(story).not.toContain('node.suspended');
    expect(story).not.toContain('execution.paused');
  });

  it('is kept with an execution that stands still, and outlives the process', async () => {
    const store = new FaultyStore();
    const first = await openTimed({}, store);
    const run = await first.waymark.executions.start(order(), {}, { breakpoints: ['paid'] });
    await run.result();
    const { waymark } = await openTimed({}, store);
    expect(await waymark.executions.signal(run.id, 'paid', 'early')).toMatchObject({ outcome: 'kept' });
    await first.waymark.close();
    waymark.executions.register(order());
    const resumed = await waymark.executions.resume(run.id);
    expect(await resumed.result()).toMatchObject({ status: 'completed', output: { shipped: 'early' } });
  });

  it('that no node ever waits for is refused', async () => {
    const { waymark } = await openTimed();
    const run = await waymark.executions.start(order());
    await run.result();
    const error = await caughtWaymark(waymark.executions.signal(run.id, 'payed'));
    expect([error.code, error.hint]).toStrictEqual(['WAYMARK_NOTHING_WAITS', 'What waits: paid for signal.']);
    expect(await codeOf(waymark.executions.signal(run.id, ''))).toBe('WAYMARK_INVALID_ID');
    expect(await codeOf(waymark.executions.signal(run.id, 'paid', { when: new Date() }))).toBe('WAYMARK_NOT_JSON');
    expect(await codeOf(waymark.executions.signal('nobody', 'paid'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
  });

  it('is kept a thousand times at most', async () => {
    const { waymark } = await openTimed();
    const gate = deferred<object>();
    const run = await waymark.executions.start(order({}, () => gate.promise));
    await settle();
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => waymark.executions.signal(run.id, 'paid', index)));
    expect(await codeOf(waymark.executions.signal(run.id, 'paid'))).toBe('WAYMARK_TOO_MANY_SIGNALS');
    gate.resolve({});
    expect(await run.result()).toMatchObject({ status: 'completed', output: { shipped: 0 } });
    expect(await codeOf(waymark.executions.signal(run.id, 'paid'))).toBe('WAYMARK_ILLEGAL_TRANSITION');
  });

  it('without a key sets the keys of what comes', async () => {
    const { waymark } = await openTimed();
    const bare = defineWorkflow({ id: 'bare', version: '1', nodes: { paid: signal({ name: 'paid' }) }, edges: {} });
    const outcomes = await Promise.all(
      [{ amount: 1 }, undefined].map(async (payload) => {
        const run = await waymark.executions.start(bare);
        await run.result();
        return (await waymark.executions.signal(run.id, 'paid', payload)).run?.result();
      }),
    );
    expect(outcomes).toMatchObject([
      { status: 'completed', output: { amount: 1 } },
      { status: 'completed', output: {} },
    ]);
  });

  it('that does not come in time fails its node', async () => {
    const { waymark, time } = await openTimed();
    const run = await waymark.executions.start(order({ timeoutMs: 60_000 }));
    const outcome = outcomeOf(run);
    await time.pass(0);
    expect(outcome.result).toMatchObject({ status: 'paused', reason: 'signal', dueAt: '2026-01-01T00:01:00.000Z' });
    await time.pass(60_000);
    expect(await waymark.executions.get(run.id)).toMatchObject({
      status: 'failed',
      error: { code: 'WAYMARK_SIGNAL_TIMED_OUT' },
    });
    expect(time.holding).toBe(0);
  });
});
