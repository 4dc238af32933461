import {
  type BreakpointLike,
  decision,
  defineWorkflow,
  type ExecutionResult,
  group,
  loop,
  map,
  parallel,
  task,
  type Workflow,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred } from '../../../support/deferred.js';
import { happened, payloadOf } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { chain, diamond } from '../../../support/workflows.js';

/** Where a run stands, and which breakpoints it says that it stands at. */
async function stopsOf(workflow: Workflow, input: object, breakpoints: readonly BreakpointLike[]) {
  const waymark = await openWaymark();
  const run = await waymark.executions.start(workflow, input, { breakpoints });
  const stops: [readonly string[], ...string[]][] = [];
  let told = 0;
  let result = await run.result();
  for (; result.status === 'paused'; result = await (await waymark.executions.resume(run.id)).result()) {
    const entries = await waymark.log.query({ executionId: run.id, types: ['execution.breakpoint_hit'] });
    const hits = entries.slice(told).map(({ event }) => event.payload as { nodeId: string; when?: string });
    told = entries.length;
    stops.push([result.nextNodeIds, ...hits.map(({ nodeId, when = 'before' }) => `${when} ${nodeId}`)]);
  }
  expect(result.status).toBe('completed');
  expect((await waymark.log.verify()).verdict).toBe('ok');
  await waymark.close();
  return stops;
}

/** Passes that count up, then done. */
const counting = (passes: number) =>
  defineWorkflow({
    id: 'counting',
    version: '1',
    nodes: {
      refine: loop({
        body: {
          nodes: {
            draft: task(({ state }) => ({ n: Number(state['n']) + 1 })),
            review: task(() => ({})),
          },
          edges: { draft: 'review' },
        },
        until: ({ state }) => Number(state['n']) >= passes,
        maxIterations: 10,
      }),
      done: task(() => ({})),
    },
    edges: { refine: 'done' },
  });

describe('a breakpoint of an execution', () => {
  it('stops after a node, in the commit that has its result, and before anything else starts', async () => {
    const waymark = await openWaymark();
    const { result, types, entries } = await happened(waymark, async () =>
      (await waymark.executions.start(chain(), {}, { breakpoints: [{ node: 'b', when: 'after' }] })).result(),
    );
    expect(result).toMatchObject({ status: 'paused', reason: 'breakpoint', nextNodeIds: ['c'] });
    expect(types.slice(-5)).toStrictEqual([
      'node.completed',
      'checkpoint.created',
      'checkpoint.node_boundary_recorded',
      'execution.breakpoint_hit',
      'execution.paused',
    ]);
    const { executionId, checkpointId } = result as ExecutionResult & { checkpointId: string };
    expect(payloadOf(entries, 'execution.breakpoint_hit')).toStrictEqual({
      executionId,
      nodeId: 'b',
      checkpointId,
      when: 'after',
    });
    expect(payloadOf(entries, 'execution.paused')).toMatchObject({ nodeId: 'c', reason: 'breakpoint', checkpointId });
    expect((await waymark.checkpoints.state(checkpointId))['b']).toBe(1);
  });

  it('stops after the last node too, before the execution ends', async () => {
    expect(await stopsOf(chain(), {}, [{ node: 'c', when: 'after' }])).toStrictEqual([[[], 'after c']]);
  });

  it('after a node lets what runs settle', async () => {
    const gate = deferred<object>();
    const waymark = await openWaymark();
    const workflow = diamond({ left: () => gate.promise });
    const run = await waymark.executions.start(workflow, {}, { breakpoints: [{ node: 'right', when: 'after' }] });
    gate.resolve({ left: 'late' });
    const result = await run.result();
    expect(result).toMatchObject({ status: 'paused', nextNodeIds: ['join'] });
    expect((await waymark.executions.inspect(run.id)).state).toMatchObject({ left: 'late', right: 1 });
  });

  it('that is passed with another is told with it', async () => {
    const stops = await stopsOf(chain(), {}, [{ node: 'a', when: 'after' }, 'b', 'c']);
    expect(stops).toStrictEqual([
      [['b'], 'after a', 'before b'],
      [['c'], 'before c'],
    ]);
  });

  it('stops at every node for *', async () => {
    expect(await stopsOf(chain(), {}, ['*'])).toStrictEqual([
      [['a'], 'before a'],
      [['b'], 'before b'],
      [['c'], 'before c'],
    ]);
  });

  it('stops in every pass of a loop, and at the loop itself once', async () => {
    expect(await stopsOf(counting(3), { n: 0 }, ['refine', 'refine/draft'])).toStrictEqual([
      [['refine'], 'before refine'],
      [['refine[1]/draft'], 'before refine/draft'],
      [['refine[2]/draft'], 'before refine/draft'],
      [['refine[3]/draft'], 'before refine/draft'],
    ]);
    const after = await stopsOf(counting(2), { n: 0 }, [
      { node: 'refine', when: 'after' },
      { node: 'refine/review', when: 'after' },
    ]);
    // What ends with the last pass is told of with it.
    expect(after).toStrictEqual([
      [['refine[2]/draft'], 'after refine/review'],
      [['done'], 'after refine/review', 'after refine'],
    ]);
  });

  it.each([
    ['a loop', loop({ body: task(() => ({})), until: 'iteration == 2', maxIterations: 3 })],
    ['a loop without a pass', loop({ body: task(() => ({})), while: 'false', maxIterations: 3 })],
    ['a map', map({ over: 'list', into: 'out', each: task(() => ({})) })],
    ['a map over nothing', map({ over: 'none', into: 'out', each: task(() => ({})) })],
    ['a parallel', parallel({ branches: { x: task(() => ({})), y: task(() => ({})) } })],
    ['a group', group({ nodes: { x: task(() => ({})) }, edges: {} })],
  ])('stops after %s, before what follows begins', async (_, node) => {
    for (const follower of [task(() => ({})), group({ nodes: { z: task(() => ({})) }, edges: {} })]) {
      const nodes = { node, follower };
      const workflow = defineWorkflow({ id: 'two', version: '1', nodes, edges: { node: 'follower' } });
      const stops = await stopsOf(workflow, { list: [1, 2], none: [] }, [{ node: 'node', when: 'after' }]);
      expect(stops).toStrictEqual([[['follower'], 'after node']]);
    }
  });

  it('stops after a decision, before what it chose begins: a node with a body too', async () => {
    const workflow = defineWorkflow({
      id: 'choosing',
      version: '1',
      nodes: {
        choose: decision({ cases: [{ when: 'state.n > 0', to: 'each' }], otherwise: 'other' }),
        each: map({ over: 'list', into: 'out', each: task(({ item }) => ({ item: item ?? null })) }),
        other: task(() => ({})),
      },
      edges: { choose: ['each', 'other'] },
    });
    const stops = await stopsOf(workflow, { n: 1, list: [1, 2] }, [{ node: 'choose', when: 'after' }]);
    expect(stops).toStrictEqual([[['each'], 'after choose']]);
  });
});

