import { Command, END, interrupt, MemorySaver, START, StateGraph } from '@langchain/langgraph';
import { InMemoryStore, runWithContext, type Waymark } from '../../src/index.js';
import { observe, WaymarkSaver } from '../../src/langgraph.js';
import { caught } from '../support/caught.js';
import { openWaymark } from '../support/open-waymark.js';
import { entriesOf, payloadsOf, told } from '../support/told.js';
import { State, thread } from '../support/path-graph.js';

/** Writes twice, then asks. */
const asking = () =>
  new StateGraph(State)
    .addNode('write', ({ path }) => ({ path: [`line ${path.length + 1}`] }))
    .addNode('ask', () => ({ path: [interrupt<string, string>('send it?')] }))
    .addEdge(START, 'write')
    .addConditionalEdges('write', ({ path }) => (path.length % 2 === 0 ? 'ask' : 'write'))
    .addEdge('ask', END);

let waymark: Waymark;
beforeEach(async () => {
  waymark = await openWaymark();
});
afterEach(() => waymark.close());

/** What the saver tells of comes when it is stored, between what the graph does. */
const isNoCheckpoint = (line: string): boolean => line !== 'checkpoint.created';
const nodesOf = async (of: Waymark, executionId?: string): Promise<readonly string[]> =>
  (await told(of, executionId)).filter((line) => line.startsWith('node.started'));

describe('the runs of a thread', () => {
  it('are one execution: each begins it anew, and its nodes go on counting', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    await graph.invoke(new Command({ resume: 'yes' }), thread());
    await graph.invoke({ path: ['again'] }, thread());
    const lines = (await told(waymark, 't-1')).filter((line) => /^(execution|node.started)/.test(line));
    expect(lines).toStrictEqual([
      'execution.started',
      'node.started write',
      'node.started write#2',
      'node.started ask',
      'execution.paused (approval)',
      'execution.resumed',
      'node.started ask.2',
      'execution.completed',
      'execution.started',
      'node.started write#3',
      'node.started write#4',
      'node.started ask#2',
      'execution.paused (approval)',
    ]);
  });

  it('go on counting in another process, where one left off', async () => {
    const [store, checkpointer] = [new InMemoryStore(), new MemorySaver()];
    const first = await openWaymark({}, store);
    await observe(asking().compile({ checkpointer }), first).invoke({ path: [] }, thread());
    await first.flush();
    const second = await openWaymark({}, store);
    const graph = observe(asking().compile({ checkpointer }), second);
    await graph.invoke(new Command({ resume: 'yes' }), thread());
    await graph.invoke({ path: ['again'] }, thread());
    await expect(nodesOf(second)).resolves.toStrictEqual([
      'node.started write',
      'node.started write#2',
      'node.started ask',
      'node.started ask.2',
      'node.started write#3',
      'node.started write#4',
      'node.started ask#2',
    ]);
    // And back again, in the process that has not seen what the other did.
    await observe(asking().compile({ checkpointer }), first).invoke({ path: ['x'] }, thread());
    expect((await nodesOf(first)).slice(-2)).toStrictEqual(['node.started write#5', 'node.started ask#3']);
    await second.close();
    await first.close();
  });

  it('are told under a name that can be one, whatever the thread is called', async () => {
    const graph = observe(asking().compile({ checkpointer: new WaymarkSaver(waymark) }), waymark);
    for (const name of ['__proto__', 'line\nbreak', 'x'.repeat(300)]) await graph.invoke({ path: [] }, thread(name));
    const ids = (await payloadsOf(waymark, 'execution.started')).map(({ executionId }) => executionId);
    expect(ids).toStrictEqual([
      expect.stringMatching(/^thread:[0-9a-f]{32}$/),
      expect.stringMatching(/^thread:[0-9a-f]{32}$/),
      expect.stringMatching(/^thread:[0-9a-f]{32}$/),
    ]);
    expect(new Set(ids).size).toBe(3);
    expect(await payloadsOf(waymark, 'system.error_raised')).toStrictEqual([]);
  });

  it('do not mix when many run at once', async () => {
    const graph = observe(asking().compile({ checkpointer: new WaymarkSaver(waymark) }), waymark);
    const names = Array.from({ length: 20 }, (_, n) => `many-${n}`);
    await graph.batch(
      names.map(() => ({ path: [] })),
      names.map((name) => thread(name)),
    );
    const stories = await Promise.all(names.map(async (name) => (await told(waymark, name)).filter(isNoCheckpoint)));
    expect(new Set(stories.map((story) => story.join('\n'))).size).toBe(1);
    expect(stories[0]).toHaveLength(16);
  });

  it('are told within a graph that is not observed, as a graph of their own', async () => {
    const inner = observe(
      new StateGraph(State)
        .addNode('in', () => ({}))
        .addEdge(START, 'in')
        .compile(),
      waymark,
    );
    const outer = new StateGraph(State).addNode('out', inner).addEdge(START, 'out').compile();
    await outer.invoke({ path: [] });
    await expect(told(waymark)).resolves.toStrictEqual([
      'execution.started',
      'graph.superstep_started 1: in',
      'node.started in',
      'node.completed in',
      'graph.superstep_completed 1: in',
      'execution.completed',
    ]);
  });

  it('are told where they wait when only their end is stored', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, { ...thread(), durability: 'exit' });
    const { config } = await graph.getState(thread());
    expect(await payloadsOf(waymark, 'execution.paused')).toMatchObject([
      { checkpointId: config.configurable?.['checkpoint_id'], nodeId: 'ask' },
    ]);
  });

  it('can begin and go on with a command', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('a', () => ({ path: ['a'] }))
        .addNode('b', () => ({ path: ['b'] }))
        .addEdge(START, 'a')
        .addEdge('a', 'b')
        .compile({ checkpointer: new MemorySaver() }),
      waymark,
    );
    await graph.invoke(new Command({ goto: 'b', update: { path: ['x'] } }), thread());
    await graph.invoke(new Command({ goto: 'b', update: { path: ['y'] } }), thread());
    const lines = (await told(waymark)).filter((line) => /^(execution|node.started)/.test(line));
    expect(lines).toStrictEqual([
      'execution.started',
      'node.started b',
      'execution.completed',
      'execution.resumed',
      'node.started b#2',
      'execution.completed',
    ]);
  });

  it('belong to what is around them', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await runWithContext({ correlationId: 'request-7', actor: 'user:ada' }, () => graph.invoke({ path: [] }, thread()));
    const contexts = (await entriesOf(waymark)).map(({ event }) => event.context);
    expect(contexts.every(({ correlationId, actor }) => correlationId === 'request-7' && actor === 'user:ada')).toBe(
      true,
    );
  });

  it('have what their nodes publish follow from them', async () => {
    const { SessionStarted } = await import('../../src/index.js');
    const graph = observe(
      new StateGraph(State)
        .addNode('publish', () => {
          waymark.bus.publish(new SessionStarted({ sessionId: 's-1' }));
          return {};
        })
        .addEdge(START, 'publish')
        .compile({ checkpointer: new MemorySaver() }),
      waymark,
    );
    await graph.invoke({ path: [] }, thread());
    const entries = await entriesOf(waymark);
    const [started] = entries;
    const published = entries.find(({ event }) => event.type === 'session.started');
    expect(published?.event.context).toMatchObject({
      correlationId: started?.event.context.correlationId,
      causationId: started?.event.id,
    });
  });
});

