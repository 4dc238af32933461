import { AIMessage, type AIMessageFields } from '@langchain/core/messages';
import { Document } from '@langchain/core/documents';
import { BaseRetriever } from '@langchain/core/retrievers';
import { dispatchCustomEvent } from '@langchain/core/callbacks/dispatch';
import { tool } from '@langchain/core/tools';
import { Command, interrupt, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import type { CapturePolicy, Waymark } from '../../src/index.js';
import { observe } from '../../src/langgraph.js';
import { caught } from '../support/caught.js';
import { openWaymark } from '../support/open-waymark.js';
import { ScriptedModel } from '../support/scripted-model.js';
import { entriesOf, payloadsOf, told } from '../support/told.js';

const add = tool(({ a, b }) => a + b, {
  name: 'add',
  description: 'Adds two numbers.',
  schema: z.object({ a: z.number(), b: z.number() }),
});
const callsAdd = new AIMessage({
  content: '',
  tool_calls: [{ name: 'add', args: { a: 1, b: 2 }, id: 'call-1', type: 'tool_call' }],
  usage_metadata: { input_tokens: 12, output_tokens: 5, total_tokens: 17 },
  response_metadata: { finish_reason: 'tool_calls' },
} as unknown as AIMessageFields);

/** An agent: a model that calls tools until it has an answer. */
function agent(model: ScriptedModel, tools: ConstructorParameters<typeof ToolNode>[0] = [add]) {
  return new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'model')
    .addConditionalEdges('model', toolsCondition, ['tools', '__end__'])
    .addEdge('tools', 'model');
}
const question = { messages: [{ role: 'user', content: 'what is 1 + 2?' }] };

let waymark: Waymark;
const open = async (capture: CapturePolicy = false): Promise<void> => {
  waymark = await openWaymark({ capture });
};
afterEach(() => waymark.close());