describe('the condition of a breakpoint of an execution', () => {
  it.each([
    ['state', { node: 'refine/draft', if: 'state.n == 2' }, 'refine[3]/draft'],
    ['input', { node: 'refine/review', if: 'state.n == input.n + 2' }, 'refine[2]/review'],
    ['occurrence', { node: 'refine/draft', if: 'occurrence == 2' }, 'refine[2]/draft'],
    ['iteration', { node: 'refine/draft', if: 'iteration == 3' }, 'refine[3]/draft'],
    ['state after', { node: 'refine/draft', when: 'after', if: 'state.n == 2' }, 'refine[2]/review'],
    ['iteration after', { node: 'refine/draft', when: 'after', if: 'iteration == 3' }, 'refine[3]/review'],
    ['occurrence of any', { node: '*', when: 'after', if: 'occurrence == 2' }, 'refine[2]/review'],
  ] as readonly [string, BreakpointLike, string][])(
    'sees %s, and stops where it holds',
    async (_, breakpoint, next) => {
      const [[ready] = []] = await stopsOf(counting(4), { n: 0 }, [breakpoint]);
      expect(ready).toStrictEqual([next]);
    },
  );

  it('sees the item and its index within a map', async () => {
    const workflow = defineWorkflow({
      id: 'mapping',
      version: '1',
      nodes: {
        each: map({
          over: 'list',
          into: 'out',
          each: task(({ item }) => ({ twice: Number(item) * 2 })),
          concurrency: 1,
        }),
      },
      edges: {},
    });
    const list = [5, 6, 7];
    expect(await stopsOf(workflow, { list }, [{ node: 'each/body', if: 'item == 6' }])).toStrictEqual([
      [['each[1]/body'], 'before each/body'],
    ]);
    const after = await stopsOf(workflow, { list }, [
      { node: 'each/body', when: 'after', if: 'index == 2 && state.twice == 14' },
    ]);
    expect(after).toMatchObject([[expect.any(Array), 'after each/body']]);
  });

  it('that does not hold leaves no trace', async () => {
    const types = async (breakpoints: readonly BreakpointLike[]) => {
      const waymark = await openWaymark();
      const run = await waymark.executions.start(counting(3), { n: 0 }, { breakpoints });
      await run.result();
      const entries = await waymark.log.query({ executionId: run.id }, { limit: 1_000 });
      return entries.map(({ event }) => [event.type, (event.payload as { nodeId?: string }).nodeId]);
    };
    const never = [
      { node: '*', if: 'state.n > 100' },
      { node: '*', when: 'after' as const, if: 'false' },
    ];
    expect(await types(never)).toStrictEqual(await types([]));
  });

  it.each([
    ['can not be told', 'state.nothing.at.all', undefined],
    ['is no answer', 'state.n', 'WAYMARK_CONDITION_NOT_BOOLEAN'],
  ])('that %s stops, and says so', async (_, condition, code) => {
    const waymark = await openWaymark();
    const breakpoints = [{ node: 'refine/review', if: condition }];
    const { result, entries } = await happened(waymark, async () =>
      (await waymark.executions.start(counting(1), { n: 0 }, { breakpoints })).result(),
    );
    expect(result).toMatchObject({ status: 'paused', reason: 'breakpoint' });
    expect(payloadOf(entries, 'execution.breakpoint_hit')).toMatchObject({
      condition,
      error: { message: expect.any(String), ...(code === undefined ? {} : { code }) },
    });
  });
});

