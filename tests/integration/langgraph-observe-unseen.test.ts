import { jest } from '@jest/globals';
import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { CallbackManager } from '@langchain/core/callbacks/manager';
import { RunnableLambda } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import {
  Command,
  type CompiledStateGraph,
  entrypoint,
  interrupt,
  MemorySaver,
  Send,
  START,
  StateGraph,
  task,
} from '@langchain/langgraph';
import { z } from 'zod';
import type { Waymark } from '../../src/index.js';
import { observe } from '../../src/langgraph.js';
import { deferred } from '../support/deferred.js';
import { openWaymark } from '../support/open-waymark.js';
import { ScriptedModel } from '../support/scripted-model.js';
import { payloadsOf, told } from '../support/told.js';
import { State } from '../support/path-graph.js';

// Whoever uses a graph that is observed sees what they would see of one that is not.

const shout = tool(({ word }) => word.toUpperCase(), {
  name: 'shout',
  description: 'Says it louder.',
  schema: z.object({ word: z.string() }),
});

/** A bit of everything: a model, a tool, a sub-graph, a fan-out, a custom chunk, and a question at the end. */
function everything() {
  const model = new ScriptedModel('what a day');
  const inner = new StateGraph(State)
    .addNode('in', async (_, config) => {
      config.writer?.({ deep: true });
      return { path: [await shout.invoke({ word: 'in' }, config)] };
    })
    .addEdge(START, 'in')
    .compile();
  return new StateGraph(State)
    .addNode('think', async (_, config) => {
      config.writer?.('thinking');
      return { path: [(await model.invoke('what is it?', config)).text] };
    })
    .addNode('sub', inner)
    .addNode('part', ({ path }) => ({ path: [`part ${path.join()}`] }))
    .addNode('ask', () => ({ path: [interrupt<string, string>('right?')] }))
    .addEdge(START, 'think')
    .addEdge('think', 'sub')
    .addConditionalEdges('sub', () => ['x', 'y'].map((path) => new Send('part', { path: [path] })), ['part'])
    .addEdge('part', 'ask')
    .compile({ checkpointer: new MemorySaver(), name: 'everything' });
}
type Everything = ReturnType<typeof everything>;

let waymark: Waymark;
beforeEach(async () => {
  waymark = await openWaymark();
});
afterEach(() => waymark.close());

/** What a use of a graph gives, without and with observing it, with ids and times by the order in which they come. */
async function bothWays(
  use: (graph: Everything) => Promise<unknown>,
): Promise<readonly [plain: string, observed: string]> {
  const plain = readable(await use(everything()));
  const observed = readable(await use(observe(everything(), waymark)));
  expect((await told(waymark)).length).toBeGreaterThan(0);
  return [plain, observed];
}

function readable(value: unknown): string {
  const names = new Map<string, string>();
  const text = JSON.stringify(shown(value, []), undefined, 1);
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      names.set(id, names.get(id) ?? `id ${names.size}`);
      return names.get(id) ?? id;
    })
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'digest')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
}

/** A value as data, without the inner life of streams and handlers, and what holds itself shown once. */
function shown(value: unknown, around: readonly object[]): unknown {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof BaseCallbackHandler) return `handler ${value.name}`;
  if (value instanceof CallbackManager) return value.handlers.map(({ name }) => `handler ${name}`);
  if (around.includes(value)) return 'itself';
  if (Array.isArray(value)) return value.map((item) => shown(item, [...around, value]));
  if (value instanceof ReadableStream || value instanceof AbortSignal) return 'a stream or a signal';
  const data = 'toJSON' in value && typeof value.toJSON === 'function' ? (value.toJSON() as unknown) : value;
  if (data !== value) return shown(data, [...around, value]);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shown(part, [...around, value])]));
}

async function all(chunks: AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>): Promise<readonly unknown[]> {
  const read = [];
  for await (const chunk of await chunks) read.push(chunk);
  return read;
}

/** Somebody else who listens. */
const quiet = BaseCallbackHandler.fromMethods({ handleChainStart: () => undefined });
const config = () => ({ configurable: { thread_id: 't-1' }, callbacks: [quiet] });