describe('going back to a past checkpoint', () => {
  it('is told with its reason, and the nodes are reached again', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    const past = [];
    for await (const snapshot of graph.getStateHistory(thread())) past.push(snapshot);
    const target = past.find(({ metadata }) => metadata?.step === 1)?.config.configurable?.['checkpoint_id'] as string;
    const because = { actor: 'user:ada', reason: 'line 2 was wrong' };
    await graph.invoke(null, thread('t-1', { checkpoint_id: target, waymark: because }));
    const lines = await told(waymark);
    expect(lines.slice(lines.indexOf('checkpoint.rollback_requested'))).toStrictEqual([
      'checkpoint.rollback_requested',
      'execution.resumed',
      'graph.superstep_started 3: write',
      'node.started write#3',
      'node.completed write#3',
      'graph.superstep_completed 3: write',
      'exit of write#3',
      'graph.superstep_started 4: ask',
      'node.started ask#2',
      'node.suspended ask#2',
      'graph.interrupted ask',
      'execution.paused (approval)',
    ]);
    expect(await payloadsOf(waymark, 'checkpoint.rollback_requested')).toMatchObject([
      { targetCheckpointId: target, reason: 'line 2 was wrong' },
    ]);
    expect(await payloadsOf(waymark, 'execution.resumed')).toMatchObject([
      { checkpointId: target, nodeIds: ['write'] },
    ]);
    const entries = await entriesOf(waymark);
    expect(entries.at(-1)?.event.context.actor).toBe('user:ada');
  });

  it('is none where the checkpoint is the newest', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    const { config } = await graph.getState(thread());
    await graph.invoke(new Command({ resume: 'yes' }), { configurable: { ...config.configurable } });
    expect(await payloadsOf(waymark, 'checkpoint.rollback_requested')).toStrictEqual([]);
    expect((await told(waymark)).at(-1)).toBe('execution.completed');
  });

  it('names the checkpoint that new input begins from', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    const past = [];
    for await (const { config } of graph.getStateHistory(thread())) past.push(config);
    const target: unknown = past.at(1)?.configurable?.['checkpoint_id'];
    await graph.invoke({ path: ['x'] }, thread('t-1', { checkpoint_id: target }));
    expect((await payloadsOf(waymark, 'execution.started'))[1]).toMatchObject({ sourceCheckpointId: target });
    expect(await payloadsOf(waymark, 'checkpoint.rollback_requested')).toMatchObject([
      { reason: 'run from a past checkpoint' },
    ]);
  });
});

