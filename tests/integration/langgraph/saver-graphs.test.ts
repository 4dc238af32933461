import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { Annotation, Command, END, interrupt, MessagesAnnotation, Send, START, StateGraph } from '@langchain/langgraph';
import { type BaseCheckpointSaver, MemorySaver } from '@langchain/langgraph-checkpoint';
import { SAVERS } from '../../support/savers.js';
import { all } from '../../support/threads.js';

const config = { configurable: { thread_id: 'thread' } };

/** A model that calls a tool twice and is content then. */
function agentGraph(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(MessagesAnnotation)
    .addNode('agent', ({ messages }) => {
      const asked = messages.filter((message) => message instanceof ToolMessage).length;
      const id = `ai-${messages.length}`;
      if (asked === 2) return { messages: [new AIMessage({ id, content: 'It is 42.' })] };
      const call = { name: 'add', args: { n: asked }, id: `call-${asked}`, type: 'tool_call' as const };
      return { messages: [new AIMessage({ id, content: '', tool_calls: [call] })] };
    })
    .addNode('tool', ({ messages }) => {
      const [call] = (messages.at(-1) as AIMessage).tool_calls ?? [];
      return {
        messages: [new ToolMessage({ id: `tool-${messages.length}`, content: '21', tool_call_id: call?.id ?? '' })],
      };
    })
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? 'tool' : END))
    .addEdge('tool', 'agent')
    .compile({ checkpointer });
}

const Approval = Annotation.Root({
  amount: Annotation<number>,
  approved: Annotation<unknown>,
  log: Annotation<string[]>({ reducer: (before, added) => [...before, ...added], default: () => [] }),
});

function approvalGraph(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(Approval)
    .addNode('prepare', () => ({ log: ['prepared'] }))
    .addNode('approve', ({ amount }) => {
      const first: unknown = interrupt({ question: 'Pay?', amount });
      const second: unknown = interrupt({ question: 'Sure?' });
      return { approved: [first, second], log: ['approved'] };
    })
    .addNode('pay', () => ({ log: ['paid'] }))
    .addEdge(START, 'prepare')
    .addEdge('prepare', 'approve')
    .addEdge('approve', 'pay')
    .addEdge('pay', END)
    .compile({ checkpointer });
}

const Fan = Annotation.Root({
  items: Annotation<number[]>,
  item: Annotation<number>,
  results: Annotation<number[]>({ reducer: (before, added) => [...before, ...added], default: () => [] }),
});

/** Three branches at once, each a sub-graph of its own, and a node that waits for them. */
function fanOutGraph(checkpointer: BaseCheckpointSaver, failing: { fails: boolean } = { fails: false }) {
  const worker = new StateGraph(Fan)
    .addNode('square', ({ item }) => ({ item: item * item }))
    .addNode('give', ({ item }) => {
      if (item === 4 && failing.fails) throw new Error('two is out of order');
      return { results: [item] };
    })
    .addEdge(START, 'square')
    .addEdge('square', 'give')
    .compile();
  return new StateGraph(Fan)
    .addNode('split', () => ({}))
    .addNode('worker', async ({ item }: { item: number }, options) => {
      const { results } = await worker.invoke({ item, items: [], results: [] }, options);
      return { results };
    })
    .addNode('join', ({ results }) => ({ results: [results.reduce((sum, n) => sum + n, 0)] }))
    .addEdge(START, 'split')
    .addConditionalEdges('split', ({ items }) =>
      items.map((item) => new Send('worker', { item, items: [], results: [] })),
    )
    .addEdge('worker', 'join')
    .addEdge('join', END)
    .compile({ checkpointer });
}

/** A sub-graph that is interrupted, and remembers what it did before. */
function subGraph(checkpointer: BaseCheckpointSaver) {
  const inner = new StateGraph(Approval)
    .addNode('ask', () => ({ log: [`asked, and told ${String(interrupt('Well?'))}`] }))
    .addNode('note', () => ({ log: ['noted'] }))
    .addEdge(START, 'ask')
    .addEdge('ask', 'note')
    .compile({ checkpointer: true });
  return new StateGraph(Approval)
    .addNode('inner', async (state, options) => inner.invoke({ amount: state.amount }, options))
    .addEdge(START, 'inner')
    .addEdge('inner', END)
    .compile({ checkpointer });
}

