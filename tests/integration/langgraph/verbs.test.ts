import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import type { DomainEvent, Waymark } from '../../../src/index.js';
import { WaymarkSaver } from '../../../src/langgraph.js';
import { SAVERS } from '../../support/savers.js';
import { all, putValues, threadConfig } from '../../support/threads.js';

const thread = { configurable: { thread_id: 'order-17' } };
const because = { reason: 'the amount was wrong', actor: 'user:ada' };

const Order = Annotation.Root({
  amount: Annotation<number>,
  rounds: Annotation<number>,
  decision: Annotation<string>,
  log: Annotation<string[]>({ reducer: (before, added) => [...before, ...added], default: () => [] }),
});

/** Checks an order until it has been looked at twice, asks a person, and pays. */
function orderGraph(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(Order)
    .addNode('check', ({ amount, rounds }) => ({ rounds: (rounds ?? 0) + 1, log: [`checked ${amount}`] }))
    .addNode('approve', ({ amount }) => ({ decision: interrupt<object, string>({ question: 'Pay?', amount }) }))
    .addNode('pay', ({ amount, decision }) => ({ log: [`paid ${amount}: ${decision}`] }))
    .addEdge(START, 'check')
    .addConditionalEdges('check', ({ rounds }) => (rounds < 2 ? 'check' : 'approve'))
    .addEdge('approve', 'pay')
    .addEdge('pay', END)
    .compile({ checkpointer });
}

/** The events of a verb, without what is another each time. */
async function told(waymark: Waymark, executionId: string, types?: readonly string[]): Promise<readonly DomainEvent[]> {
  const filter = types === undefined ? { executionId } : { executionId, types };
  return (await waymark.log.query(filter, { limit: 1_000 })).map(({ event }) => event);
}

async function before(waymark: Waymark, nodeId: string, executionId = 'order-17'): Promise<string> {
  return (await waymark.checkpoints.tree(executionId)).before(nodeId).id;
}

describe.each(SAVERS)('rolling a thread back, %s', (_name, open) => {
  it('lets its nodes run again from there, with the state that was edited', async () => {
    const { saver, remove } = await open();
    const { waymark } = saver;
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    const paid = await graph.invoke(new Command({ resume: 'yes' }), thread);
    expect(paid.log).toStrictEqual(['checked 5', 'checked 5', 'paid 5: yes']);

    const target = await before(waymark, 'approve');
    const done = await waymark.executions.rollback('order-17', target, { statePatch: { amount: 3 }, ...because });
    expect(done).toMatchObject({
      executionId: 'order-17',
      toCheckpointId: target,
      branchId: 'rollback-1',
      nextNodeIds: ['approve'],
      rolledBackNodes: [
        { nodeId: 'pay', occurrence: 1 },
        { nodeId: 'approve', occurrence: 1 },
      ],
    });
    const state = await graph.getState(thread);
    expect([state.next, state.values, state.config.configurable?.['checkpoint_id']]).toStrictEqual([
      ['approve'],
      { amount: 3, rounds: 2, log: ['checked 5', 'checked 5'] },
      done.headCheckpointId,
    ]);
    expect(state.metadata).toMatchObject({ source: 'update', step: 3 });
    const asked = await graph.invoke(null, thread);
    expect(asked).toMatchObject({ __interrupt__: [{ value: { question: 'Pay?', amount: 3 } }] });
    const result = await graph.invoke(new Command({ resume: 'go on' }), thread);
    expect(result).toMatchObject({ amount: 3, log: ['checked 5', 'checked 5', 'paid 3: go on'] });

    // Everything is still there, and newest first.
    const history = await all(graph.getStateHistory(thread));
    expect(history.map(({ next }) => next.join())).toStrictEqual([
      '',
      'pay',
      'approve',
      '',
      'pay',
      'approve',
      'check',
      'check',
      '__start__',
    ]);
    expect((await waymark.log.verify()).verdict).toBe('ok');
    await remove();
  });

  it('runs what ran before once more without an edit, and does not take its old results', async () => {
    const { saver, remove } = await open();
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    await graph.invoke(new Command({ resume: 'yes' }), thread);
    await saver.waymark.executions.rollback('order-17', await before(saver.waymark, 'approve'), because);
    const asked = await graph.invoke(null, thread);
    expect(asked).toMatchObject({ __interrupt__: [{ value: { question: 'Pay?', amount: 5 } }] });
    expect((await graph.invoke(new Command({ resume: 'no' }), thread)).log.at(-1)).toBe('paid 5: no');
    await remove();
  });

  it('tells who did it, why, and all that happened, in one go', async () => {
    const { saver, remove } = await open();
    const { waymark } = saver;
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    const from = (await waymark.checkpoints.tree('order-17')).latest().id;
    const target = await before(waymark, 'check');
    const { length } = await told(waymark, 'order-17');
    const how = { statePatch: { amount: 3, decision: null }, ...because };
    const { headCheckpointId } = await waymark.executions.rollback('order-17', target, how);
    const events = (await told(waymark, 'order-17')).slice(length);
    const executionId = 'order-17';
    expect(events.map(({ type, payload }) => ({ type, ...(payload as object) }))).toMatchObject([
      { type: 'checkpoint.history_loaded', checkpointCount: 4, latestCheckpointId: from, branches: 1 },
      {
        type: 'checkpoint.rollback_requested',
        executionId,
        targetCheckpointId: target,
        targetNodeId: 'check',
        reason: because.reason,
      },
      {
        type: 'checkpoint.branch_created',
        checkpointId: target,
        branchId: 'rollback-1',
        parentBranchId: 'main',
        reason: 'rollback',
      },
      { type: 'checkpoint.restored', checkpointId: target },
      {
        type: 'checkpoint.rollback_completed',
        fromCheckpointId: from,
        toCheckpointId: target,
        rolledBackNodes: [{ nodeId: 'check', occurrence: 2 }],
      },
      {
        type: 'execution.state_modified',
        checkpointId: headCheckpointId,
        patch: { amount: 3, decision: null },
        reason: because.reason,
      },
      {
        type: 'checkpoint.created',
        checkpointId: headCheckpointId,
        parentId: target,
        branchId: 'rollback-1',
        kind: 'manual',
        nextNodeIds: ['check'],
      },
      { type: 'execution.paused', checkpointId: headCheckpointId, nodeId: 'check', reason: 'rollback' },
    ]);
    expect(new Set(events.map(({ context }) => context.actor))).toStrictEqual(new Set(['user:ada']));
    expect(new Set(events.map(({ context }) => context.correlationId)).size).toBe(1);
    const tree = await waymark.checkpoints.tree('order-17');
    expect(tree.branches.map(({ branchId, abandoned }) => [branchId, abandoned])).toStrictEqual([
      ['main', true],
      ['rollback-1', false],
    ]);
    await remove();
  });
});

