import { AIMessage } from '@langchain/core/messages';
import { Document } from '@langchain/core/documents';
import { BaseRetriever } from '@langchain/core/retrievers';
import { tool } from '@langchain/core/tools';
import { Command, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { InMemoryCache } from '@langchain/langgraph-checkpoint';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import type { Waymark } from '../../src/index.js';
import { observe, WaymarkSaver } from '../../src/langgraph.js';
import { ScriptedModel } from './scripted-model.js';

class Shelf extends BaseRetriever {
  override lc_namespace = ['tests'];
  override _getRelevantDocuments(): Promise<Document[]> {
    return Promise.resolve([new Document({ pageContent: 'a book' })]);
  }
}

const call = (id: string, name: string) => ({ name, args: {}, id, type: 'tool_call' }) as const;
const makeTool = (name: string, work: () => string) => tool(work, { name, description: name, schema: z.object({}) });

/** A graph of LangGraph's that does everything once that its adapter tells of. */
export async function runObservedGraph(waymark: Waymark): Promise<void> {
  const asks = new AIMessage({ content: '', tool_calls: [call('1', 'works'), call('2', 'fails')] });
  const model = new ScriptedModel(asks, new Error('overloaded'), 'one two three');
  const tools = new ToolNode([
    makeTool('works', () => 'done'),
    makeTool('fails', () => {
      throw new Error('not today');
    }),
  ]);
  const graph = observe(
    new StateGraph(MessagesAnnotation)
      .addNode('search', async (_, config) => {
        config.writer?.('searching');
        await new Shelf().invoke('books', config);
        return {};
      })
      .addNode('model', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
      .addNode('tools', tools)
      // Its first attempt fails.
      .addNode('again', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }), {
        retryPolicy: { maxAttempts: 2, initialInterval: 1, jitter: false, logWarning: false },
      })
      .addNode('stream', async ({ messages }, config) => {
        const words: string[] = [];
        for await (const { text } of await model.stream(messages, config)) words.push(text);
        return { messages: [words.join(' ')] };
      })
      .addNode('cached', () => ({}), { cachePolicy: { keyFunc: () => 'always', ttl: 60 } })
      .addNode('ask', () => ({ messages: [interrupt<string, string>('send it?')] }))
      .addNode('slow', () => new Promise<never>(() => undefined), { timeout: { runTimeout: 1 } })
      .addEdge(START, 'search')
      .addEdge('search', 'model')
      .addEdge('model', 'tools')
      .addEdge('tools', 'again')
      .addEdge('again', 'stream')
      .addEdge('stream', 'cached')
      .addEdge('cached', 'ask')
      .addEdge('ask', 'slow')
      .compile({ checkpointer: new WaymarkSaver(waymark), cache: new InMemoryCache(), name: 'everything' }),
    waymark,
  );
  const thread = { configurable: { thread_id: 'observed' } };
  await graph.invoke({ messages: ['hello'] }, thread);
  // Once more up to the question, so that a result comes from the cache.
  await graph.invoke({ messages: ['hello again'] }, thread);
  await graph.invoke(new Command({ resume: 'yes' }), thread).catch(() => undefined);
}
