import { defineWorkflow, task, type Waymark, type Workflow } from 'waymark';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import { DBOS } from '@dbos-inc/dbos-sdk';

/** How many nodes the chain has that everybody runs. Each sets a counter. */
export const NODES = 100;

/** Runs chains: so many at a time, to the end. Rejects where one does not end with its counter at {@link NODES}. */
export interface ChainRunner {
  readonly name: string;
  readonly run: (concurrent: number) => Promise<void>;
  close(): Promise<void>;
}

const nodeIds = Array.from({ length: NODES }, (_, index) => `node-${index}`);

/** The chain as a workflow of Waymark. */
export function waymarkChain(): Workflow {
  return defineWorkflow({
    id: 'chain',
    version: '1',
    nodes: Object.fromEntries(
      nodeIds.map((id) => [id, task({ run: ({ state }) => ({ counter: Number(state['counter'] ?? 0) + 1 }) })]),
    ),
    edges: Object.fromEntries(nodeIds.slice(1).map((id, index) => [nodeIds[index] as string, id])),
  });
}

/** Waymark, on whatever its storage is. */
export function waymarkRunner(name: string, waymark: Waymark): ChainRunner {
  const workflow = waymarkChain();
  return {
    name,
    run: (concurrent) =>
      together(concurrent, async () => {
        const handle = await waymark.executions.start(workflow, { counter: 0 });
        const result = await handle.result();
        return result.status === 'completed' ? (result.output as { readonly counter: unknown }).counter : result.status;
      }),
    close: () => waymark.close(),
  };
}

/**
 * The same graph in LangGraph, with its official saver for SQLite. `durability: 'sync'` waits for each checkpoint before
 * the next step, and `synchronous = FULL` lets a commit wait for the disk, as Waymark's does.
 */
export function langGraphRunner(path: string): ChainRunner {
  const saver = SqliteSaver.fromConnString(path);
  // Its tables, and the write-ahead log, are made with its first checkpoint otherwise.
  (saver as unknown as { setup(): void }).setup();
  saver.db.pragma('synchronous = FULL');
  const State = Annotation.Root({ counter: Annotation<number> });
  const graph = new StateGraph(State);
  const builder = graph as unknown as {
    addNode(id: string, run: (state: { counter: number }) => { counter: number }): void;
    addEdge(from: string, to: string): void;
  };
  for (const id of nodeIds) builder.addNode(id, ({ counter }) => ({ counter: counter + 1 }));
  for (const [index, id] of [...nodeIds, END].entries()) builder.addEdge(nodeIds[index - 1] ?? START, id);
  const compiled = graph.compile({ checkpointer: saver });
  let threads = 0;
  return {
    name: 'LangGraph.js, official SqliteSaver',
    run: (concurrent) =>
      together(concurrent, async () => {
        const configurable = { thread_id: `thread-${(threads += 1)}` };
        const options = { configurable, recursionLimit: NODES + 10, durability: 'sync' as const };
        return (await compiled.invoke({ counter: 0 }, options)).counter;
      }),
    close: () => {
      saver.db.close();
      return Promise.resolve();
    },
  };
}

/** The same steps in a workflow of DBOS, whose system database is the one of the URL. */
export async function dbosRunner(systemDatabaseUrl: string): Promise<ChainRunner> {
  const chain = DBOS.registerWorkflow(
    async () => {
      let state = { counter: 0 };
      for (const name of nodeIds) {
        const { counter } = state;
        state = await DBOS.runStep(() => Promise.resolve({ counter: counter + 1 }), { name });
      }
      return state.counter;
    },
    { name: 'chain' },
  );
  DBOS.setConfig({ name: 'waymark-bench', systemDatabaseUrl, logLevel: 'error' });
  await DBOS.launch();
  return {
    name: 'DBOS',
    run: (concurrent) => together(concurrent, async () => (await DBOS.startWorkflow(chain)()).getResult()),
    close: () => DBOS.shutdown(),
  };
}

async function together(concurrent: number, run: () => Promise<unknown>): Promise<void> {
  for (const counter of await Promise.all(Array.from({ length: concurrent }, run))) {
    if (counter !== NODES) throw new Error(`A chain of ${NODES} nodes ended with ${String(counter)}.`);
  }
}