describe.each(SAVERS)('forking a thread, %s', (_name, open) => {
  it('goes on with an edit in a thread of its own, and leaves the original as it was', async () => {
    const { saver, remove } = await open();
    const { waymark } = saver;
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    const original = await all(graph.getStateHistory(thread));
    const { length } = await told(waymark, 'order-17');
    const target = await before(waymark, 'approve');
    const how = { executionId: 'order-17b', statePatch: { amount: 3 }, label: 'cheaper', ...because };
    const fork = await waymark.executions.fork(target, how);
    const result = await fork.result();
    expect([fork.id, result]).toMatchObject([
      'order-17b',
      { status: 'paused', executionId: 'order-17b', reason: 'requested', nextNodeIds: ['approve'] },
    ]);
    const other = { configurable: { thread_id: fork.id } };
    expect((await graph.invoke(new Command({ resume: 'fine' }), other)).log.at(-1)).toBe('paid 3: fine');
    expect(await all(graph.getStateHistory(thread))).toStrictEqual(original);
    expect((await graph.invoke(new Command({ resume: 'yes' }), thread)).log.at(-1)).toBe('paid 5: yes');
    expect((await told(waymark, 'order-17')).slice(length).map(({ type }) => type)).not.toContain('execution.forked');
    expect((await waymark.log.verify()).verdict).toBe('ok');
    await remove();
  });

  it('takes along what is asked, so that it can be answered there as well', async () => {
    const { saver, remove } = await open();
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    const asked = (await graph.getState(thread)).tasks[0]?.interrupts;
    const fork = await saver.waymark.executions.fork(await before(saver.waymark, 'approve'), because);
    const other = { configurable: { thread_id: fork.id } };
    expect((await graph.getState(other)).tasks[0]?.interrupts).toStrictEqual(asked);
    const answer = new Command<unknown, Record<string, unknown>, never>({
      resume: { [asked?.[0]?.id ?? '']: 'both may' },
    });
    expect((await graph.invoke(answer, other)).log.at(-1)).toBe('paid 5: both may');
    expect((await graph.invoke(answer, thread)).log.at(-1)).toBe('paid 5: both may');
    await remove();
  });

  it('runs nodes again that the original has gone on from', async () => {
    const { saver, remove } = await open();
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    await graph.invoke(new Command({ resume: 'yes' }), thread);
    const fork = await saver.waymark.executions.fork(await before(saver.waymark, 'approve'), because);
    const other = { configurable: { thread_id: fork.id } };
    expect(await graph.invoke(null, other)).toMatchObject({ __interrupt__: [{ value: { question: 'Pay?' } }] });
    expect((await graph.invoke(new Command({ resume: 'no' }), other)).log.at(-1)).toBe('paid 5: no');
    await remove();
  });

  it('keeps what it shares when the original is deleted, and what a rollback shares when the rest is pruned', async () => {
    const { saver, remove } = await open();
    const { executions, checkpoints } = saver.waymark;
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    const target = await before(saver.waymark, 'approve');
    const fork = await executions.fork(target, { statePatch: { amount: 3 }, ...because });
    await executions.rollback('order-17', target, because);
    await checkpoints.prune('order-17', { keepLast: 1 });
    expect((await graph.invoke(new Command({ resume: 'yes' }), thread)).log.at(-1)).toBe('paid 5: yes');
    await checkpoints.delete('order-17');
    await checkpoints.collectGarbage();
    const other = { configurable: { thread_id: fork.id } };
    expect((await graph.invoke(new Command({ resume: 'yes' }), other)).log.at(-1)).toBe('paid 3: yes');
    for (const { id } of await checkpoints.list(fork.id)) await checkpoints.state(id);
    await remove();
  });

  it('shares all content, and tells who did it, and why', async () => {
    const { saver, remove } = await open();
    const { waymark } = saver;
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    const target = await waymark.checkpoints.get(await before(waymark, 'check'));
    const how = { executionId: 'fork', statePatch: { amount: 3 }, label: 'cheaper', ...because };
    await waymark.executions.fork(target.id, how);
    const [copy, edited] = await waymark.checkpoints.list('fork');
    expect(copy).toMatchObject({ manifest: target.manifest, stateHash: target.stateHash, storedBytes: 0 });
    expect(edited?.manifest.filter(([, ref]) => !target.manifest.some(([, other]) => other === ref))).toHaveLength(1);
    const events = await told(waymark, 'fork');
    expect(events.map(({ type, payload }) => ({ type, ...(payload as object) }))).toMatchObject([
      {
        type: 'execution.started',
        workflowId: 'langgraph',
        parentExecutionId: 'order-17',
        sourceCheckpointId: target.id,
      },
      {
        type: 'execution.forked',
        parentExecutionId: 'order-17',
        checkpointId: target.id,
        reason: because.reason,
        statePatch: { amount: 3 },
        label: 'cheaper',
      },
      { type: 'checkpoint.restored', checkpointId: target.id },
      { type: 'checkpoint.created', checkpointId: copy?.id, branchId: 'main', storedBytes: 0 },
      { type: 'checkpoint.branch_created', checkpointId: copy?.id, branchId: 'main', reason: 'fork' },
      { type: 'execution.state_modified', checkpointId: edited?.id, patch: { amount: 3 }, reason: because.reason },
      { type: 'checkpoint.created', checkpointId: edited?.id, parentId: copy?.id },
      { type: 'execution.paused', checkpointId: edited?.id, nodeId: 'check', reason: 'requested' },
    ]);
    expect(new Set(events.map(({ context }) => context.actor))).toStrictEqual(new Set(['user:ada']));
    expect(await waymark.executions.get('fork')).toMatchObject({
      threadId: 'fork',
      status: 'paused',
      pauseReason: 'requested',
      label: 'cheaper',
      parentExecutionId: 'order-17',
      waiting: ['check'],
    });
    await expect(waymark.executions.fork(target.id, how)).rejects.toThrow('There is an execution fork already.');
    await remove();
  });
});

