import { Command, GraphRecursionError, interrupt, MemorySaver, Send, START, StateGraph } from '@langchain/langgraph';
import type { Waymark } from '../../src/index.js';
import { observe } from '../../src/langgraph.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { openWaymark } from '../support/open-waymark.js';
import { payloadsOf, told } from '../support/told.js';
import { State, says, thread } from '../support/path-graph.js';

let waymark: Waymark;
beforeEach(async () => {
  waymark = await openWaymark();
});
afterEach(() => waymark.close());

describe('a graph that waits', () => {
  const asking = () =>
    new StateGraph(State)
      .addNode('draft', says('draft'))
      .addNode('ask', () => ({ path: [interrupt<object, string>({ question: 'send it?' })] }))
      .addNode('other', says('other'))
      .addEdge(START, 'draft')
      .addEdge('draft', 'ask')
      .addEdge('draft', 'other');

  it('is paused at its checkpoint with what it asks, and goes on from there', async () => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, thread());
    const { config } = await graph.getState(thread());
    const waitsAt: unknown = config.configurable?.['checkpoint_id'];
    await expect(graph.invoke(new Command({ resume: 'yes' }), thread())).resolves.toStrictEqual({
      path: ['draft', 'yes', 'other'],
    });
    const lines = await told(waymark);
    expect(lines.slice(lines.indexOf('graph.superstep_started 2: ask, other'))).toStrictEqual([
      'graph.superstep_started 2: ask, other',
      'node.started ask',
      'node.started other',
      'node.suspended ask',
      'node.completed other',
      'graph.interrupted ask',
      'execution.paused (approval)',
      'execution.resumed',
      'graph.superstep_started 2: ask, other',
      'node.started ask.2',
      'node.completed ask.2',
      'graph.superstep_completed 2: ask, other',
      'exit of other',
      'exit of ask',
      'execution.completed',
    ]);
    const [interrupted] = await payloadsOf(waymark, 'graph.interrupted');
    expect(interrupted).toMatchObject({
      threadId: 't-1',
      checkpointId: waitsAt,
      nodeIds: ['ask'],
      value: { question: 'send it?' },
    });
    expect(await payloadsOf(waymark, 'execution.resumed')).toMatchObject([{ checkpointId: waitsAt }]);
  });

  it('has several nodes wait, in sub-graphs and branches, each going on where it was', async () => {
    const inner = new StateGraph(State)
      .addNode('ask', ({ path }) => ({ path: [interrupt<string, string>(`and ${path.join()}?`)] }))
      .addEdge(START, 'ask')
      .compile();
    const graph = observe(
      new StateGraph(State)
        .addNode('sub', inner)
        .addConditionalEdges(START, () => ['x', 'y'].map((path) => new Send('sub', { path: [path] })), ['sub'])
        .compile({ checkpointer: new MemorySaver() }),
      waymark,
    );
    const { __interrupt__: asked = [] } = (await graph.invoke({ path: [] }, thread())) as {
      __interrupt__?: { id: string; value: string }[];
    };
    await graph.invoke(
      new Command({ resume: Object.fromEntries(asked.map(({ id, value }) => [id, value])) }),
      thread(),
    );
    const nodes = (await told(waymark)).filter((line) => /^(node|execution|graph.interrupted)/.test(line));
    expect(nodes).toStrictEqual([
      'execution.started',
      'node.started sub',
      'node.started sub#2',
      'node.started sub/ask',
      'node.started sub/ask#2',
      'node.suspended sub/ask',
      'node.suspended sub/ask#2',
      'node.suspended sub',
      'node.suspended sub#2',
      'graph.interrupted sub/ask, sub/ask',
      'execution.paused (approval)',
      'execution.resumed',
      'node.started sub.2',
      'node.started sub#2.2',
      'node.started sub/ask.2',
      'node.started sub/ask#2.2',
      'node.completed sub/ask.2',
      'node.completed sub/ask#2.2',
      'node.completed sub.2',
      'node.completed sub#2.2',
      'execution.completed',
    ]);
    expect(await payloadsOf(waymark, 'graph.interrupted')).toMatchObject([{ value: ['and x?', 'and y?'] }]);
  });

  it.each(['interruptBefore', 'interruptAfter'] as const)('is paused at a breakpoint (%s)', async (where) => {
    const graph = observe(asking().compile({ checkpointer: new MemorySaver() }), waymark);
    await graph.invoke({ path: [] }, { ...thread(), [where]: [where === 'interruptBefore' ? 'other' : 'draft'] });
    const lines = await told(waymark);
    expect(lines.slice(1)).toStrictEqual([
      'graph.superstep_started 1: draft',
      'node.started draft',
      'node.completed draft',
      'graph.superstep_completed 1: draft',
      'exit of draft',
      'graph.interrupted ask, other',
      'execution.breakpoint_hit',
      'execution.paused (breakpoint)',
    ]);
    const { config } = await graph.getState(thread());
    const checkpointId: unknown = config.configurable?.['checkpoint_id'];
    expect(await payloadsOf(waymark, 'execution.paused')).toMatchObject([{ checkpointId }]);
    expect((await payloadsOf(waymark, 'graph.interrupted'))[0]).not.toHaveProperty('value');
  });

  it('is cancelled where nothing keeps what it waits with', async () => {
    const graph = observe(asking().compile(), waymark);
    await graph.invoke({ path: [] }, { interruptBefore: ['other'] });
    expect((await told(waymark)).at(-1)).toBe('execution.cancelled');
  });
});

