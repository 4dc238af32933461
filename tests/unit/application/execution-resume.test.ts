import type { ExecutionResult, NodeContext } from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { deferred, settle } from '../../support/deferred.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { happened, payloadOf, statesOf } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { Processes } from '../../support/processes.js';
import { chain, diamond, workflow } from '../../support/workflows.js';

describe('a breakpoint', () => {
  it('stops the run before its node, in the same commit that tells of it', async () => {
    const waymark = await openWaymark();
    const { result, types, entries } = await happened(waymark, async () =>
      (await waymark.executions.start(chain(), {}, { breakpoints: ['b'] })).result(),
    );
    expect(result).toMatchObject({ status: 'paused', reason: 'breakpoint', nextNodeIds: ['b'] });
    expect(types.slice(-2)).toStrictEqual(['execution.breakpoint_hit', 'execution.paused']);
    expect(payloadOf(entries, 'execution.paused')).toMatchObject({ nodeId: 'b', reason: 'breakpoint' });
    expect(types).not.toContain('execution.completed');
  });

  it('is passed once', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['a', 'b', 'c'] });
    const stops: unknown[] = [];
    for (let result: ExecutionResult = await run.result(); ;) {
      stops.push(result.status === 'paused' ? result.nextNodeIds : result.status);
      if (result.status !== 'paused') break;
      result = await (await waymark.executions.resume(run.id)).result();
    }
    expect(stops).toStrictEqual([['a'], ['b'], ['c'], 'completed']);
  });

  it('lets parallel nodes without one go on first', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(diamond(), {}, { breakpoints: ['left'] });
    expect(await run.result()).toMatchObject({ status: 'paused', nextNodeIds: ['left'] });
    expect((await statesOf(waymark, run.id)).at(-1)).toStrictEqual(['exit right', { split: 1, right: 1 }]);
    expect(await (await waymark.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });

  it("belongs to the run, not to the caller's list", async () => {
    const waymark = await openWaymark();
    const breakpoints = ['b'];
    const run = await waymark.executions.start(chain(), {}, { breakpoints });
    breakpoints.push('c');
    await run.result();
    expect((await waymark.executions.get(run.id)).breakpoints).toStrictEqual(['b']);
  });
});

