import { type NodeContext, runWithContext, type Waymark } from '../../../src/index.js';
import { codeOf } from '../../support/caught.js';
import { deferred, settle } from '../../support/deferred.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { happened, payloadOf, statesOf } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain, diamond } from '../../support/workflows.js';

/** A run of a → b → c that is in the middle of b, until the gate opens. */
async function runningB(waymark: Waymark, signals: AbortSignal[] = []) {
  const gate = deferred();
  const b = async ({ signal }: NodeContext): Promise<object> => {
    signals.push(signal);
    await gate.promise;
    return { b: 'finished' };
  };
  const run = await waymark.executions.start(chain({ b }), {}, { actor: 'user:starter' });
  await settle();
  return { run, gate };
}

describe('pause', () => {
  it('waits for what runs, keeps its result, and stops before the next node', async () => {
    const waymark = await openWaymark();
    const { run, gate } = await runningB(waymark);
    const { result, types, entries } = await happened(waymark, async () => {
      const pausing = waymark.executions.pause(run.id, { actor: 'user:pauser' });
      await settle();
      gate.resolve();
      return pausing;
    });
    expect(result).toMatchObject({ status: 'paused', reason: 'requested', nextNodeIds: ['c'] });
    expect(types).toStrictEqual([
      'node.completed',
      'checkpoint.created',
      'checkpoint.node_boundary_recorded',
      'execution.paused',
    ]);
    expect(entries.map(({ event }) => event.context.actor)).toStrictEqual([
      'user:starter',
      'user:starter',
      'user:starter',
      'user:pauser',
    ]);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', owner: null, waiting: ['c'] });
    expect(await run.result()).toStrictEqual(result);
  });

  it('comes too late for a run that ends first', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain({ c: () => void pausing.push(waymark.executions.pause(run.id)) }));
    const pausing: Promise<unknown>[] = [];
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(await pausing[0]).toMatchObject({ status: 'completed' });
  });

  it('is refused for what does not run', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    expect(await codeOf(waymark.executions.pause(run.id))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    expect(await codeOf(waymark.executions.pause('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
  });
});

describe('cancel', () => {
  it('ends the run at once: the signal aborts, and what the node returns is not kept', async () => {
    const waymark = await openWaymark();
    const signals: AbortSignal[] = [];
    const { run, gate } = await runningB(waymark, signals);
    const { result, types, entries } = await happened(waymark, () =>
      waymark.executions.cancel(run.id, { reason: 'too dear', actor: 'user:canceller' }),
    );
    expect(result).toStrictEqual({ status: 'cancelled', executionId: run.id, reason: 'too dear' });
    expect(types).toStrictEqual(['node.cancelled', 'execution.cancelled']);
    expect(entries.map(({ event }) => event.context.actor)).toStrictEqual(['user:canceller', 'user:canceller']);
    expect(payloadOf(entries, 'execution.cancelled')).toMatchObject({ nodeId: 'b', reason: 'too dear' });
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toMatchObject({ code: 'WAYMARK_CANCELLED' });
    const after = await happened(waymark, async () => {
      gate.resolve();
      await settle();
    });
    expect(after.types).toStrictEqual([]);
    expect((await statesOf(waymark, run.id)).at(-1)).toStrictEqual(['exit a', { a: 1 }]);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'cancelled', owner: null, running: [] });
  });

  // An event must never name somebody who did not do it.
  it('by nobody in particular is not blamed on whoever started the run', async () => {
    const waymark = await openWaymark();
    const { run, gate } = await runningB(waymark);
    const { entries } = await happened(waymark, () => waymark.executions.cancel(run.id));
    expect(entries.map(({ event }) => event.context.actor)).toStrictEqual([undefined, undefined]);
    expect(entries.map(({ event }) => event.context.correlationId)).toStrictEqual([run.id, run.id]);
    gate.resolve();
  });

  it('is by the actor of its surroundings when none is named', async () => {
    const waymark = await openWaymark();
    const { run, gate } = await runningB(waymark);
    const { entries } = await happened(waymark, () =>
      runWithContext({ actor: 'user:around' }, () => waymark.executions.cancel(run.id)),
    );
    expect(entries.map(({ event }) => event.context.actor)).toStrictEqual(['user:around', 'user:around']);
    gate.resolve();
  });

  it('overrules a pause, and the first of several is the one that counts', async () => {
    const waymark = await openWaymark();
    const { run, gate } = await runningB(waymark);
    const results = await Promise.all([
      waymark.executions.pause(run.id),
      waymark.executions.cancel(run.id, { reason: 'first' }),
      waymark.executions.cancel(run.id, { reason: 'second' }),
    ]);
    expect(results).toMatchObject([1, 2, 3].map(() => ({ status: 'cancelled', reason: 'first' })));
    gate.resolve();
  });

  it('stops every parallel node', async () => {
    const waymark = await openWaymark();
    const signals: AbortSignal[] = [];
    const forever = ({ signal }: NodeContext): Promise<void> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const run = await waymark.executions.start(diamond({ left: forever, right: forever }));
    await settle();
    const { types } = await happened(waymark, () => waymark.executions.cancel(run.id));
    expect(types).toStrictEqual(['node.cancelled', 'node.cancelled', 'execution.cancelled']);
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([true, true]);
  });

  it('ends a paused one, by whoever asks', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'], actor: 'user:starter' });
    await run.result();
    const { result, types, entries } = await happened(waymark, () =>
      waymark.executions.cancel(run.id, { actor: 'user:canceller', reason: 'no more' }),
    );
    expect(result).toMatchObject({ status: 'cancelled', reason: 'no more' });
    expect(types).toStrictEqual(['execution.cancelled']);
    expect(entries[0]?.event.context.actor).toBe('user:canceller');
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'cancelled', waiting: ['b'] });
  });

  // The wish came while the pause was being written: the run must not be left standing.
  it('ends one that pauses at this very moment', async () => {
    const store = new FaultyStore();
    const waymark = await openWaymark({}, store);
    const gate = deferred();
    const run = await waymark.executions.start(
      chain({ a: () => void (store.unitOfWork.hold = () => gate.promise) }),
      {},
      {
        breakpoints: ['b'],
      },
    );
    await settle();
    const cancelling = waymark.executions.cancel(run.id, { reason: 'now' });
    await settle();
    gate.resolve();
    expect(await cancelling).toMatchObject({ status: 'cancelled', reason: 'now' });
    expect((await waymark.executions.get(run.id)).status).toBe('cancelled');
  });

  it.each(['completed', 'failed', 'cancelled'])('is refused for what is %s', async (status) => {
    const waymark = await openWaymark();
    const fails = { b: () => Promise.reject(new Error('x')) };
    const breakpoints = status === 'cancelled' ? ['b'] : [];
    const run = await waymark.executions.start(chain(status === 'failed' ? fails : {}), {}, { breakpoints });
    await run.result();
    if (status === 'cancelled') await waymark.executions.cancel(run.id);
    expect((await waymark.executions.get(run.id)).status).toBe(status);
    expect(await codeOf(waymark.executions.cancel(run.id))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    expect(await codeOf(waymark.executions.cancel('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
  });
});

describe('a second start or resume of a run that is going on', () => {
  it('is refused, and the run stays in hand', async () => {
    const waymark = await openWaymark();
    const { run, gate } = await runningB(waymark);
    expect(await codeOf(waymark.executions.start(chain(), {}, { executionId: run.id }))).toBe(
      'WAYMARK_VERSION_CONFLICT',
    );
    expect(await codeOf(waymark.executions.resume(run.id))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    await settle();
    expect(waymark.executions.isOrphan(await waymark.executions.get(run.id))).toBe(false);
    const pausing = waymark.executions.pause(run.id);
    gate.resolve();
    expect(await pausing).toMatchObject({ status: 'paused' });
  });

  it('of two resumes at once lets one through, and the run stays in hand', async () => {
    const waymark = await openWaymark();
    const gate = deferred();
    const run = await waymark.executions.start(chain({ b: () => gate.promise }), {}, { breakpoints: ['b'] });
    await run.result();
    const results = await Promise.allSettled([1, 2].map(() => waymark.executions.resume(run.id)));
    expect(results.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected']);
    await settle();
    const pausing = waymark.executions.pause(run.id);
    gate.resolve();
    expect(await pausing).toMatchObject({ status: 'paused', nextNodeIds: ['c'] });
  });
});

describe('closing', () => {
  it('leaves what runs paused and resumable, and starts nothing more', async () => {
    const store = new FaultyStore();
    const waymark = await openWaymark({}, store);
    const { run, gate } = await runningB(waymark);
    const closing = waymark.close();
    expect(await codeOf(waymark.executions.start(chain()))).toBe('WAYMARK_CLOSED');
    gate.resolve();
    await closing;
    expect(await run.result()).toMatchObject({ status: 'paused', reason: 'requested' });
    const next = await openWaymark({}, store);
    next.executions.register(chain());
    expect(await (await next.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
    expect(await next.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('waits for verbs that are under way', async () => {
    const store = new FaultyStore();
    const waymark = await openWaymark({}, store);
    const run = await waymark.executions.start(chain());
    await run.result();
    const [first] = await waymark.checkpoints.list(run.id);
    const rolling = waymark.executions.rollback(run.id, first!.id);
    await waymark.close();
    expect(await rolling).toMatchObject({ toCheckpointId: first!.id });
    expect((await store.executions.find(run.id))?.status).toBe('paused');
  });
});

describe('a signal', () => {
  it('cancels the execution that was started with it, and its reason is recorded', async () => {
    const waymark = await openWaymark();
    const interrupt = new AbortController();
    const gate = deferred();
    const run = await waymark.executions.start(chain({ b: () => gate.promise }), {}, { signal: interrupt.signal });
    await settle();
    interrupt.abort('interrupted');
    expect(await run.result()).toStrictEqual({ status: 'cancelled', executionId: run.id, reason: 'interrupted' });
    gate.resolve();
  });

  it('that has aborted already starts nothing', async () => {
    const waymark = await openWaymark();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(waymark.executions.start(chain(), {}, { signal })).rejects.toThrow('too late');
    expect(await waymark.executions.list()).toHaveLength(0);
    expect((await waymark.log.head()).size).toBe(0);
  });

  it('that aborts after the end changes nothing', async () => {
    const waymark = await openWaymark();
    const interrupt = new AbortController();
    const run = await waymark.executions.start(chain(), {}, { signal: interrupt.signal });
    await run.result();
    interrupt.abort();
    await settle();
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'completed' });
  });

  it('cancels a fork and a resumed execution too', async () => {
    const waymark = await openWaymark();
    const interrupt = new AbortController();
    const { signal } = interrupt;
    const gate = deferred();
    const workflow = chain({ c: () => gate.promise });
    const paused = await waymark.executions.start(workflow, {}, { breakpoints: ['c'] });
    const standing = await paused.result();
    if (standing.status !== 'paused') throw new Error(`it is ${standing.status}`);
    const forked = await waymark.executions.fork(standing.checkpointId, { signal });
    const resumed = await waymark.executions.resume(paused.id, { signal });
    await settle();
    interrupt.abort('enough');
    expect(await forked.result()).toMatchObject({ status: 'cancelled', reason: 'enough' });
    expect(await resumed.result()).toMatchObject({ status: 'cancelled', reason: 'enough' });
    gate.resolve();
  });
});
