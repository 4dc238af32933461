import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph';
import { createWaymark, defineWorkflow, type DomainEvent, task, type Waymark } from '../../../src/index.js';
import { observe, WaymarkSaver } from '../../../src/langgraph.js';

const thread = { configurable: { thread_id: 'order-17' } };
const because = { reason: 'the amount was wrong', actor: 'user:ada' };

const Order = Annotation.Root({ amount: Annotation<number>, rounds: Annotation<number>, decision: Annotation<string> });

let waymark: Waymark;
beforeEach(async () => {
  waymark = await createWaymark({ storage: 'memory:' });
});
afterEach(() => waymark.close());

/** Looks twice, asks, and waits before it pays until it is let. */
function observed(mayPay: Promise<void> = Promise.resolve()) {
  const graph = new StateGraph(Order)
    .addNode('check', ({ rounds }) => ({ rounds: (rounds ?? 0) + 1 }))
    .addNode('approve', ({ amount }) => ({ decision: interrupt<object, string>({ amount }) }))
    .addNode('pay', async ({ amount }) => {
      await mayPay;
      if (amount > 10) throw new Error('too much');
      return {};
    })
    .addEdge(START, 'check')
    .addConditionalEdges('check', ({ rounds }) => (rounds < 2 ? 'check' : 'approve'))
    .addEdge('approve', 'pay')
    .addEdge('pay', END)
    .compile({ checkpointer: new WaymarkSaver(waymark), name: 'orders' });
  return observe(graph, waymark, { workflowVersion: '1.0.0' });
}

async function told(executionId: string, types: readonly string[]): Promise<readonly DomainEvent[]> {
  await waymark.flush();
  return (await waymark.log.query({ executionId, types }, { limit: 1_000 })).map(({ event }) => event);
}