describe('what the user of an observed graph sees', () => {
  it('of invoke, and of resuming it', async () => {
    const [plain, observed] = await bothWays(async (graph) => [
      await graph.invoke({ path: [] }, config()),
      await graph.invoke(new Command({ resume: 'yes' }), config()),
    ]);
    expect(observed).toBe(plain);
  });

  const modes = ['values', 'updates', 'custom', 'messages', 'tasks', 'checkpoints', 'debug', 'tools'] as const;
  it.each(modes.flatMap((mode) => [true, false].map((subgraphs) => [mode, subgraphs] as const)))(
    'of the stream mode %s (sub-graphs: %s)',
    async (streamMode, subgraphs) => {
      const [plain, observed] = await bothWays((graph) =>
        all(graph.stream({ path: [] }, { ...config(), streamMode, subgraphs })),
      );
      expect(plain.length).toBeGreaterThan(2);
      expect(observed).toBe(plain);
    },
  );

  it('of several stream modes, and of the default one', async () => {
    const [plain, observed] = await bothWays(async (graph) => [
      await all(graph.stream({ path: [] }, { ...config(), streamMode: [...modes], subgraphs: true })),
      await all(graph.stream(null, config())),
      await graph.invoke({ path: [] }, { ...config(), streamMode: ['values', 'custom'] }),
    ]);
    expect(observed).toBe(plain);
  });

  it('of a stream of server-sent events', async () => {
    const [plain, observed] = await bothWays(async (graph) => {
      const encoded = await all(
        graph.stream({ path: [] }, { ...config(), streamMode: ['values', 'debug'], encoding: 'text/event-stream' }),
      );
      return encoded.map((bytes) => new TextDecoder().decode(bytes as Uint8Array));
    });
    expect(observed).toBe(plain);
  });

  it.each(['v1', 'v2'] as const)(
    'of streamEvents %s: what is called, and what comes out, each in order',
    async (version) => {
      // LangChain reads both at once, and lets whichever is there first go first.
      const [plain, observed] = await bothWays(async (graph) => {
        const events = await all(graph.streamEvents({ path: [] }, { ...config(), version }));
        const isOutput = (event: unknown): boolean => {
          const { event: kind, name } = event as { event: string; name: string };
          return kind === 'on_chain_stream' && name === 'everything';
        };
        return [events.filter((event) => !isOutput(event)), events.filter(isOutput)];
      });
      expect(plain).toMatch(/on_(llm|chat_model)_end/);
      expect(observed).toBe(plain);
    },
  );

  it('of streamEvents v3', async () => {
    const [plain, observed] = await bothWays(async (graph) => {
      const events = await all(await graph.streamEvents({ path: [] }, { ...config(), version: 'v3' }));
      return readable(events).replaceAll(/"timestamp": \d+/g, '"timestamp": 0');
    });
    expect(plain.length).toBeGreaterThan(100);
    expect(observed).toBe(plain);
  });

  it('of its callbacks: a list of them, or a manager, which stays as it was', async () => {
    class Noting extends BaseCallbackHandler {
      readonly name = 'noting';
      readonly seen: string[] = [];
      constructor() {
        super({ _awaitHandler: true });
      }
      override handleChainStart(...[, , , , , , , name]: unknown[]): void {
        this.seen.push(`start ${String(name)}`);
      }
      override handleChainEnd(): void {
        this.seen.push('end');
      }
      override handleToolStart(): void {
        this.seen.push('tool');
      }
    }
    const handlers: string[] = [];
    const [plain, observed] = await bothWays(async (graph) => {
      const [listed, managed] = [new Noting(), new Noting()];
      const manager = new CallbackManager();
      manager.addHandler(managed);
      await graph.invoke({ path: [] }, { ...config(), callbacks: [listed] });
      await graph.invoke({ path: [] }, { ...config(), callbacks: manager });
      handlers.push(...manager.handlers.map(({ name }) => name));
      return [listed.seen, managed.seen];
    });
    expect(plain).toContain('tool');
    expect(observed).toBe(plain);
    expect(handlers).toStrictEqual(['noting', 'noting']);
  });

  it('of the state, its history, and what it was updated to', async () => {
    const [plain, observed] = await bothWays(async (graph) => {
      await graph.invoke({ path: [] }, config());
      const updated = await graph.updateState(config(), { path: ['by hand'] }, 'part');
      return [updated, await graph.getState(config()), await all(graph.getStateHistory(config()))];
    });
    expect(observed).toBe(plain);
  });

  it('of a batch', async () => {
    const [plain, observed] = await bothWays((graph) =>
      graph.batch(
        [{ path: ['1'] }, { path: ['2'] }],
        [{ configurable: { thread_id: 'b-1' } }, { configurable: { thread_id: 'b-2' } }],
      ),
    );
    expect(observed).toBe(plain);
    expect(await payloadsOf(waymark, 'execution.paused')).toHaveLength(2);
  });

  it('of what its checkpointer is handed', async () => {
    const [plain, observed] = await bothWays(async (graph) => {
      await graph.invoke({ path: [] }, config());
      return all((graph.checkpointer as MemorySaver).list(config()));
    });
    expect(observed).toBe(plain);
  });

  it('of an error: the very one that the node threw', async () => {
    const thrown = new TypeError('mine');
    const graph = new StateGraph(State)
      .addNode('bad', () => {
        throw thrown;
      })
      .addEdge(START, 'bad')
      .compile();
    await expect(observe(graph, waymark).invoke({ path: [] })).rejects.toBe(thrown);
  });
});

