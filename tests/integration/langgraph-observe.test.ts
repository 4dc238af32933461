import { Command, END, MemorySaver, Send, START, StateGraph } from '@langchain/langgraph';
import { InMemoryCache } from '@langchain/langgraph-checkpoint';
import type { Waymark } from '../../src/index.js';
import { observe } from '../../src/langgraph.js';
import { deferred } from '../support/deferred.js';
import { openWaymark } from '../support/open-waymark.js';
import { entriesOf, payloadsOf, told } from '../support/told.js';
import { State, says, thread } from '../support/path-graph.js';

let waymark: Waymark;
beforeEach(async () => {
  waymark = await openWaymark();
});
afterEach(() => waymark.close());

describe('a run of a graph', () => {
  const linear = () =>
    new StateGraph(State)
      .addNode('a', says('a'))
      .addNode('b', says('b'))
      .addEdge(START, 'a')
      .addEdge('a', 'b')
      .addEdge('b', END);

  it('is told from its start to its end, node by node', async () => {
    const graph = observe(linear().compile({ checkpointer: new MemorySaver() }), waymark);
    await expect(graph.invoke({ path: [] }, thread())).resolves.toStrictEqual({ path: ['a', 'b'] });
    await expect(told(waymark, 't-1')).resolves.toStrictEqual([
      'execution.started',
      'graph.superstep_started 1: a',
      'node.started a',
      'node.completed a',
      'graph.superstep_completed 1: a',
      'exit of a',
      'graph.superstep_started 2: b',
      'node.started b',
      'node.completed b',
      'graph.superstep_completed 2: b',
      'exit of b',
      'execution.completed',
    ]);
  });

  it('is told without a checkpointer as well, as an execution of its own', async () => {
    const graph = observe(linear().compile(), waymark);
    await graph.invoke({ path: [] });
    await graph.invoke({ path: [] });
    const ids = (await payloadsOf(waymark, 'execution.started')).map(({ executionId }) => executionId as string);
    expect(new Set(ids).size).toBe(2);
    await expect(told(waymark, ids[1])).resolves.toStrictEqual([
      'execution.started',
      'graph.superstep_started 1: a',
      'node.started a',
      'node.completed a',
      'graph.superstep_completed 1: a',
      'graph.superstep_started 2: b',
      'node.started b',
      'node.completed b',
      'graph.superstep_completed 2: b',
      'execution.completed',
    ]);
  });

  it('names the graph, with a version that changes with its shape', async () => {
    await observe(linear().compile({ name: 'triage' }), waymark).invoke({ path: [] });
    await observe(linear().compile({ name: 'triage' }), waymark).invoke({ path: [] });
    await observe(linear().addEdge('a', END).compile(), waymark, { workflowId: 'w-1' }).invoke({ path: [] });
    await observe(linear().addNode('c', says('c')).addEdge('b', 'c').compile(), waymark, {
      workflowName: 'Triage',
      workflowVersion: '2.0.0',
    }).invoke({ path: [] });
    const started = await payloadsOf(waymark, 'execution.started');
    expect(started).toMatchObject([
      { workflowId: 'triage', workflowName: 'triage', workflowVersion: expect.stringMatching(/^[0-9a-f]{12}$/) },
      { workflowVersion: started[0]?.['workflowVersion'] },
      { workflowId: 'w-1', workflowName: 'LangGraph' },
      { workflowId: 'LangGraph', workflowName: 'Triage', workflowVersion: '2.0.0' },
    ]);
  });

  it('has one correlation id, and each event its cause', async () => {
    const graph = observe(linear().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, { ...thread(), runId: '01a1f866-7e54-7328-a4d0-86117fc8c591' });
    await graph.invoke({ path: [] }, thread());
    const entries = await entriesOf(waymark);
    const correlations = entries.map(({ event }) => event.context.correlationId);
    expect(new Set(correlations).size).toBe(2);
    expect(correlations[0]).toBe('01a1f866-7e54-7328-a4d0-86117fc8c591');
    const types = new Map(entries.map(({ event }) => [event.id, event.type]));
    const causes = entries.slice(0, 6).map(({ event }) => [event.type, types.get(event.context.causationId ?? '')]);
    expect(causes).toStrictEqual([
      ['execution.started', undefined],
      ['graph.superstep_started', 'execution.started'],
      ['node.started', 'execution.started'],
      ['node.completed', 'node.started'],
      ['graph.superstep_completed', 'graph.superstep_started'],
      ['checkpoint.node_boundary_recorded', 'node.started'],
    ]);
  });

  it('tells which checkpoint a node began from, and which holds its result', async () => {
    const graph = observe(linear().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    const history = [];
    for await (const { config, metadata } of graph.getStateHistory(thread())) {
      history[metadata?.step ?? -1] = config.configurable?.['checkpoint_id'] as string;
    }
    const started = await payloadsOf(waymark, 'node.started');
    const exits = await payloadsOf(waymark, 'checkpoint.node_boundary_recorded');
    expect(started.map(({ entryCheckpointId }) => entryCheckpointId)).toStrictEqual([history[0], history[1]]);
    expect(exits.map(({ checkpointId }) => checkpointId)).toStrictEqual([history[1], history[2]]);
  });

  it('names no checkpoints that are not kept', async () => {
    const graph = observe(linear().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, { ...thread(), durability: 'exit' });
    const types = (await entriesOf(waymark)).map(({ event }) => event.type);
    expect(types).not.toContain('checkpoint.node_boundary_recorded');
    const started = await payloadsOf(waymark, 'node.started');
    expect(started.filter((payload) => 'entryCheckpointId' in payload)).toStrictEqual([]);
  });
});

describe('what a graph can do', () => {
  it('counts the occurrences of a node in a loop', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('try', says('try'))
        .addEdge(START, 'try')
        .addConditionalEdges('try', ({ path }) => (path.length < 3 ? 'try' : END))
        .compile(),
      waymark,
    );
    await graph.invoke({ path: [] });
    const nodes = (await told(waymark)).filter((line) => line.startsWith('node.'));
    expect(nodes).toStrictEqual([
      'node.started try',
      'node.completed try',
      'node.started try#2',
      'node.completed try#2',
      'node.started try#3',
      'node.completed try#3',
    ]);
  });

  it('tells of nodes that run side by side as they begin and end', async () => {
    const [slow, quick] = [deferred<void>(), deferred<void>()];
    const graph = observe(
      new StateGraph(State)
        .addNode('slow', async () => {
          await slow.promise;
          return { path: ['slow'] };
        })
        .addNode('quick', () => {
          quick.resolve();
          return { path: ['quick'] };
        })
        .addEdge(START, 'slow')
        .addEdge(START, 'quick')
        .compile(),
      waymark,
    );
    const done = graph.invoke({ path: [] });
    await quick.promise;
    waymark.bus.subscribe('node.completed', () => slow.resolve(), { once: true });
    await done;
    await expect(told(waymark)).resolves.toStrictEqual([
      'execution.started',
      'graph.superstep_started 1: quick, slow',
      'node.started quick',
      'node.started slow',
      'node.completed quick',
      'node.completed slow',
      'graph.superstep_completed 1: quick, slow',
      'execution.completed',
    ]);
  });

  it('gives each branch of a fan-out an occurrence of its own', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('split', says('split'))
        .addNode('work', says('work'))
        .addNode('join', says('join'))
        .addEdge(START, 'split')
        .addConditionalEdges('split', () => ['x', 'y', 'z'].map((path) => new Send('work', { path: [path] })))
        .addEdge('work', 'join')
        .compile({ checkpointer: new MemorySaver() }),
      waymark,
    );
    await graph.invoke({ path: [] }, thread());
    const lines = await told(waymark);
    expect(lines.slice(lines.indexOf('graph.superstep_started 2: work, work, work'))).toStrictEqual([
      'graph.superstep_started 2: work, work, work',
      'node.started work',
      'node.started work#2',
      'node.started work#3',
      'node.completed work',
      'node.completed work#2',
      'node.completed work#3',
      'graph.superstep_completed 2: work, work, work',
      'exit of work',
      'exit of work#2',
      'exit of work#3',
      'graph.superstep_started 3: join',
      'node.started join',
      'node.completed join',
      'graph.superstep_completed 3: join',
      'exit of join',
      'execution.completed',
    ]);
  });

  it('names the nodes of a sub-graph after the node that it is in', async () => {
    const inner = new StateGraph(State)
      .addNode('first', says('first'))
      .addNode('second', says('second'))
      .addEdge(START, 'first')
      .addEdge('first', 'second')
      .compile();
    const called = new StateGraph(State).addNode('deep', says('deep')).addEdge(START, 'deep').compile();
    const graph = observe(
      new StateGraph(State)
        .addNode('sub', inner)
        .addNode('call', async (state) => called.invoke(state))
        .addEdge(START, 'sub')
        .addEdge('sub', 'call')
        .compile(),
      waymark,
    );
    await graph.invoke({ path: [] });
    await expect(told(waymark)).resolves.toStrictEqual([
      'execution.started',
      'graph.superstep_started 1: sub',
      'node.started sub',
      'graph.superstep_started 1: sub/first in sub',
      'node.started sub/first',
      'node.completed sub/first',
      'graph.superstep_completed 1: sub/first in sub',
      'graph.superstep_started 2: sub/second in sub',
      'node.started sub/second',
      'node.completed sub/second',
      'graph.superstep_completed 2: sub/second in sub',
      'node.completed sub',
      'graph.superstep_completed 1: sub',
      'graph.superstep_started 2: call',
      'node.started call',
      'graph.superstep_started 1: call/deep in call',
      'node.started call/deep',
      'node.completed call/deep',
      'graph.superstep_completed 1: call/deep in call',
      'node.completed call',
      'graph.superstep_completed 2: call',
      'execution.completed',
    ]);
    const entries = await entriesOf(waymark);
    const nested = entries.find(({ event }) => (event.payload as { nodeId?: string }).nodeId === 'call/deep');
    const cause = entries.find(({ event }) => event.id === nested?.event.context.causationId);
    expect(cause?.event).toMatchObject({ type: 'node.started', payload: { nodeId: 'call' } });
  });

  it('tells of a sub-graph that is observed as well once only', async () => {
    const inner = new StateGraph(State).addNode('in', says('in')).addEdge(START, 'in').compile();
    const outer = new StateGraph(State).addNode('out', observe(inner, waymark)).addEdge(START, 'out').compile();
    await observe(outer, waymark).invoke({ path: [] });
    await expect(told(waymark)).resolves.toStrictEqual([
      'execution.started',
      'graph.superstep_started 1: out',
      'node.started out',
      'graph.superstep_started 1: out/in in out',
      'node.started out/in',
      'node.completed out/in',
      'graph.superstep_completed 1: out/in in out',
      'node.completed out',
      'graph.superstep_completed 1: out',
      'execution.completed',
    ]);
  });

  it('tells what nodes write to the stream, whether anybody reads it or not', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('a', (_, config) => {
          config.writer?.({ percent: 50 });
          return { path: ['a'] };
        })
        .addEdge(START, 'a')
        .compile(),
      waymark,
    );
    await graph.invoke({ path: [] });
    const chunks = [];
    for await (const chunk of await graph.stream({ path: [] }, { streamMode: 'custom' })) chunks.push(chunk);
    expect(chunks).toStrictEqual([{ percent: 50 }]);
    const lines = await told(waymark);
    expect(lines.slice(2, 5)).toStrictEqual(['node.started a', 'graph.custom_emitted custom in a', 'node.completed a']);
    const emitted = await payloadsOf(waymark, 'graph.custom_emitted');
    expect(emitted.map(({ data }) => data)).toStrictEqual([{ percent: 50 }, { percent: 50 }]);
  });

  it('tells of a node that a command sends on to the graph around it as completed', async () => {
    const inner = new StateGraph(State)
      .addNode('leave', () => new Command({ graph: Command.PARENT, goto: 'after', update: { path: ['left'] } }))
      .addEdge(START, 'leave')
      .compile();
    const graph = observe(
      new StateGraph(State)
        .addNode('sub', inner, { ends: ['after'] })
        .addNode('after', says('after'))
        .addEdge(START, 'sub')
        .compile(),
      waymark,
    );
    await expect(graph.invoke({ path: [] })).resolves.toStrictEqual({ path: ['left', 'after'] });
    const nodes = (await told(waymark)).filter((line) => line.startsWith('node.'));
    expect(nodes).toStrictEqual([
      'node.started sub',
      'node.started sub/leave',
      'node.completed sub/leave',
      'node.completed sub',
      'node.started after',
      'node.completed after',
    ]);
  });

  it('tells of a node whose result was in a cache as passed over', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('costly', says('costly'), { cachePolicy: { ttl: 60 } })
        .addEdge(START, 'costly')
        .compile({ cache: new InMemoryCache() }),
      waymark,
    );
    await graph.invoke({ path: [] });
    await graph.invoke({ path: [] });
    const nodes = (await told(waymark)).filter((line) => line.startsWith('node.'));
    expect(nodes).toStrictEqual(['node.started costly', 'node.completed costly', 'node.skipped costly']);
  });
});