/** What a graph leaves behind, without what is made anew each time: ids and times. */
async function historyOf(graph: { getStateHistory(at: object): AsyncIterable<unknown> }): Promise<unknown[]> {
  const states = (await all(graph.getStateHistory(config))) as {
    values: Record<string, unknown>;
    next: string[];
    metadata: Record<string, unknown>;
    tasks: { name: string; interrupts: { value: unknown }[]; error?: { message?: string } }[];
    parentConfig?: object;
  }[];
  return states.map(({ values, next, metadata, tasks, parentConfig }) => ({
    values,
    next,
    source: metadata['source'],
    step: metadata['step'],
    tasks: tasks.map(({ name, interrupts, error }) => ({
      name,
      interrupts: interrupts.map(({ value }) => value),
      error: error?.message,
    })),
    hasParent: parentConfig !== undefined,
  }));
}

/** What was done with a graph, and what there was to see of it. */
type Story = (saver: BaseCheckpointSaver) => Promise<unknown>;

const STORIES: Record<string, Story> = {
  'an agent that goes round a loop, and is asked again': async (saver) => {
    const graph = agentGraph(saver);
    const first = await graph.invoke({ messages: [new HumanMessage({ id: 'h-1', content: 'Add.' })] }, config);
    const second = await graph.invoke({ messages: [new HumanMessage({ id: 'h-2', content: 'And again?' })] }, config);
    return [first, second, await historyOf(graph)];
  },
  'an agent that is streamed': async (saver) => {
    const graph = agentGraph(saver);
    const streamed = await graph.stream(
      { messages: [new HumanMessage({ id: 'h-1', content: 'Add.' })] },
      { ...config, streamMode: 'values' },
    );
    return [await all(streamed), await historyOf(graph)];
  },
  'two interrupts, each resumed': async (saver) => {
    const graph = approvalGraph(saver);
    await graph.invoke({ amount: 5 }, config);
    const waiting = await graph.getState(config);
    await graph.invoke(new Command({ resume: { ok: false } }), config);
    const result = await graph.invoke(new Command({ resume: 7 }), config);
    return [
      waiting.next,
      waiting.tasks.map(({ interrupts }) => interrupts.map(({ value }): unknown => value)),
      result,
      await historyOf(graph),
    ];
  },
  'a fan-out into sub-graphs': async (saver) => {
    const graph = fanOutGraph(saver);
    return [await graph.invoke({ items: [1, 2, 3] }, config), await historyOf(graph)];
  },
  'a fan-out of which one branch fails, and is tried again': async (saver) => {
    const failing = { fails: true };
    const graph = fanOutGraph(saver, failing);
    const error = await graph
      .invoke({ items: [1, 2, 3] }, config)
      .catch((thrown: unknown) => (thrown as Error).message);
    const broken = await historyOf(graph);
    failing.fails = false;
    return [error, broken, await graph.invoke(null, config), await historyOf(graph)];
  },
  'a sub-graph with a memory of its own': async (saver) => {
    const graph = subGraph(saver);
    await graph.invoke({ amount: 1 }, config);
    const state = await graph.getState(config, { subgraphs: true });
    const first = await graph.invoke(new Command({ resume: 'yes' }), config);
    await graph.invoke({ amount: 2 }, config);
    const second = await graph.invoke(new Command({ resume: 'no' }), config);
    return [state.next, first, second, await historyOf(graph)];
  },
  'a state that is edited, and gone on from': async (saver) => {
    const graph = approvalGraph(saver);
    await graph.invoke({ amount: 5 }, config);
    await graph.updateState(config, { amount: 7, log: ['edited'] });
    await graph.invoke(new Command({ resume: 'a' }), config);
    const result = await graph.invoke(new Command({ resume: 'b' }), config);
    return [result, await historyOf(graph)];
  },
  'a state that is edited as if by a node': async (saver) => {
    const graph = approvalGraph(saver);
    await graph.invoke({ amount: 5 }, config);
    await graph.updateState(config, { log: ['approved by hand'] }, 'approve');
    return [await graph.invoke(null, config), await historyOf(graph)];
  },
  'going back in time, and another way from there': async (saver) => {
    const graph = agentGraph(saver);
    await graph.invoke({ messages: [new HumanMessage({ id: 'h-1', content: 'Add.' })] }, config);
    const before = (await all(graph.getStateHistory(config))).find(({ next }) => next.includes('tool'));
    const replayed = await graph.invoke(null, before!.config);
    const edited = await graph.updateState(before!.config, {
      messages: [new HumanMessage({ id: 'h-9', content: '!' })],
    });
    const other = await graph.invoke({ messages: [new HumanMessage({ id: 'h-8', content: 'Else.' })] }, edited);
    const old = await graph.getState(before!.config);
    return [replayed, other, old.values, await historyOf(graph)];
  },
  'a copy of a checkpoint': async (saver) => {
    const graph = approvalGraph(saver);
    await graph.invoke({ amount: 5 }, config);
    const states = await all(graph.getStateHistory(config));
    const copies = [];
    for (const state of states) {
      const copied = await graph.updateState(state.config, null, '__copy__');
      copies.push((await graph.getState(copied)).values as unknown);
    }
    return [copies, states.map(({ values }) => values as unknown), await historyOf(graph)];
  },
  'a run that is stored at its end only': async (saver) => {
    const graph = agentGraph(saver);
    const input = { messages: [new HumanMessage({ id: 'h-1', content: 'Add.' })] };
    const result = await graph.invoke(input, { ...config, durability: 'exit' });
    return [result, await historyOf(graph)];
  },
  'a run that waits for each checkpoint': async (saver) => {
    const graph = fanOutGraph(saver);
    return [await graph.invoke({ items: [3, 4] }, { ...config, durability: 'sync' }), await historyOf(graph)];
  },
};