describe.each(SAVERS)('running a node of a thread again, %s', (_name, open) => {
  it('begins right before the occurrence that is asked for', async () => {
    const { saver, remove } = await open();
    const { waymark } = saver;
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    const second = await waymark.executions.rerun(
      'order-17',
      { nodeId: 'check', occurrence: 2 },
      { executionId: 'again', statePatch: { amount: 7 }, ...because },
    );
    const other = { configurable: { thread_id: second.id } };
    expect((await graph.getState(other)).values).toStrictEqual({ amount: 7, rounds: 1, log: ['checked 5'] });
    const result = await graph.invoke(null, other);
    expect(result.log).toStrictEqual(['checked 5', 'checked 7']);
    const [forked] = await told(waymark, 'again', ['execution.forked']);
    expect(forked).toMatchObject({ payload: { reason: because.reason }, context: { actor: 'user:ada' } });

    const last = await waymark.executions.rerun('order-17', { nodeId: 'check' }, because);
    expect((await graph.getState({ configurable: { thread_id: last.id } })).values).toMatchObject({ rounds: 1 });
    const none = waymark.executions.rerun('order-17', { nodeId: 'check', occurrence: 3 });
    await expect(none).rejects.toMatchObject({
      code: 'WAYMARK_OCCURRENCE_NOT_FOUND',
      hint: 'Known are check (1), check (2).',
    });
    await remove();
  });
});

describe('a checkpoint that its graph has replaced', () => {
  it('is not gone back to: the error says so', async () => {
    await using saver = await WaymarkSaver.open('memory:');
    const { waymark } = saver;
    const config = await putValues(saver, threadConfig('order-17'), { amount: 1 });
    const id = String(config.configurable?.['checkpoint_id']);
    await putValues(saver, threadConfig('order-17'), { amount: 2 }, { id });
    await putValues(saver, threadConfig('order-17'), { amount: 3 }, { id });
    const [, replaced, present] = await waymark.checkpoints.list('order-17');
    const refused = { code: 'WAYMARK_CHECKPOINT_REPLACED' };
    await expect(waymark.executions.rollback('order-17', replaced?.id ?? '', because)).rejects.toMatchObject(refused);
    // By the name that its graph gave it, it is the one that has it now.
    const { toCheckpointId } = await waymark.executions.rollback('order-17', id, because);
    expect(toCheckpointId).toBe(present?.id);
  });
});