describe('a thread whose graph is observed', () => {
  it('has a status that follows what its runs did', async () => {
    const graph = observed();
    const status = async (): Promise<unknown> => {
      const found = await waymark.executions.get('order-17');
      return [found.status, found.pauseReason, found.waiting, found.error?.message];
    };
    await graph.invoke({ amount: 50 }, thread);
    expect(await status()).toStrictEqual(['paused', 'approval', ['approve'], undefined]);
    await graph.invoke(new Command({ resume: 'yes' }), thread).catch(() => undefined);
    expect(await status()).toStrictEqual(['failed', null, ['pay'], 'too much']);
    const { id } = (await waymark.checkpoints.tree('order-17')).before('pay');
    await waymark.executions.rollback('order-17', id, { statePatch: { amount: 5 }, ...because });
    expect(await status()).toStrictEqual(['paused', 'rollback', ['pay'], undefined]);
    await graph.invoke(null, thread);
    expect(await status()).toStrictEqual(['completed', null, [], undefined]);
    const known = { threadId: 'order-17', workflowId: 'orders', workflowVersion: '1.0.0' };
    expect(await waymark.executions.get('order-17')).toMatchObject(known);
    expect(await waymark.executions.list({ status: 'completed' })).toMatchObject([known]);
    expect(await waymark.executions.list({ status: 'failed' })).toStrictEqual([]);
  });

  it('is not put back while it runs', async () => {
    let pay = (): void => undefined;
    const graph = observed(new Promise((resolve) => (pay = resolve)));
    await graph.invoke({ amount: 5 }, thread);
    const { id } = (await waymark.checkpoints.tree('order-17')).before('check');
    const running = graph.invoke(new Command({ resume: 'yes' }), thread);
    const refused = waymark.executions.rollback('order-17', id, { ...because, takeOver: true });
    await expect(refused).rejects.toMatchObject({ code: 'WAYMARK_ILLEGAL_TRANSITION', status: 'running' });
    pay();
    await running;
    expect(await waymark.executions.rollback('order-17', id, because)).toMatchObject({ nextNodeIds: ['check'] });
  });

  it('is put back by the log where its process is gone, by who knows that', async () => {
    const graph = observed();
    await graph.invoke({ amount: 5 }, thread);
    const { id } = (await waymark.checkpoints.tree('order-17')).before('check');
    const { ExecutionResumed } = await import('../../../src/index.js');
    await waymark.flush();
    // What another process recorded before it died.
    await waymark.log.append([new ExecutionResumed({ executionId: 'order-17', checkpointId: id, nodeIds: [] })]);
    expect((await waymark.executions.get('order-17')).status).toBe('running');
    const refused = waymark.executions.rollback('order-17', id, because);
    await expect(refused).rejects.toMatchObject({ code: 'WAYMARK_ILLEGAL_TRANSITION' });
    await waymark.executions.rollback('order-17', id, { ...because, takeOver: true });
    expect((await waymark.executions.get('order-17')).status).toBe('paused');
  });

  it('counts on after going back: what is run again is another occurrence', async () => {
    const graph = observed();
    await graph.invoke({ amount: 5 }, thread);
    await graph.invoke(new Command({ resume: 'yes' }), thread);
    await waymark.flush();
    const target = (await waymark.checkpoints.tree('order-17')).before('check').id;
    const { rolledBackNodes } = await waymark.executions.rollback('order-17', target, because);
    expect(rolledBackNodes).toStrictEqual([
      { nodeId: 'pay', occurrence: 1 },
      { nodeId: 'approve', occurrence: 1 },
      { nodeId: 'check', occurrence: 2 },
    ]);
    await graph.invoke(null, thread);
    await graph.invoke(new Command({ resume: 'no' }), thread);
    const started = (await told('order-17', ['node.started'])).map(({ payload }) => {
      const { nodeId, occurrence, attempt } = payload as { nodeId: string; occurrence: number; attempt: number };
      return `${nodeId} ${occurrence}.${attempt}`;
    });
    expect(started.slice(0, 5)).toStrictEqual(['check 1.1', 'check 2.1', 'approve 1.1', 'approve 1.2', 'pay 1.1']);
    expect(started.slice(5)).toStrictEqual(['check 3.1', 'approve 2.1', 'approve 2.2', 'pay 2.1']);
    const fork = await waymark.executions.rerun('order-17', { nodeId: 'check', occurrence: 3 }, because);
    const { values } = await graph.getState({ configurable: { thread_id: fork.id } });
    expect(values).toStrictEqual({ amount: 5, rounds: 1 });
    const [origin] = await told(fork.id, ['execution.started']);
    expect(origin?.payload).toMatchObject({ workflowId: 'orders', parentExecutionId: 'order-17' });
  });

  it('is not resumed, paused or cancelled by Waymark, which says what to do instead', async () => {
    await observed().invoke({ amount: 5 }, thread);
    const { executions } = waymark;
    const refused = { code: 'WAYMARK_THREAD_VERB' };
    await expect(executions.resume('order-17')).rejects.toMatchObject({
      ...refused,
      hint: expect.stringContaining('graph.invoke(null'),
    });
    await expect(executions.pause('order-17')).rejects.toMatchObject(refused);
    await expect(executions.cancel('order-17')).rejects.toMatchObject(refused);
    const { id } = (await waymark.checkpoints.tree('order-17')).before('check');
    await expect(executions.fork(id, { breakpoints: ['pay'] })).rejects.toThrow('has no breakpoints');
  });
});

describe("running a node of one of Waymark's own executions again", () => {
  const lookedAt = defineWorkflow<{ looked: number; done?: string }>({
    id: 'looked-at',
    version: '1.0.0',
    nodes: {
      look: task(({ state }) => ({ looked: state.looked + 1 })),
      enough: task(({ state }) => ({ done: `after ${state.looked}` })),
    },
    edges: { look: 'enough' },
  });

  it('is a fork at the checkpoint right before it', async () => {
    const run = await waymark.executions.start(lookedAt, { looked: 0 });
    await run.result();
    const again = await waymark.executions.rerun(
      run.id,
      { nodeId: 'enough', occurrence: 1 },
      { statePatch: { looked: 7 }, ...because },
    );
    expect(await again.result()).toMatchObject({ status: 'completed', output: { done: 'after 7' } });
    const [forked] = await told(again.id, ['execution.forked']);
    const before = (await waymark.checkpoints.tree(run.id)).before('enough');
    expect(forked).toMatchObject({
      payload: { parentExecutionId: run.id, checkpointId: before.id, reason: because.reason },
      context: { actor: because.actor },
    });
    const none = waymark.executions.rerun(run.id, { nodeId: 'enough', occurrence: 2 });
    await expect(none).rejects.toMatchObject({ code: 'WAYMARK_OCCURRENCE_NOT_FOUND', hint: 'Known are look, enough.' });
    await expect(waymark.executions.rerun('nobody', { nodeId: 'x' })).rejects.toMatchObject({
      code: 'WAYMARK_EXECUTION_NOT_FOUND',
    });
  });
});