describe.each(Object.entries(STORIES))('%s', (_title, story) => {
  it.each(SAVERS)('ends as with MemorySaver, %s', async (_name, open) => {
    const expected = await story(new MemorySaver());
    const { saver, remove } = await open();
    try {
      expect(await story(saver)).toStrictEqual(expected);
      expect((await saver.waymark.log.verify()).verdict).toBe('ok');
      for (const { executionId } of await saver.waymark.threads.all()) {
        const created = await saver.waymark.log.query({ executionId, types: ['checkpoint.created'] }, { limit: 1_000 });
        const stored = await saver.waymark.checkpoints.list(executionId);
        expect(
          created.map(({ event }) => (event.payload as { checkpointId: string }).checkpointId).toSorted(),
        ).toStrictEqual(stored.map(({ id }) => id).toSorted());
        for (const { id } of stored) await saver.waymark.checkpoints.state(id);
      }
    } finally {
      await remove();
    }
  });
});

describe('messages of a thread', () => {
  it.each(SAVERS)('come back as messages from the saver of another Waymark, %s', async (name, open) => {
    const { saver, storage, remove } = await open();
    try {
      await agentGraph(saver).invoke({ messages: [new HumanMessage({ id: 'h-1', content: 'Add.' })] }, config);
      // Memory is nobody else's.
      const { WaymarkSaver } = await import('../../../src/langgraph.js');
      const other = name === 'in memory' ? new WaymarkSaver(saver.waymark) : await WaymarkSaver.open(storage);
      const { values } = await agentGraph(other).getState(config);
      const messages = (values as { messages: BaseMessage[] }).messages;
      expect(messages.map((message) => message.type)).toStrictEqual(['human', 'ai', 'tool', 'ai', 'tool', 'ai']);
      expect(messages[0]).toBeInstanceOf(HumanMessage);
      expect((messages[1] as AIMessage).tool_calls).toHaveLength(1);
      await other.close();
    } finally {
      await remove();
    }
  });
});