describe('the calls of models and tools', () => {
  it('are told within the nodes that make them', async () => {
    await open();
    const graph = observe(agent(new ScriptedModel(callsAdd, '3')).compile(), waymark);
    const { messages } = await graph.invoke(question);
    expect(messages.at(-1)?.content).toBe('3');
    const lines = (await told(waymark)).filter((line) => !line.startsWith('graph.'));
    expect(lines).toStrictEqual([
      'execution.started',
      'node.started model',
      'llm.started scripted-1 in model',
      'llm.completed scripted-1 in model',
      'node.completed model',
      'node.started tools',
      'tool.started add in tools',
      'tool.completed add in tools',
      'node.completed tools',
      'node.started model#2',
      'llm.started scripted-1 in model',
      'llm.completed scripted-1 in model',
      'node.completed model#2',
      'execution.completed',
    ]);
  });

  it('follow from their node, carry one id from start to end, and what the model says of itself', async () => {
    await open();
    await observe(agent(new ScriptedModel(callsAdd, '3')).compile(), waymark).invoke(question);
    const entries = await entriesOf(waymark);
    const types = new Map(entries.map(({ event }) => [event.id, event.type]));
    const causes = entries
      .filter(({ event }) => /^(llm|tool)\./.test(event.type))
      .map(({ event }) => `${event.type} < ${types.get(event.context.causationId ?? '')}`);
    expect(causes).toStrictEqual([
      'llm.started < node.started',
      'llm.completed < llm.started',
      'tool.started < node.started',
      'tool.completed < tool.started',
      'llm.started < node.started',
      'llm.completed < llm.started',
    ]);
    const [started] = await payloadsOf(waymark, 'llm.started');
    const [completed, last] = await payloadsOf(waymark, 'llm.completed');
    expect(completed?.['callId']).toBe(started?.['callId']);
    expect(started).toMatchObject({ nodeId: 'model', provider: 'tests' });
    expect(completed).toMatchObject({ inputTokens: 12, outputTokens: 5, finishReason: 'tool_calls' });
    expect(last).toMatchObject({ finishReason: 'stop' });
    expect(last).not.toHaveProperty('inputTokens');
  });

  it('keep what goes in and comes out to themselves', async () => {
    await open();
    await observe(agent(new ScriptedModel(callsAdd, 'the secret is 3')).compile(), waymark).invoke(question);
    const text = JSON.stringify((await entriesOf(waymark)).map(({ event }) => event.payload));
    expect(text).not.toContain('what is 1 + 2');
    expect(text).not.toContain('secret');
    expect(await payloadsOf(waymark, 'execution.started')).toMatchObject([{ input: null }]);
    expect(await payloadsOf(waymark, 'execution.completed')).toMatchObject([{ output: null }]);
  });

  it('tell it where the capture policy says so', async () => {
    await open(true);
    await observe(agent(new ScriptedModel(callsAdd, '3')).compile(), waymark).invoke(question);
    expect(await payloadsOf(waymark, 'tool.started')).toMatchObject([{ input: { a: 1, b: 2 } }]);
    expect(await payloadsOf(waymark, 'tool.completed')).toMatchObject([{ output: { data: { content: '3' } } }]);
    expect(await payloadsOf(waymark, 'llm.started')).toMatchObject([
      { input: [{ type: 'human', data: { content: 'what is 1 + 2?' } }] },
      { input: { length: 3 } },
    ]);
    expect((await payloadsOf(waymark, 'llm.completed'))[1]).toMatchObject({
      output: [{ type: 'ai', data: { content: '3' } }],
    });
    expect(await payloadsOf(waymark, 'execution.started')).toMatchObject([{ input: question }]);
    expect(await payloadsOf(waymark, 'execution.completed')).toMatchObject([{ output: { messages: { length: 4 } } }]);
    expect((await payloadsOf(waymark, 'node.completed'))[0]).toMatchObject({ output: { messages: [{ type: 'ai' }] } });
  });

  it('tell some of it where the policy is a function', async () => {
    await open((type, field) => type.startsWith('tool.') && field === 'input');
    await observe(agent(new ScriptedModel(callsAdd, '3')).compile(), waymark).invoke(question);
    expect((await payloadsOf(waymark, 'tool.started'))[0]).toHaveProperty('input');
    expect((await payloadsOf(waymark, 'tool.completed'))[0]).not.toHaveProperty('output');
    expect((await payloadsOf(waymark, 'llm.started'))[0]).not.toHaveProperty('input');
  });

  it('leave out what is too large, and what can not be told', async () => {
    await open(true);
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const graph = observe(
      new StateGraph(MessagesAnnotation)
        .addNode('large', () => ({ messages: ['x'.repeat(300_000)] }))
        .addNode('odd', (_, config) => {
          config.writer?.(circle);
          config.writer?.(new Map([['n', 12n]]));
          config.writer?.(() => 1);
          return {};
        })
        .addEdge(START, 'large')
        .addEdge('large', 'odd')
        .compile(),
      waymark,
    );
    await graph.invoke({ messages: [] });
    const [large] = await payloadsOf(waymark, 'node.completed');
    expect(large).toMatchObject({ nodeId: 'large', output: { omitted: 'too large', bytes: expect.any(Number) } });
    const emitted = await payloadsOf(waymark, 'graph.custom_emitted');
    expect(emitted.map(({ data }) => data)).toStrictEqual([
      { omitted: expect.stringContaining('not JSON') },
      { n: '12' },
      { omitted: 'not JSON: a function' },
    ]);
    expect(await payloadsOf(waymark, 'system.error_raised')).toStrictEqual([]);
  });

  it('are told with their parts when they are streamed', async () => {
    await open();
    const graph = observe(agent(new ScriptedModel('one two three')).compile(), waymark);
    const tokens: string[] = [];
    for await (const [chunk] of await graph.stream(question, { streamMode: 'messages' })) tokens.push(chunk.text);
    expect(tokens).toStrictEqual(['one', 'two', 'three']);
    const lines = (await told(waymark)).filter((line) => line.startsWith('llm.'));
    expect(lines).toStrictEqual([
      'llm.started scripted-1 in model',
      'llm.streamed scripted-1 in model',
      'llm.completed scripted-1 in model',
    ]);
    expect(await payloadsOf(waymark, 'llm.streamed')).toMatchObject([{ chunks: 3 }]);
  });

  it('are told when they fail', async () => {
    await open();
    const moody = tool(
      () => {
        throw new Error('not today');
      },
      { name: 'add', description: 'Fails.', schema: z.object({ a: z.number(), b: z.number() }) },
    );
    const graph = observe(agent(new ScriptedModel(callsAdd, new Error('overloaded')), [moody]).compile(), waymark);
    await caught(() => graph.invoke(question));
    const lines = (await told(waymark)).filter((line) => !line.startsWith('graph.'));
    expect(lines.slice(lines.indexOf('node.started tools'))).toStrictEqual([
      'node.started tools',
      'tool.started add in tools',
      'tool.failed add in tools',
      'node.completed tools',
      'node.started model#2',
      'llm.started scripted-1 in model',
      'llm.failed scripted-1 in model',
      'node.failed model#2',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'tool.failed')).toMatchObject([{ error: { message: 'not today' } }]);
    expect(await payloadsOf(waymark, 'llm.failed')).toMatchObject([{ error: { message: 'overloaded' } }]);
  });

  it('are told with the call that they were made from', async () => {
    await open();
    const model = new ScriptedModel('3');
    const asks = tool(async (_, config) => (await model.invoke('1 + 2', config)).text, {
      name: 'add',
      description: 'Asks a model.',
      schema: z.object({ a: z.number(), b: z.number() }),
    });
    await observe(agent(new ScriptedModel(callsAdd, 'done'), [asks]).compile(), waymark).invoke(question);
    const [called] = await payloadsOf(waymark, 'tool.started');
    const asked = await payloadsOf(waymark, 'llm.started');
    expect(asked.map(({ nodeId, parentCallId }) => [nodeId, parentCallId])).toStrictEqual([
      ['model', undefined],
      ['tools', called?.['callId']],
      ['model', undefined],
    ]);
  });

  it('are no failures when they wait for somebody', async () => {
    await open();
    const asks = tool(() => interrupt<string, string>('may I?'), {
      name: 'add',
      description: 'Asks before it does it.',
      schema: z.object({ a: z.number(), b: z.number() }),
    });
    const builder = agent(new ScriptedModel(callsAdd, 'done'), [asks]);
    const graph = observe(builder.compile({ checkpointer: new MemorySaver() }), waymark);
    const config = { configurable: { thread_id: 't-1' } };
    await graph.invoke(question, config);
    await graph.invoke(new Command({ resume: 'yes' }), config);
    const lines = (await told(waymark)).filter((line) => /^(tool|node|execution)/.test(line));
    expect(lines.slice(lines.indexOf('node.started tools'))).toStrictEqual([
      'node.started tools',
      'tool.started add in tools',
      'node.suspended tools',
      'execution.paused (approval)',
      'execution.resumed',
      'node.started tools.2',
      'tool.started add in tools',
      'tool.completed add in tools',
      'node.completed tools.2',
      'node.started model#2',
      'node.completed model#2',
      'execution.completed',
    ]);
  });
});