describe('breakpoints', () => {
  it('are kept with the execution as they were said, and named when it starts', async () => {
    const waymark = await openWaymark();
    const breakpoints = ['a', { node: 'b', when: 'after' as const, if: 'true' }, { node: 'b' }];
    const run = await waymark.executions.start(chain(), {}, { breakpoints });
    await run.result();
    const kept = ['a', { node: 'b', when: 'after', if: { kind: 'expression', text: 'true' } }, 'b'];
    expect((await waymark.executions.get(run.id)).breakpoints).toStrictEqual(kept);
    const [started] = await waymark.log.query({ types: ['execution.started'] });
    expect(started?.event.payload).toMatchObject({ breakpoints: ['a', 'b'] });
    // What was kept can be given to a fork, and to a restart.
    const [checkpoint] = await waymark.checkpoints.list(run.id);
    const fork = await waymark.executions.fork(checkpoint!.id, { breakpoints: kept as never });
    expect((await waymark.executions.get(fork.id)).breakpoints).toStrictEqual(kept);
    await fork.result();
  });

  it.each([
    ['a node that there is not', ['x'], 'WAYMARK_UNKNOWN_NODE'],
    ['a node within none', [{ node: 'a/b', when: 'after' as const }], 'WAYMARK_UNKNOWN_NODE'],
    ['no expression', [{ node: 'a', if: 'state.(' }], 'WAYMARK_INVALID_EXPRESSION'],
    ['a function', [{ node: 'a', if: () => true }], 'WAYMARK_BREAKPOINT_FUNCTION'],
  ])('are refused for %s, wherever they are given', async (_, given, code) => {
    const waymark = await openWaymark();
    const breakpoints = given as readonly BreakpointLike[];
    const { executions } = waymark;
    const run = await executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    const [checkpoint] = await waymark.checkpoints.list(run.id);
    expect(await codeOf(() => executions.start(chain(), {}, { breakpoints }))).toBe(code);
    expect(await codeOf(executions.resume(run.id, { breakpoints }))).toBe(code);
    expect(await codeOf(executions.fork(checkpoint!.id, { breakpoints }))).toBe(code);
    expect(await codeOf(executions.setBreakpoints(run.id, breakpoints))).toBe(code);
    expect((await executions.get(run.id)).status).toBe('paused');
  });

  it('can be changed while it stands still, without a word in the log, and hold when it goes on', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    const { types } = await happened(waymark, async () => {
      const changed = await waymark.executions.setBreakpoints(run.id, [{ node: 'b', when: 'after' }]);
      expect(changed.breakpoints).toStrictEqual([{ node: 'b', when: 'after' }]);
    });
    expect(types).toStrictEqual([]);
    expect(await (await waymark.executions.resume(run.id)).result()).toMatchObject({ nextNodeIds: ['c'] });
  });

  it('can be changed while it runs: for nodes that have yet to start', async () => {
    const gate = deferred<object>();
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain({ a: () => gate.promise }), {}, { breakpoints: ['b'] });
    expect((await waymark.executions.setBreakpoints(run.id, ['c'])).breakpoints).toStrictEqual(['c']);
    gate.resolve({});
    expect(await run.result()).toMatchObject({ status: 'paused', nextNodeIds: ['c'] });
  });

  it('taken away while they hold a node let it start', async () => {
    const gate = deferred<object>();
    const waymark = await openWaymark();
    const started: string[] = [];
    const work = { left: () => gate.promise, right: () => void started.push('right') };
    const run = await waymark.executions.start(diamond(work), {}, { breakpoints: ['right'] });
    await waymark.executions.setBreakpoints(run.id, []);
    gate.resolve({});
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(started).toStrictEqual(['right']);
  });

  it('of an execution that has ended can not be changed', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    const error = await caughtWaymark(waymark.executions.setBreakpoints(run.id, ['a']));
    expect(error.code).toBe('WAYMARK_ILLEGAL_TRANSITION');
    expect(await codeOf(waymark.executions.setBreakpoints('nobody', []))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
  });
});