describe('a graph that fails', () => {
  const failing = (work: () => unknown, options = {}) =>
    new StateGraph(State)
      .addNode('fine', says('fine'))
      .addNode('bad', () => ({ path: [String(work())] }), options)
      .addEdge(START, 'fine')
      .addEdge('fine', 'bad');
  const throws = (message: string) => () => {
    throw new Error(message);
  };

  it('tells which node, and why; the next run of the thread is another attempt', async () => {
    let isBroken = true;
    const work = () => (isBroken ? throws('no such key')() : 'mended');
    const graph = observe(failing(work).compile({ checkpointer: new MemorySaver() }), waymark);
    const error = await caught(() => graph.invoke({ path: [] }, thread()));
    expect(error).toMatchObject({ message: 'no such key' });
    isBroken = false;
    await expect(graph.invoke(null, thread())).resolves.toStrictEqual({ path: ['fine', 'mended'] });
    const lines = await told(waymark);
    expect(lines.slice(lines.indexOf('graph.superstep_started 2: bad'))).toStrictEqual([
      'graph.superstep_started 2: bad',
      'node.started bad',
      'node.failed bad',
      'execution.failed',
      'execution.resumed',
      'graph.superstep_started 2: bad',
      'node.started bad.2',
      'node.completed bad.2',
      'graph.superstep_completed 2: bad',
      'exit of bad',
      'execution.completed',
    ]);
    expect(await payloadsOf(waymark, 'node.failed')).toMatchObject([
      { error: { name: 'Error', message: 'no such key' }, recoverable: true },
    ]);
    expect(await payloadsOf(waymark, 'execution.failed')).toMatchObject([
      { nodeId: 'bad', error: { message: 'no such key' }, checkpointId: expect.any(String) },
    ]);
  });

  it('tells of the attempts that a retry policy allows', async () => {
    let left = 2;
    const work = () => {
      left -= 1;
      return left < 0 ? 'done' : throws(`attempt failed, ${left} to go`)();
    };
    const retryPolicy = { maxAttempts: 3, initialInterval: 1, jitter: false, logWarning: false };
    await observe(failing(work, { retryPolicy }).compile(), waymark).invoke({ path: [] });
    const lines = await told(waymark);
    expect(lines.slice(lines.indexOf('node.started bad'))).toStrictEqual([
      'node.started bad',
      'node.retry_scheduled bad',
      'node.started bad.2',
      'node.retry_scheduled bad.2',
      'node.started bad.3',
      'node.completed bad.3',
      'graph.superstep_completed 2: bad',
      'execution.completed',
    ]);
    expect(await payloadsOf(waymark, 'node.retry_scheduled')).toMatchObject([
      { nextAttempt: 2, error: { message: 'attempt failed, 1 to go' }, delayMs: expect.any(Number) },
      { nextAttempt: 3, error: { message: 'attempt failed, 0 to go' }, delayMs: expect.any(Number) },
    ]);
  });

  it('tells of a failure once the attempts are spent', async () => {
    const retryPolicy = { maxAttempts: 2, initialInterval: 1, jitter: false, logWarning: false };
    const graph = observe(failing(throws('never'), { retryPolicy }).compile(), waymark);
    await caught(() => graph.invoke({ path: [] }));
    const lines = await told(waymark);
    expect(lines.slice(lines.indexOf('node.started bad'))).toStrictEqual([
      'node.started bad',
      'node.retry_scheduled bad',
      'node.started bad.2',
      'node.failed bad.2',
      'execution.failed',
    ]);
  });

  it('tells of a node that took too long', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('slow', () => new Promise<never>(() => undefined), { timeout: { runTimeout: 5 } })
        .addEdge(START, 'slow')
        .compile(),
      waymark,
    );
    await caught(() => graph.invoke({ path: [] }));
    expect((await told(waymark)).slice(2)).toStrictEqual([
      'node.started slow',
      'node.timed_out slow',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'node.timed_out')).toMatchObject([{ limitMs: 5 }]);
  });

  it('cancels the nodes beside the one that failed', async () => {
    const graph = observe(
      new StateGraph(State)
        .addNode('bad', throws('gone'))
        .addNode('beside', () => new Promise<never>(() => undefined))
        .addEdge(START, 'bad')
        .addEdge(START, 'beside')
        .compile(),
      waymark,
    );
    await caught(() => graph.invoke({ path: [] }));
    expect((await told(waymark)).slice(2)).toStrictEqual([
      'node.started bad',
      'node.started beside',
      'node.failed bad',
      'node.cancelled beside',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'node.cancelled')).toMatchObject([{ reason: 'bad failed' }]);
  });

  it('goes on past a node whose failure is handled', async () => {
    const graph = observe(
      failing(throws('handled'), { errorHandler: () => ({ path: ['handled'] }) }).compile({
        checkpointer: new MemorySaver(),
      }),
      waymark,
    );
    await expect(graph.invoke({ path: [] }, thread())).resolves.toStrictEqual({ path: ['fine', 'handled'] });
    const lines = await told(waymark);
    expect(lines).toContain('node.failed bad');
    expect(lines.at(-1)).toBe('execution.completed');
    const exits = await payloadsOf(waymark, 'checkpoint.node_boundary_recorded');
    expect(exits.map(({ nodeStatus }) => nodeStatus)).toStrictEqual(['completed', 'failed', 'completed']);
  });

  it('tells of one that never comes to its end', async () => {
    const graph = observe(
      new StateGraph(State).addNode('again', says('again')).addEdge(START, 'again').addEdge('again', 'again').compile(),
      waymark,
    );
    const error = await caught(() => graph.invoke({ path: [] }, { recursionLimit: 3 }));
    expect(error).toBeInstanceOf(GraphRecursionError);
    expect((await told(waymark)).slice(-3)).toStrictEqual([
      'node.completed again#3',
      'graph.superstep_completed 3: again',
      'execution.failed',
    ]);
  });

  it('tells of input that it does not take', async () => {
    const graph = observe(failing(() => 'x').compile({ checkpointer: new MemorySaver() }), waymark);
    await expect(graph.invoke(null, thread('unknown'))).rejects.toThrow(/no input/);
    await expect(told(waymark)).resolves.toStrictEqual(['execution.failed']);
  });
});