describe('what else nodes do', () => {
  class Shelf extends BaseRetriever {
    override lc_namespace = ['tests'];
    override _getRelevantDocuments(query: string): Promise<Document[]> {
      if (query === 'lost') return Promise.reject(new Error('the shelf is gone'));
      return Promise.resolve([new Document({ pageContent: 'a' }), new Document({ pageContent: 'b' })]);
    }
  }
  const searching = (query: string) =>
    new StateGraph(MessagesAnnotation)
      .addNode('search', async (_, config) => {
        await new Shelf().invoke(query, config);
        return {};
      })
      .addEdge(START, 'search')
      .compile();

  it('is told of searches, with the query where the policy keeps it', async () => {
    await open((type) => type === 'retriever.started');
    await observe(searching('engines'), waymark).invoke({ messages: [] });
    expect(await payloadsOf(waymark, 'retriever.started')).toMatchObject([{ nodeId: 'search', query: 'engines' }]);
    expect(await payloadsOf(waymark, 'retriever.completed')).toMatchObject([{ nodeId: 'search', documents: 2 }]);
  });

  it('is told of a search that fails as a failure of its node', async () => {
    await open();
    await caught(() => observe(searching('lost'), waymark).invoke({ messages: [] }));
    expect((await payloadsOf(waymark, 'retriever.started'))[0]).not.toHaveProperty('query');
    expect(await payloadsOf(waymark, 'node.failed')).toMatchObject([{ error: { message: 'the shelf is gone' } }]);
  });

  it('is told of events that they send by name', async () => {
    await open();
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('work', async (_, config) => {
        await dispatchCustomEvent('halfway', { percent: 50 }, config);
        return {};
      })
      .addEdge(START, 'work')
      .compile();
    await observe(graph, waymark).invoke({ messages: [] });
    expect(await payloadsOf(waymark, 'graph.custom_emitted')).toMatchObject([
      { nodeId: 'work', name: 'halfway', data: { percent: 50 } },
    ]);
  });
});