describe('an observed graph', () => {
  it('stays observed with another configuration, and leaves the one it was made from as it was', async () => {
    const graph = everything();
    const configured = observe(graph, waymark).withConfig({ tags: ['nightly'] });
    await graph.invoke({ path: [] }, { configurable: { thread_id: 'not observed' } });
    await configured.invoke({ path: [] }, { configurable: { thread_id: 'observed' } });
    expect(await payloadsOf(waymark, 'execution.started')).toMatchObject([{ executionId: 'observed' }]);
    expect(configured).toBeInstanceOf(graph.constructor);
  });

  it('can be a step of something else', async () => {
    const graph = observe(everything(), waymark);
    const chain = RunnableLambda.from((path: string) => ({ path: [path] }))
      .pipe(graph as unknown as RunnableLambda<{ path: string[] }, { path: string[] }>)
      .pipe(({ path }) => path.length);
    await expect(chain.invoke('one', config())).resolves.toBe(7);
    expect((await told(waymark)).at(-1)).toBe('execution.paused (approval)');
  });

  it('can be made of functions', async () => {
    const double = task('double', async (n: number) => n * 2);
    const flow = entrypoint({ name: 'flow', checkpointer: new MemorySaver() }, async (n: number) =>
      (await Promise.all([double(n), double(n + 1)])).join(),
    );
    await expect(observe(flow, waymark).invoke(1, config())).resolves.toBe('2,4');
    await expect(told(waymark)).resolves.toStrictEqual([
      'execution.started',
      'graph.superstep_started 0: flow',
      'node.started flow',
      'node.started flow/double',
      'node.started flow/double#2',
      'node.completed flow/double',
      'node.completed flow/double#2',
      'node.completed flow',
      'graph.superstep_completed 0: flow, flow/double, flow/double',
      'exit of flow',
      'exit of flow/double',
      'exit of flow/double#2',
      'execution.completed',
    ]);
  });

  it('can have a schema that allows no other configuration', async () => {
    const graph: CompiledStateGraph<object, object, string> = new StateGraph(
      State,
      z.strictObject({ tone: z.string() }),
    )
      .addNode('a', () => ({ path: ['a'] }))
      .addEdge(START, 'a')
      .compile() as never;
    await expect(
      observe(graph, waymark).invoke({ path: [] }, { configurable: { tone: 'kind' } }),
    ).resolves.toStrictEqual({ path: ['a'] });
    expect((await told(waymark)).at(-1)).toBe('execution.completed');
  });
});

describe('trouble with recording', () => {
  it('does not reach the graph, and is told', async () => {
    const graph = observe(everything(), waymark);
    const holding = deferred<void>();
    waymark.bus.subscribe('node.started', () => holding.promise, { mode: 'async', queueSize: 1, overflow: 'error' });
    await expect(graph.invoke({ path: [] }, config())).resolves.toMatchObject({ path: expect.any(Array) });
    holding.resolve();
    const errors = await payloadsOf(waymark, 'system.error_raised');
    expect(errors.length).toBeGreaterThan(0);
    expect(errors[0]).toMatchObject({ component: 'langgraph.observe', error: { code: 'WAYMARK_BUS_OVERFLOW' } });
  });

  it('does not reach the graph when Waymark is closed already', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const graph = observe(everything(), waymark);
    await waymark.close();
    await expect(graph.invoke({ path: [] }, config())).resolves.toMatchObject({ path: expect.any(Array) });
    const warnings = warn.mock.calls.map(([text]) => String(text));
    warn.mockRestore();
    // Once for all events of the run.
    expect(warnings).toStrictEqual(['langgraph.observe could not emit its event: The bus is closed.']);
  });

  it.each([[{}], [null], [{ invoke: () => 1 }]])('refuses %j, which is no graph', (graph) => {
    expect(() => observe(graph as never, waymark)).toThrow(/compiled LangGraph graph/);
  });

  it('refuses what is no Waymark, and options that there are not', () => {
    expect(() => observe(everything(), {} as never)).toThrow(/no Waymark/);
    expect(() => observe(everything(), waymark, { workflow: 'w' } as never)).toThrow(/workflow/);
  });
});
