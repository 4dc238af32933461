import { Annotation, Command, interrupt, MemorySaver, Send, START, StateGraph } from '@langchain/langgraph';
import type { Waymark } from '../../../src/index.js';
import { type GraphBreakpoint, observe, WaymarkSaver } from '../../../src/langgraph.js';
import { caught } from '../../support/caught.js';
import { openWaymark } from '../../support/open-waymark.js';
import { says, State, thread } from '../../support/path-graph.js';
import { payloadsOf, told } from '../../support/told.js';

let waymark: Waymark;
beforeEach(async () => {
  waymark = await openWaymark();
});
afterEach(() => waymark.close());

/** a → b → c. */
const line = () =>
  new StateGraph(State)
    .addNode('a', says('a'))
    .addNode('b', says('b'))
    .addNode('c', says('c'))
    .addEdge(START, 'a')
    .addEdge('a', 'b')
    .addEdge('b', 'c');

const observed = (
  breakpoints: readonly GraphBreakpoint[],
  graph = line().compile({ checkpointer: new MemorySaver() }),
) => observe(graph, waymark, { breakpoints });
const stops = async (): Promise<readonly Record<string, unknown>[]> => payloadsOf(waymark, 'execution.breakpoint_hit');

describe('a breakpoint of a graph', () => {
  it('stops before a node, is recorded with the checkpoint, and the thread goes on from there', async () => {
    const graph = observed(['b']);
    const paused = await graph.invoke({ path: [] }, thread());
    expect(paused.path).toStrictEqual(['a']);
    const { next, config } = await graph.getState(thread());
    expect(next).toStrictEqual(['b']);
    const checkpointId: unknown = config.configurable?.['checkpoint_id'];
    expect(await stops()).toStrictEqual([{ executionId: 't-1', nodeId: 'b', checkpointId }]);
    expect(await payloadsOf(waymark, 'execution.paused')).toMatchObject([
      { nodeId: 'b', checkpointId, reason: 'breakpoint' },
    ]);
    expect((await payloadsOf(waymark, 'execution.started'))[0]).toMatchObject({ breakpoints: ['b'] });
    await expect(graph.invoke(null, thread())).resolves.toStrictEqual({ path: ['a', 'b', 'c'] });
    const lines = await told(waymark);
    expect(lines.slice(lines.indexOf('exit of a'))).toStrictEqual([
      'exit of a',
      'graph.interrupted b',
      'execution.breakpoint_hit',
      'execution.paused (breakpoint)',
      'execution.resumed',
      'graph.superstep_started 2: b',
      'node.started b',
      'node.completed b',
      'graph.superstep_completed 2: b',
      'exit of b',
      'graph.superstep_started 3: c',
      'node.started c',
      'node.completed c',
      'graph.superstep_completed 3: c',
      'exit of c',
      'execution.completed',
    ]);
  });

  it('stops after a node, the last one too', async () => {
    const graph = observed([
      { node: 'a', when: 'after' },
      { node: 'c', when: 'after' },
    ]);
    expect((await graph.invoke({ path: [] }, thread())).path).toStrictEqual(['a']);
    expect((await graph.invoke(null, thread())).path).toStrictEqual(['a', 'b', 'c']);
    expect(await payloadsOf(waymark, 'execution.paused')).toHaveLength(2);
    expect((await graph.getState(thread())).next).toStrictEqual([]);
    expect(await stops()).toMatchObject([
      { nodeId: 'a', when: 'after' },
      { nodeId: 'c', when: 'after' },
    ]);
    await graph.invoke(null, thread());
    expect((await told(waymark)).at(-1)).toBe('execution.completed');
  });

  it('that is passed with another is told with it: going on passes both', async () => {
    const graph = observed([{ node: 'a', when: 'after' }, 'b']);
    await graph.invoke({ path: [] }, thread());
    expect(await stops()).toMatchObject([{ nodeId: 'a', when: 'after' }, { nodeId: 'b' }]);
    await expect(graph.invoke(null, thread())).resolves.toStrictEqual({ path: ['a', 'b', 'c'] });
  });

  it('stops at every node for *', async () => {
    const graph = observed(['*']);
    const seen: unknown[] = [];
    let input: { path: string[] } | null = { path: [] };
    for (let next = ['?']; next.length > 0; input = null) {
      await graph.invoke(input, thread());
      ({ next } = await graph.getState(thread()));
      seen.push(next);
    }
    expect(seen).toStrictEqual([['a'], ['b'], ['c'], []]);
  });

  it('that LangGraph was asked for is recorded as well, beside those of Waymark', async () => {
    const graph = observed(['c']);
    await graph.invoke({ path: [] }, { ...thread(), interruptBefore: ['b'], interruptAfter: ['a'] });
    await graph.invoke(null, { ...thread(), interruptAfter: '*' });
    expect(await stops()).toMatchObject([
      { nodeId: 'a', when: 'after' },
      { nodeId: 'b' },
      { nodeId: 'b', when: 'after' },
      { nodeId: 'c' },
    ]);
  });

  it('does not stop where nothing keeps the state, and that is told', async () => {
    const graph = observed(['b'], line().compile());
    await expect(graph.invoke({ path: [] })).resolves.toStrictEqual({ path: ['a', 'b', 'c'] });
    expect(await payloadsOf(waymark, 'system.error_raised')).toMatchObject([
      { component: 'langgraph.observe', error: { code: 'WAYMARK_BREAKPOINT_UNKEPT' } },
    ]);
  });

  it('is refused for a graph that would not ask where to stop, which is observed all the same', async () => {
    const graph = line().compile({ checkpointer: new MemorySaver() });
    class OtherGraph extends (graph.constructor as new (fields: object) => typeof graph) {}
    Object.assign(OtherGraph.prototype, { _runLoop: undefined });
    const other = new OtherGraph(Object.fromEntries(Object.entries(graph)));
    for (const refused of [() => observed(['b'], other), () => observe(other, waymark).step(thread())]) {
      expect(await caught(refused)).toMatchObject({
        code: 'WAYMARK_INVALID_ARGUMENT',
        hint: expect.stringContaining('interruptBefore'),
      });
    }
  });

  it('is refused for a node that is not there', async () => {
    const error = await caught(() => observed(['x']));
    expect(error).toMatchObject({ code: 'WAYMARK_UNKNOWN_NODE', hint: 'Its nodes are a, b, c.' });
    expect(await caught(() => observed(['sub/x']))).toMatchObject({
      hint: expect.stringContaining('A sub-graph stops'),
    });
    expect(await caught(() => observed('b' as never))).toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
    expect(await caught(() => observed([{ node: 'b', when: 'during' as never }]))).toMatchObject({
      message: expect.stringContaining('it can be before, after'),
    });
    expect(await caught(() => observed([{ node: 'b', if: 'state.(' }]))).toMatchObject({
      code: 'WAYMARK_INVALID_EXPRESSION',
      message: expect.stringContaining('the breakpoint at b'),
    });
    expect(await caught(() => observed([{ node: 'b', if: 5 as never }]))).toMatchObject({
      code: 'WAYMARK_INVALID_ARGUMENT',
    });
  });
});

