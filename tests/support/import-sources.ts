import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { Annotation, Command, interrupt, MessagesAnnotation, Send, START, StateGraph } from '@langchain/langgraph';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import Database from 'better-sqlite3';
import pg from 'pg';
import { dropSchemas, hasPostgres, POSTGRES_URL, postgresOptions, postgresUrl } from './postgres.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** A saver of LangGraph's own on a store that is nobody else's. */
export interface OfficialSource {
  readonly saver: BaseCheckpointSaver;
  /** How an import is told of it. */
  readonly url: string;
  /** Runs SQL on it. Its tables are called `checkpoints` and {@link writesTable}, without a schema. */
  run(sql: string): Promise<void>;
  readonly writesTable: string;
  remove(): Promise<void>;
}

/** LangGraph's savers, by the kind of store they are on. */
export const SOURCES: readonly (readonly [name: string, open: () => Promise<OfficialSource>])[] = [
  ['SQLite', openSqliteSource],
  ...(hasPostgres ? [['PostgreSQL', openPostgresSource] as const] : []),
];

/** A `SqliteSaver` on a new file. */
export function openSqliteSource(): Promise<OfficialSource> {
  const folder = makeTemporaryFolder();
  const database = new Database(folder.file('checkpoints.sqlite'));
  const saver = new SqliteSaver(database);
  // Its tables are made when it is first used, which is protected.
  (saver as unknown as { setup(): void }).setup();
  return Promise.resolve({
    saver,
    url: `sqlite:${folder.file('checkpoints.sqlite')}`,
    run: (sql) => Promise.resolve(void database.exec(sql)),
    writesTable: 'writes',
    remove: () => {
      database.close();
      return Promise.resolve(folder.remove());
    },
  });
}

/** A `PostgresSaver` on a new schema. */
export async function openPostgresSource(): Promise<OfficialSource> {
  const { schema } = postgresOptions();
  const url = new URL(POSTGRES_URL);
  url.search = '';
  const pool = new pg.Pool({ connectionString: url.href, options: `-c search_path=${schema}`, max: 2 });
  const saver = new PostgresSaver(pool, undefined, { schema });
  await saver.setup();
  return {
    saver,
    url: postgresUrl(schema),
    run: async (sql) => void (await pool.query(sql)),
    writesTable: 'checkpoint_writes',
    remove: async () => {
      await pool.end();
      await dropSchemas([schema]);
    },
  };
}

const Order = Annotation.Root({
  ...MessagesAnnotation.spec,
  facts: Annotation<unknown>,
  item: Annotation<number>,
  answer: Annotation<unknown>,
  results: Annotation<number[]>({ reducer: (before, added) => [...before, ...added], default: () => [] }),
});

/**
 * A graph that does what graphs do: a loop of a model and its tool, branches that run at once with a sub-graph each, a
 * sub-graph that is interrupted and remembers, and channels of many types.
 *
 * @param broken whether the last node throws
 */
export function orderGraph(checkpointer: BaseCheckpointSaver, { broken = false }: { readonly broken?: boolean } = {}) {
  const worker = new StateGraph(Order)
    .addNode('square', ({ item }) => ({ item: item * item }))
    .addNode('give', ({ item }) => ({ results: [item] }))
    .addEdge(START, 'square')
    .addEdge('square', 'give')
    .compile();
  const approval = new StateGraph(Order)
    .addNode('look', ({ results }) => ({ facts: { sum: results.reduce((sum, n) => sum + n, 0) } }))
    .addNode('ask', ({ facts }) => ({ answer: interrupt({ question: 'Pay?', facts }) }))
    .addEdge(START, 'look')
    .addEdge('look', 'ask')
    .compile({ checkpointer: true });
  return new StateGraph(Order)
    .addNode('agent', ({ messages }) => {
      const asked = messages.filter((message) => message instanceof ToolMessage).length;
      const id = `ai-${messages.length}`;
      if (asked === 2) return { messages: [new AIMessage({ id, content: 'There are three.' })] };
      const call = { name: 'count', args: { n: asked }, id: `call-${asked}`, type: 'tool_call' as const };
      return { messages: [new AIMessage({ id, content: '', tool_calls: [call] })] };
    })
    .addNode('tool', ({ messages }) => {
      const [call] = (messages.at(-1) as AIMessage).tool_calls ?? [];
      const told = { content: '3', tool_call_id: call?.id ?? '', artifact: { rows: 3 } };
      return { messages: [new ToolMessage({ id: `tool-${messages.length}`, ...told })] };
    })
    .addNode('split', () => ({
      facts: {
        ages: new Map([['Ada', 36]]),
        tags: new Set(['new', 'large']),
        pattern: /^order-\d+$/u,
        nothing: undefined,
        nested: [{ deep: [null, true, 1.5] }],
        key: new Uint8Array([0, 127, 255]),
      },
    }))
    .addNode('worker', async ({ item }: { readonly item: number }, options) => {
      const { results } = await worker.invoke({ item }, options);
      return { results };
    })
    .addNode('approval', async ({ results }, options) => {
      const { answer } = await approval.invoke({ results }, options);
      return { answer };
    })
    .addNode('close', ({ answer }) => {
      if (broken) throw new Error('the till is closed');
      return { messages: [new HumanMessage({ id: 'closed', content: `closed with ${JSON.stringify(answer)}` })] };
    })
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', ({ messages }) =>
      (messages.at(-1) as AIMessage).tool_calls?.length ? 'tool' : 'split',
    )
    .addEdge('tool', 'agent')
    .addConditionalEdges('split', () => [1, 2, 3].map((item) => new Send('worker', { item })))
    .addEdge('worker', 'approval')
    .addEdge('approval', 'close')
    .compile({ checkpointer });
}

/** Runs threads: one that waits for an answer, one that went through, one that failed, and one of a strange name. */
export async function fillWithOrders(saver: BaseCheckpointSaver): Promise<void> {
  const begin = (threadId: string): Promise<unknown> =>
    orderGraph(saver).invoke({ messages: [new HumanMessage({ id: 'h-1', content: 'How many?' })] }, at(threadId));
  await begin('order-1');
  await begin('order-2');
  await orderGraph(saver).invoke(new Command({ resume: { paid: true } }), at('order-2'));
  await begin('order-3');
  const failing = orderGraph(saver, { broken: true }).invoke(new Command({ resume: 'yes' }), at('order-3'));
  await failing.catch(() => undefined);
  await begin(STRANGE);
}

/** A name that can't be an identifier of Waymark's. */
export const STRANGE = 'заказ № 4\n"🚲"';

/** The threads that {@link fillWithOrders} makes. */
export const ORDERS: readonly string[] = ['order-1', 'order-2', 'order-3', STRANGE];

/** A thread, for a graph. */
export function at(threadId: string): { readonly configurable: { readonly thread_id: string } } {
  return { configurable: { thread_id: threadId } };
}