describe('resume', () => {
  it('edits the state first where a patch is given, and says so', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(
      chain({ b: ({ state }) => ({ seen: { ...state } }) }),
      { x: 1 },
      { breakpoints: ['b'] },
    );
    await run.result();
    const { types, entries } = await happened(waymark, async () =>
      (
        await waymark.executions.resume(run.id, { statePatch: { x: null, y: 2 }, reason: 'typo', actor: 'user:ada' })
      ).result(),
    );
    expect(types.slice(0, 5)).toStrictEqual([
      'checkpoint.history_loaded',
      'execution.resumed',
      'execution.state_modified',
      'checkpoint.created',
      'node.started',
    ]);
    expect(payloadOf(entries, 'execution.resumed')).toMatchObject({ nodeIds: ['b'], statePatch: { x: null, y: 2 } });
    expect(payloadOf(entries, 'execution.state_modified')).toMatchObject({ reason: 'typo' });
    expect(entries.every(({ event }) => event.context.actor === 'user:ada')).toBe(true);
    expect((await statesOf(waymark, run.id)).at(-1)?.[1]).toStrictEqual({ a: 1, y: 2, seen: { a: 1, y: 2 }, c: 1 });
  });

  it('may take other breakpoints', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    const second = await waymark.executions.resume(run.id, { breakpoints: ['c'] });
    expect(await second.result()).toMatchObject({ status: 'paused', nextNodeIds: ['c'] });
    expect(await codeOf(waymark.executions.resume(run.id, { breakpoints: ['x'] }))).toBe('WAYMARK_UNKNOWN_NODE');
  });

  it('is refused for what is not paused, and records nothing then', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    const { types } = await happened(waymark, async () => {
      expect(await codeOf(waymark.executions.resume(run.id))).toBe('WAYMARK_ILLEGAL_TRANSITION');
      expect(await codeOf(waymark.executions.resume('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
      expect(await codeOf(waymark.executions.resume(run.id, { statePatch: 5 as never }))).toBe('WAYMARK_NOT_JSON');
    });
    expect(types).toStrictEqual([]);
  });

  it('needs the definition that the run began on', async () => {
    const store = new FaultyStore();
    const first = await openWaymark({}, store);
    const run = await first.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    const second = await openWaymark({}, store);
    const missing = await caughtWaymark(second.executions.resume(run.id));
    expect(missing.code).toBe('WAYMARK_WORKFLOW_NOT_REGISTERED');
    expect(missing.message).toContain('chain');
    second.executions.register(workflow('chain', ['a', 'b'], { a: 'b' }));
    expect(await codeOf(second.executions.resume(run.id))).toBe('WAYMARK_WORKFLOW_CHANGED');
    const [checkpoint] = await second.checkpoints.list(run.id);
    expect(await codeOf(second.executions.fork(checkpoint!.id))).toBe('WAYMARK_WORKFLOW_CHANGED');
    expect(await codeOf(() => second.executions.register({} as never))).toBe('WAYMARK_INVALID_ARGUMENT');
    second.executions.register(chain({ b: () => ({ b: 'new code, same graph' }) }));
    expect(await (await second.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });
});

describe('after a crash', () => {
  /** A process that dies in the middle of the work of `a` or `b`, and the one that comes after it. */
  async function crashedIn(nodeId: string, breakpoints: readonly string[] = []) {
    const store = new FaultyStore();
    const processes = new Processes();
    const dead = await openWaymark({ identity: processes.identity('host/1') }, store);
    const hang = (): Promise<never> => new Promise(() => undefined);
    const run = await dead.executions.start(chain({ [nodeId]: hang }), {}, { breakpoints });
    if (breakpoints.length > 0) {
      await run.result();
      await dead.executions.resume(run.id);
    }
    await settle();
    const alive = await openWaymark({ identity: processes.identity('host/2') }, store);
    return { processes, alive, id: run.id };
  }

  it('another process takes the run over, and does the same occurrence once more', async () => {
    const { processes, alive, id } = await crashedIn('b');
    const contexts: NodeContext[] = [];
    alive.executions.register(chain({ b: (context) => void contexts.push(context) }));
    expect(await codeOf(alive.executions.resume(id))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    expect(alive.executions.isOrphan(await alive.executions.get(id))).toBe(false);
    processes.kill('host/1');
    expect(alive.executions.isOrphan(await alive.executions.get(id))).toBe(true);
    const { result, types, entries } = await happened(alive, async () => (await alive.executions.resume(id)).result());
    expect(result).toMatchObject({ status: 'completed' });
    expect(types.slice(0, 3)).toStrictEqual(['checkpoint.history_loaded', 'execution.recovered', 'node.started']);
    expect(payloadOf(entries, 'execution.recovered')).toMatchObject({ previousOwner: 'host/1' });
    expect(contexts).toMatchObject([{ occurrence: 1, attempt: 2, idempotencyKey: `${id}/b/1` }]);
    expect(await alive.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('the run is taken over without a proof for whoever says so', async () => {
    const { alive, id } = await crashedIn('b');
    alive.executions.register(chain());
    const { hint } = await caughtWaymark(alive.executions.resume(id));
    expect(hint).toContain('takeOver');
    const { result, entries } = await happened(alive, async () =>
      (await alive.executions.resume(id, { takeOver: true })).result(),
    );
    expect(result).toMatchObject({ status: 'completed' });
    expect(payloadOf(entries, 'execution.recovered')).toMatchObject({ previousOwner: 'host/1' });
    expect(await codeOf(alive.executions.resume(id, { takeOver: true }))).toBe('WAYMARK_ILLEGAL_TRANSITION');
  });

  it('what a closed instance left behind goes on in another of the same process', async () => {
    const store = new FaultyStore();
    const [first, second] = [await openWaymark({}, store), await openWaymark({}, store)];
    const run = await first.executions.start(chain({ b: () => new Promise(() => undefined) }));
    run.result().catch(() => undefined);
    await settle();
    second.executions.register(chain());
    expect(await codeOf(second.executions.resume(run.id))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    await first.executions.close(0);
    expect(await (await second.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });

  it('a breakpoint that was passed before is not hit again', async () => {
    const { processes, alive, id } = await crashedIn('b', ['b']);
    processes.kill('host/1');
    alive.executions.register(chain());
    expect(await (await alive.executions.resume(id)).result()).toMatchObject({ status: 'completed' });
  });

  it('one that lay ahead still is', async () => {
    const { processes, alive, id } = await crashedIn('b', ['a', 'c']);
    processes.kill('host/1');
    alive.executions.register(chain());
    expect(await (await alive.executions.resume(id)).result()).toMatchObject({ status: 'paused', nextNodeIds: ['c'] });
  });

  it('the run can be cancelled, and only then', async () => {
    const { processes, alive, id } = await crashedIn('a');
    expect(await codeOf(alive.executions.cancel(id))).toBe('WAYMARK_NOT_OWNER');
    processes.kill('host/1');
    expect(await alive.executions.cancel(id)).toMatchObject({ status: 'cancelled' });
    expect(await alive.executions.get(id)).toMatchObject({ status: 'cancelled', owner: null, waiting: ['a'] });
  });

  it('the dead process can not write any more: it is no longer at the version that it knew', async () => {
    const store = new FaultyStore();
    const processes = new Processes();
    const gate = deferred();
    const zombie = await openWaymark({ identity: processes.identity('host/1') }, store);
    const run = await zombie.executions.start(chain({ b: () => gate.promise.then(() => ({ b: 'zombie' })) }));
    await settle();
    processes.kill('host/1');
    const alive = await openWaymark({ identity: processes.identity('host/2') }, store);
    alive.executions.register(chain());
    await (await alive.executions.resume(run.id)).result();
    gate.resolve();
    expect(await codeOf(run.result())).toBe('WAYMARK_VERSION_CONFLICT');
    expect((await statesOf(alive, run.id)).at(-1)?.[1]).toStrictEqual({ a: 1, b: 1, c: 1 });
    expect(await alive.log.verify()).toMatchObject({ verdict: 'ok' });
  });
});