describe('a graph that is stopped', () => {
  const endless = (began: () => void) =>
    new StateGraph(State)
      .addNode('begin', says('begin'))
      .addNode('wait', (_, { signal }) => {
        began();
        return new Promise<never>((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        });
      })
      .addEdge(START, 'begin')
      .addEdge('begin', 'wait')
      .compile({ checkpointer: new MemorySaver() });

  it('is cancelled, with the reason of the signal', async () => {
    const stop = new AbortController();
    const graph = observe(
      endless(() => stop.abort(new Error('ada went home'))),
      waymark,
    );
    await caught(() => graph.invoke({ path: [] }, { ...thread(), signal: stop.signal }));
    expect((await told(waymark)).slice(-4)).toStrictEqual([
      'graph.superstep_started 2: wait',
      'node.started wait',
      'node.cancelled wait',
      'execution.cancelled',
    ]);
    expect(await payloadsOf(waymark, 'execution.cancelled')).toMatchObject([{ reason: 'ada went home' }]);
  });

  it('runs on when whoever reads its stream stops, and that is told', async () => {
    const builder = new StateGraph(State)
      .addNode('a', says('a'))
      .addNode('b', says('b'))
      .addEdge(START, 'a')
      .addEdge('a', 'b');
    const graph = observe(builder.compile({ checkpointer: new MemorySaver() }), waymark);
    const ended = new Promise<void>((resolve) => {
      waymark.bus.subscribe('execution.completed', () => resolve());
    });
    for await (const _ of await graph.stream({ path: [] }, { ...thread(), streamMode: 'updates' })) break;
    await ended;
    expect((await told(waymark)).slice(-6)).toStrictEqual([
      'graph.superstep_started 2: b',
      'node.started b',
      'node.completed b',
      'graph.superstep_completed 2: b',
      'exit of b',
      'execution.completed',
    ]);
    expect((await graph.getState(thread())).values).toStrictEqual({ path: ['a', 'b'] });
  });

  it('loses nothing when whoever reads its stream throws', async () => {
    const graph = observe(new StateGraph(State).addNode('a', says('a')).addEdge(START, 'a').compile(), waymark);
    const ended = new Promise<void>((resolve) => {
      waymark.bus.subscribe('execution.completed', () => resolve());
    });
    await expect(
      (async () => {
        for await (const _ of await graph.stream({ path: [] })) throw new Error('the reader');
      })(),
    ).rejects.toThrow('the reader');
    await ended;
    expect((await told(waymark)).at(-1)).toBe('execution.completed');
  });

  it('is cancelled when its stream is', async () => {
    const began = deferred<void>();
    const graph = observe(
      endless(() => began.resolve()),
      waymark,
    );
    const ended = new Promise<void>((resolve) => {
      waymark.bus.subscribe('execution.cancelled', () => resolve());
    });
    const stream = await graph.stream({ path: [] }, thread());
    await began.promise;
    await stream.cancel('not needed any more');
    await ended;
    expect(await payloadsOf(waymark, 'execution.cancelled')).toMatchObject([{ reason: 'not needed any more' }]);
  });
});