describe('an edit of the state by hand', () => {
  it('is told with who did it, what they wrote, and why', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    const because = { actor: 'user:ada', reason: 'a word was missing' };
    const updated = await graph.updateState(thread('t-1', { waymark: because }), { path: ['by hand'] }, 'write');
    await graph.updateState(thread(), { path: ['more'] });
    expect(await payloadsOf(waymark, 'execution.state_modified')).toStrictEqual([
      {
        executionId: 't-1',
        checkpointId: updated.configurable?.['checkpoint_id'],
        patch: { path: ['by hand'] },
        reason: 'a word was missing',
      },
      expect.objectContaining({ patch: { path: ['more'] }, reason: 'updateState' }),
    ]);
    const entries = await entriesOf(waymark);
    expect(entries.at(-2)?.event.context.actor).toBe('user:ada');
    expect(entries.at(-1)?.event.context.actor).toBeUndefined();
  });

  it('is none when LangGraph refuses it', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await caught(() => graph.updateState(thread(), { path: [] }, 'nobody'));
    expect(await payloadsOf(waymark, 'execution.state_modified')).toStrictEqual([]);
  });

  it('is told of a command that goes on with one', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    await graph.invoke(new Command({ resume: 'yes', update: { path: ['checked'] } }), thread());
    expect(await payloadsOf(waymark, 'execution.resumed')).toMatchObject([{ statePatch: { path: ['checked'] } }]);
  });
});

describe('beside a WaymarkSaver', () => {
  const observed = () => observe(asking().compile({ checkpointer: new WaymarkSaver(waymark) }), waymark);

  it('tells of each checkpoint once, under the ids that the nodes name', async () => {
    const graph = observed();
    await graph.invoke({ path: [] }, thread());
    await graph.invoke(new Command({ resume: 'yes' }), thread());
    const created = (await payloadsOf(waymark, 'checkpoint.created')).map(({ checkpointId }) => checkpointId);
    const kept = (await waymark.checkpoints.list('t-1')).map(({ id }) => id);
    expect(created).toStrictEqual(kept);
    const named = [
      ...(await payloadsOf(waymark, 'node.started')).map(({ entryCheckpointId }) => entryCheckpointId),
      ...(await payloadsOf(waymark, 'checkpoint.node_boundary_recorded')).map(({ checkpointId }) => checkpointId),
      ...(await payloadsOf(waymark, 'execution.paused')).map(({ checkpointId }) => checkpointId),
    ];
    expect(named).toHaveLength(4 + 3 + 1);
    expect(named.filter((id) => !kept.includes(id as string))).toStrictEqual([]);
    // The first of them are of the run that paused.
    expect(await payloadsOf(waymark, 'execution.completed')).toMatchObject([{ checkpointsCreated: 1 }]);
  });

  it('tells that a checkpoint was gone back to that it holds, with what its state is', async () => {
    const graph = observed();
    await graph.invoke({ path: [] }, thread());
    const [, , target] = await waymark.checkpoints.list('t-1');
    await graph.invoke(null, thread('t-1', { checkpoint_id: target?.id }));
    expect(await payloadsOf(waymark, 'checkpoint.restored')).toStrictEqual([
      { executionId: 't-1', checkpointId: target?.id, stateHash: target?.stateHash },
    ]);
  });

  it('records all of it in one log that verifies', async () => {
    await observed().invoke({ path: [] }, thread());
    await waymark.flush();
    await expect(waymark.log.verify()).resolves.toMatchObject({ verdict: 'ok' });
    const [first] = await told(waymark);
    expect(first).toBe('execution.started');
  });
});