describe('the condition of a breakpoint', () => {
  const Count = Annotation.Root({ count: Annotation<number>, left: Annotation<string> });
  /** Counts to ten. */
  const counting = () =>
    new StateGraph(Count)
      .addNode('add', ({ count }) => ({ count: (count ?? 0) + 1 }))
      .addEdge(START, 'add')
      .addConditionalEdges('add', ({ count }) => (count < 10 ? 'add' : '__end__'));
  const counted = (breakpoint: GraphBreakpoint) =>
    observe(counting().compile({ checkpointer: new MemorySaver() }), waymark, { breakpoints: [breakpoint] });

  it.each([
    [
      'before, as a function',
      { node: 'add', if: ({ state }: { state: object }) => (state as never)['count'] === 3 },
      3,
    ],
    ['after, as a function', { node: 'add', when: 'after', if: ({ state }) => state['count'] === 3 }, 3],
    ['before, as an expression', { node: 'add', if: 'state.count == 3' }, 3],
    ['after, as an expression', { node: '*', when: 'after', if: 'state.count == 3' }, 3],
    ['of the occurrence before', { node: 'add', if: 'occurrence == 5' }, 4],
    ['of the occurrence after', { node: 'add', when: 'after', if: ({ occurrence }) => occurrence === 5 }, 5],
  ] as readonly [string, GraphBreakpoint, number][])('%s, stops where it holds', async (_, breakpoint, count) => {
    const graph = counted(breakpoint);
    expect(await graph.invoke({ count: 0 }, thread())).toMatchObject({ count });
    expect(await stops()).toHaveLength(1);
    expect(await graph.invoke(null, thread())).toStrictEqual({ count: 10 });
  });

  it('that does not hold leaves the run as it would be: chunks, results and events', async () => {
    const seen = async (breakpoints: readonly GraphBreakpoint[]): Promise<unknown> => {
      const own = await openWaymark();
      const graph = observe(counting().compile({ checkpointer: new MemorySaver() }), own, { breakpoints });
      const chunks: unknown[] = [];
      const modes = ['values', 'updates'] as const;
      for await (const chunk of await graph.stream({ count: 0 }, { ...thread(), streamMode: [...modes] })) {
        chunks.push(chunk);
      }
      const lines = await told(own);
      await own.close();
      return [chunks, lines];
    };
    const never: readonly GraphBreakpoint[] = [
      { node: 'add', if: 'state.count > 100' },
      { node: 'add', when: 'after', if: () => false },
    ];
    expect(await seen(never)).toStrictEqual(await seen([]));
  });

  it('is recorded as text where it is one', async () => {
    await counted({ node: 'add', if: 'state.count > 1' }).invoke({ count: 0 }, thread());
    expect(await stops()).toMatchObject([{ nodeId: 'add', condition: 'state.count > 1' }]);
  });

  it.each([
    ['throws', { node: 'add', if: () => Promise.reject.call(null) }, 'TypeError'],
    ['fails', { node: 'add', when: 'after', if: 'state.nothing.at.all' }, 'WaymarkError'],
    ['is no answer', { node: 'add', if: () => 1 as never }, 'WaymarkError'],
  ] as readonly [string, GraphBreakpoint, string][])('that %s stops, and says so', async (_, breakpoint, name) => {
    const graph = counted(breakpoint);
    await graph.invoke({ count: 0 }, thread());
    const [stop] = await stops();
    expect(stop).toMatchObject({ nodeId: 'add', error: { name, message: expect.any(String) } });
    const entries = await waymark.log.query({ types: ['execution.breakpoint_hit'] });
    expect(entries[0]?.message).toMatch(/^breakpoint (before|after) add: its condition failed: /);
  });

  it('that is neither true nor false has a code of its own', async () => {
    await counted({ node: 'add', if: (async () => true) as never }).invoke({ count: 0 }, thread());
    expect((await stops())[0]).toMatchObject({
      error: { code: 'WAYMARK_CONDITION_NOT_BOOLEAN', message: expect.stringContaining('a promise') },
    });
  });
});

