import { AIMessage, HumanMessage } from '@langchain/core/messages';
import {
  Annotation,
  Command,
  DeltaChannel,
  END,
  interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { Waymark } from '../../../src/index.js';
import { SAVERS } from '../../support/savers.js';

const thread = { configurable: { thread_id: 'thread' } };
const because = { reason: 'what if', actor: 'user:ada' };
const at = (threadId: string) => ({ configurable: { thread_id: threadId } });

const log = Annotation<string[]>({ reducer: (before, added) => [...before, ...added], default: () => [] });

async function before(waymark: Waymark, nodeId: string): Promise<string> {
  const ofGraph = (await waymark.checkpoints.list('thread')).filter(({ branchId }) =>
    /^(?:main|rollback)/.test(branchId),
  );
  return ofGraph.findLast(({ position }) => position.nextNodeIds.includes(nodeId))?.id ?? 'none';
}

describe.each(SAVERS)('what was sent to nodes and has not run, %s', (_name, open) => {
  const Fan = Annotation.Root({ items: Annotation<number[]>, item: Annotation<number>, log });
  const fanOut = (checkpointer: BaseCheckpointSaver) =>
    new StateGraph(Fan)
      .addNode('split', () => ({}))
      .addNode('work', ({ item }) => ({ log: [`worked on ${item}`] }))
      .addNode('join', (state) => ({ log: [`joined ${state.log.length}`] }))
      .addEdge(START, 'split')
      .addConditionalEdges('split', ({ items }) => items.map((item) => new Send('work', { item })), ['work'])
      .addEdge('work', 'join')
      .compile({ checkpointer });

  it('runs again after going back, each of them, and from an edited state', async () => {
    const { saver, remove } = await open();
    const { executions } = saver.waymark;
    const graph = fanOut(saver);
    await graph.invoke({ items: [1, 2, 3] }, thread);
    const target = await before(saver.waymark, 'work');
    await executions.rollback('thread', target, { statePatch: { log: ['edited'] }, ...because });
    expect((await graph.getState(thread)).next).toStrictEqual(['work', 'work', 'work']);
    const again = ['edited', 'worked on 1', 'worked on 2', 'worked on 3', 'joined 4'];
    expect((await graph.invoke(null, thread)).log).toStrictEqual(again);
    const fork = await executions.fork(target, because);
    expect((await graph.invoke(null, at(fork.id))).log).toStrictEqual([...again.slice(1, 4), 'joined 3']);
    const rerun = await executions.rerun('thread', { nodeId: 'join' }, because);
    expect((await graph.invoke(null, at(rerun.id))).log).toStrictEqual(again);
    const edits = executions.rollback('thread', target, { statePatch: { 'branch:to:join': null } });
    await expect(edits).rejects.toMatchObject({ code: 'WAYMARK_INVALID_ARGUMENT' });
    await remove();
  });
});

describe.each(SAVERS)('nodes side by side of which one waits, %s', (_name, open) => {
  const Pair = Annotation.Root({ log, runs: Annotation<number> });
  function pair(checkpointer: BaseCheckpointSaver, counts: { fast: number }) {
    return new StateGraph(Pair)
      .addNode('fast', () => ({ log: [`fast ${(counts.fast += 1)}`] }))
      .addNode('slow', () => ({ log: [`slow ${interrupt<string, string>('well?')}`] }))
      .addNode('after', () => ({ log: ['after'] }))
      .addEdge(START, 'fast')
      .addEdge(START, 'slow')
      .addEdge(['fast', 'slow'], 'after')
      .compile({ checkpointer });
  }

  it('keeps what is done in a fork, and runs all again after going back', async () => {
    const { saver, remove } = await open();
    const counts = { fast: 0 };
    const graph = pair(saver, counts);
    await graph.invoke({}, thread);
    const target = await before(saver.waymark, 'slow');
    const fork = await saver.waymark.executions.fork(target, because);
    const resumed = await graph.invoke(new Command({ resume: 'there' }), at(fork.id));
    expect(resumed.log).toStrictEqual(['fast 1', 'slow there', 'after']);
    await saver.waymark.executions.rollback('thread', target, because);
    const again = await graph.invoke(new Command({ resume: 'here' }), thread);
    expect([again.log, counts.fast]).toStrictEqual([['fast 2', 'slow here', 'after'], 2]);
    await remove();
  });
});

describe.each(SAVERS)('channels that are stored as what was written to them, %s', (_name, open) => {
  const add = (items: string[], writes: string[][]): string[] => [...items, ...writes.flat()];
  const State = Annotation.Root({ items: () => new DeltaChannel<string[], string[]>(add), n: Annotation<number> });
  const counting = (checkpointer: BaseCheckpointSaver) =>
    new StateGraph(State)
      .addNode('add', ({ n }) => ({ items: [`item ${n}`], n: n + 1 }))
      .addConditionalEdges(START, () => 'add', ['add'])
      .addConditionalEdges('add', ({ n }) => (n < 5 ? 'add' : END), ['add', END])
      .compile({ checkpointer });

  it('have the value that they had then, in a thread that went back and in a fork', async () => {
    const { saver, remove } = await open();
    const { executions, checkpoints } = saver.waymark;
    const graph = counting(saver);
    const values = async (threadId: string): Promise<unknown> => (await graph.getState(at(threadId))).values;
    await graph.invoke({ items: ['first'], n: 0 }, thread);
    const all = ['first', 'item 0', 'item 1', 'item 2', 'item 3', 'item 4'];
    expect(await values('thread')).toStrictEqual({ items: all, n: 5 });
    const states = (await checkpoints.list('thread')).filter(({ position }) => position.nextNodeIds.includes('add'));
    const third = states[2]?.id ?? '';

    const fork = await executions.fork(third, because);
    expect(await values(fork.id)).toStrictEqual({ items: all.slice(0, 3), n: 2 });
    expect(await graph.invoke(null, at(fork.id))).toStrictEqual({ items: all, n: 5 });
    const edited = await executions.fork(third, { statePatch: { n: 4 }, ...because });
    expect(await graph.invoke(null, at(edited.id))).toStrictEqual({ items: [...all.slice(0, 3), 'item 4'], n: 5 });
    const whole = await executions.fork(third, { statePatch: { items: ['new'], n: 4 }, ...because });
    expect(await graph.invoke(null, at(whole.id))).toStrictEqual({ items: ['new', 'item 4'], n: 5 });

    await executions.rollback('thread', third, { statePatch: { n: 3 }, ...because });
    expect(await values('thread')).toStrictEqual({ items: all.slice(0, 3), n: 3 });
    expect(await graph.invoke(null, thread)).toStrictEqual({ items: [...all.slice(0, 3), 'item 3', 'item 4'], n: 5 });
    const merged = executions.rollback('thread', third, { statePatch: { items: { 0: 'x' } } });
    await expect(merged).rejects.toMatchObject({ code: 'WAYMARK_THREAD_EDIT' });
    expect((await saver.waymark.log.query({ types: ['checkpoint.rollback_failed'] })).length).toBe(1);
    await remove();
  });
});

describe.each(SAVERS)('a sub-graph, %s', (_name, open) => {
  const State = Annotation.Root({ log });
  const nested = (checkpointer: BaseCheckpointSaver, remembers: boolean) => {
    const inner = new StateGraph(State)
      .addNode('ask', (state) => ({ log: [`${state.log.length}: ${interrupt<string, string>('well?')}`] }))
      .addEdge(START, 'ask')
      .compile(remembers ? { checkpointer: true } : {});
    return new StateGraph(State)
      .addNode('first', () => ({ log: ['first'] }))
      .addNode('inner', async (_, options) => ({ log: (await inner.invoke({ log: ['in'] }, options)).log }))
      .addNode('last', () => ({ log: ['last'] }))
      .addEdge(START, 'first')
      .addEdge('first', 'inner')
      .addEdge('inner', 'last')
      .compile({ checkpointer });
  };

  it('that waits is gone back to by the checkpoint of the graph around it', async () => {
    const { saver, remove } = await open();
    const { executions, checkpoints } = saver.waymark;
    const graph = nested(saver, false);
    await graph.invoke({}, thread);
    const outer = await before(saver.waymark, 'inner');
    const inner = (await checkpoints.list('thread')).findLast(({ branchId }) => branchId.startsWith('inner:'));
    const refused = { code: 'WAYMARK_SUBGRAPH_CHECKPOINT', details: { use: outer } };
    await expect(executions.rollback('thread', inner?.id ?? '', because)).rejects.toMatchObject(refused);
    await expect(executions.fork(inner?.id ?? '', because)).rejects.toMatchObject(refused);

    const fork = await executions.fork(outer, because);
    const forked = await graph.invoke(new Command({ resume: 'fork' }), at(fork.id));
    expect(forked.log).toStrictEqual(['first', 'in', '1: fork', 'last']);
    await graph.invoke(new Command({ resume: 'yes' }), thread);
    await executions.rollback('thread', outer, because);
    expect(await graph.invoke(null, thread)).toHaveProperty('__interrupt__');
    const again = await graph.invoke(new Command({ resume: 'no' }), thread);
    expect(again.log).toStrictEqual(['first', 'in', '1: no', 'last']);
    await remove();
  });

  it('that remembers stands where it stood then', async () => {
    const { saver, remove } = await open();
    const { executions } = saver.waymark;
    const graph = nested(saver, true);
    await graph.invoke({}, thread);
    const once = await graph.invoke(new Command({ resume: 'a' }), thread);
    expect(once.log).toStrictEqual(['first', 'in', '1: a', 'last']);
    await graph.invoke({}, thread);
    const outer = await before(saver.waymark, 'inner');
    const twice = await graph.invoke(new Command({ resume: 'b' }), thread);
    expect(twice.log.slice(4)).toStrictEqual(['first', 'in', '1: a', 'in', '3: b', 'last']);
    const { headCheckpointId } = await executions.rollback('thread', outer, because);
    // By the name of the checkpoint it remembers, and otherwise it is begun anew.
    const named = { configurable: { ...thread.configurable, checkpoint_id: headCheckpointId } };
    await graph.invoke(null, named);
    const again = await graph.invoke(new Command({ resume: 'c' }), thread);
    expect(again.log.slice(4)).toStrictEqual(['first', 'in', '1: a', 'in', '3: c', 'last']);
    await executions.rollback('thread', outer, because);
    const fork = await executions.fork(outer, because);
    for (const where of [thread, at(fork.id)]) {
      await graph.invoke(null, where);
      const forgotten = await graph.invoke(new Command({ resume: 'd' }), where);
      expect(forgotten.log.slice(4)).toStrictEqual(['first', 'in', '1: d', 'last']);
    }
    // Before it was ever called, it remembers nothing.
    const first = (await saver.waymark.checkpoints.list('thread')).find(({ position }) =>
      position.nextNodeIds.includes('inner'),
    );
    await executions.rollback('thread', first?.id ?? '', because);
    await graph.invoke(null, thread);
    const anew = await graph.invoke(new Command({ resume: 'd' }), thread);
    expect(anew.log).toStrictEqual(['first', 'in', '1: d', 'last']);
    await remove();
  });
});

describe.each(SAVERS)('messages in an edit, %s', (_name, open) => {
  it('are messages again, in the form that Waymark shows', async () => {
    const { saver, remove } = await open();
    const { executions, checkpoints } = saver.waymark;
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('echo', ({ messages }) => ({
        messages: [new AIMessage({ id: 'a', content: `you said: ${messages.at(-1)?.text}` })],
      }))
      .addEdge(START, 'echo')
      .compile({ checkpointer: saver });
    await graph.invoke({ messages: [new HumanMessage({ id: 'h', content: 'hello' })] }, thread);
    const target = await before(saver.waymark, 'echo');
    const { messages } = (await checkpoints.state(target)) as { messages: { id: string[]; kwargs: object }[] };
    const shown = messages.map(({ id, kwargs }) => ({ id, kwargs: { ...kwargs, content: 'shown' } }));
    for (const [patch, text] of [
      [shown, 'shown'],
      [[new HumanMessage({ id: 'h', content: 'json' }).toJSON()], 'json'],
    ] as const) {
      await executions.rollback('thread', target, { statePatch: { messages: patch }, ...because });
      const result = await graph.invoke(null, thread);
      expect(result.messages.map((message) => [message.constructor.name, message.text])).toStrictEqual([
        ['HumanMessage', text],
        ['AIMessage', `you said: ${text}`],
      ]);
    }
    await remove();
  });
});