describe('a step', () => {
  it('runs one superstep after another, from input to end', async () => {
    const graph = observed([]);
    const places: unknown[] = [];
    let { values, next } = await graph.step(thread(), { path: [] });
    for (; next.length > 0; { values, next } = await graph.step(thread())) places.push([values.path, next]);
    expect(places).toStrictEqual([
      [['a'], ['b']],
      [['a', 'b'], ['c']],
    ]);
    expect(values.path).toStrictEqual(['a', 'b', 'c']);
    const executions = (await told(waymark)).filter((each) => each.startsWith('execution.'));
    expect(executions).toStrictEqual([
      'execution.started',
      'execution.paused (breakpoint)',
      'execution.resumed',
      'execution.paused (breakpoint)',
      'execution.resumed',
      'execution.completed',
    ]);
    expect(await stops()).toStrictEqual([]);
  });

  it('goes over what runs in parallel as one, and shows what a breakpoint stopped at', async () => {
    const graph = observed(
      [{ node: 'join', when: 'after' }],
      new StateGraph(State)
        .addNode('split', () => ({}))
        .addNode('item', ({ path }) => ({ path: [`item ${path.join()}`] }))
        .addNode('join', says('join'))
        .addEdge(START, 'split')
        .addConditionalEdges('split', () => ['1', '2'].map((path) => new Send('item', { path: [path] })), ['item'])
        .addEdge('item', 'join')
        .compile({ checkpointer: new MemorySaver() }) as never,
    );
    expect((await graph.step(thread(), { path: [] })).next).toStrictEqual(['item', 'item']);
    expect((await graph.step(thread())).values.path).toStrictEqual(['item 1', 'item 2']);
    expect((await graph.step(thread())).values.path).toStrictEqual(['item 1', 'item 2', 'join']);
    expect(await stops()).toMatchObject([{ nodeId: 'join', when: 'after' }]);
  });

  it('answers what a node asks, with a command', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('ask', () => ({ path: [interrupt<string, string>('send it?')] }))
        .addNode('send', says('send'))
        .addEdge(START, 'ask')
        .addEdge('ask', 'send')
        .compile({ checkpointer: new MemorySaver() }),
      waymark,
    );
    const asked = await graph.step(thread(), { path: [] });
    expect(asked.tasks[0]?.interrupts).toMatchObject([{ value: 'send it?' }]);
    expect(await graph.step(thread(), new Command({ resume: 'yes' }))).toMatchObject({
      values: { path: ['yes'] },
      next: ['send'],
    });
    expect((await payloadsOf(waymark, 'execution.paused')).map(({ reason }) => reason)).toStrictEqual([
      'approval',
      'breakpoint',
    ]);
  });

  it('lets the state be looked at and edited in between, and then go on', async () => {
    const graph = observed(['c'], line().compile({ checkpointer: new WaymarkSaver(waymark) }));
    await graph.step(thread(), { path: [] });
    await graph.updateState(thread('t-1', { waymark: { actor: 'user:ada', reason: 'a look' } }), { path: ['by hand'] });
    expect((await graph.step(thread())).values.path).toStrictEqual(['a', 'by hand', 'b']);
    const { status, pauseReason, waiting } = await waymark.executions.get('t-1');
    expect([status, pauseReason, waiting]).toStrictEqual(['paused', 'breakpoint', ['c']]);
    const looked = await waymark.executions.inspect('t-1');
    expect(looked).toMatchObject({ status: 'paused', reason: 'breakpoint', ready: ['c'], running: [] });
    expect(looked.state).toMatchObject({ path: ['a', 'by hand', 'b'] });
    await expect(graph.invoke(null, thread())).resolves.toStrictEqual({ path: ['a', 'by hand', 'b', 'c'] });
    expect(await payloadsOf(waymark, 'execution.state_modified')).toMatchObject([{ reason: 'a look' }]);
  });

  it('leaves no trace in what the nodes see, and needs a thread', async () => {
    let seen: readonly string[] = [];
    const graph = observe(
      new StateGraph(State)
        .addNode('look', (_, { configurable = {} }) => {
          seen = Object.keys(configurable).filter((key) => key.includes('stepping'));
          return {};
        })
        .addEdge(START, 'look')
        .compile({ checkpointer: new MemorySaver() }),
      waymark,
    );
    await graph.step(thread(), { path: [] });
    expect(seen).toStrictEqual([]);
    expect(await caught(() => graph.step({}))).toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
    const unkept = observe(line().compile(), waymark);
    expect(await caught(() => unkept.step(thread()))).toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
  });

  it('of a thread is the business of its graph: the verbs of executions say so', async () => {
    await observed(['b'], line().compile({ checkpointer: new WaymarkSaver(waymark) })).invoke({ path: [] }, thread());
    expect(await caught(() => waymark.executions.step('t-1'))).toMatchObject({
      code: 'WAYMARK_THREAD_VERB',
      hint: expect.stringContaining('.step({ configurable'),
    });
    expect(await caught(() => waymark.executions.setBreakpoints('t-1', ['c']))).toMatchObject({
      code: 'WAYMARK_THREAD_VERB',
      hint: expect.stringContaining('observe(graph, waymark, { breakpoints })'),
    });
  });

  it('goes on in another process than the one that stopped', async () => {
    const checkpointer = new MemorySaver();
    await observed(['b'], line().compile({ checkpointer })).invoke({ path: [] }, thread());
    const other = observed([], line().compile({ checkpointer }));
    expect((await other.step(thread())).next).toStrictEqual(['c']);
  });
});
