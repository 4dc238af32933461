import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { codeOf } from '../../support/caught.js';
import { happened } from '../../support/happened.js';
import { SAVERS } from '../../support/savers.js';

const thread = { configurable: { thread_id: 'order-17' } };
const Order = Annotation.Root({ amount: Annotation<number>, decision: Annotation<string> });

/** Asks a person, and pays. */
function orderGraph(checkpointer: BaseCheckpointSaver) {
  return new StateGraph(Order)
    .addNode('approve', ({ amount }) => ({ decision: interrupt<object, string>({ question: 'Pay?', amount }) }))
    .addNode('pay', () => ({}))
    .addEdge(START, 'approve')
    .addEdge('approve', 'pay')
    .addEdge('pay', END)
    .compile({ checkpointer });
}

describe.each(SAVERS)('a verb on a thread under a key, %s', (_name, open) => {
  it('is done once: a rollback and a fork', async () => {
    const { saver, remove } = await open();
    const { waymark } = saver;
    const graph = orderGraph(saver);
    await graph.invoke({ amount: 5 }, thread);
    await graph.invoke(new Command({ resume: 'yes' }), thread);
    const target = (await waymark.checkpoints.tree('order-17')).before('approve').id;
    const back = { idempotencyKey: 'back', reason: 'too much' };
    const first = await waymark.executions.rollback('order-17', target, back);
    const again = await happened(waymark, () => waymark.executions.rollback('order-17', target, back));
    expect(again.result).toStrictEqual(first);
    expect(again.types).toStrictEqual([]);
    const away = { idempotencyKey: 'away', reason: 'what if' };
    const fork = await waymark.executions.fork(target, away);
    const same = await happened(waymark, () => waymark.executions.fork(target, away));
    expect(same.result.id).toBe(fork.id);
    expect(await same.result.result()).toStrictEqual(await fork.result());
    expect(same.types).toStrictEqual([]);
    expect(await codeOf(waymark.executions.fork(target, { ...away, label: 'other' }))).toBe(
      'WAYMARK_IDEMPOTENCY_CONFLICT',
    );
    await remove();
  });

  it('is refused where only the graph can do it, and says what to do instead', async () => {
    const { saver, remove } = await open();
    await orderGraph(saver).invoke({ amount: 5 }, thread);
    const { executions } = saver.waymark;
    const refused = [
      () => executions.restart('order-17'),
      () => executions.retryNode('order-17', { nodeId: 'pay' }),
      () => executions.skipNode('order-17', { nodeId: 'pay' }),
      () => executions.modifyState('order-17', { amount: 1 }),
      () => executions.label('order-17', 'x'),
      () => executions.previewRollback('order-17', 'anywhere'),
    ];
    for (const verb of refused) expect(await codeOf(verb)).toBe('WAYMARK_THREAD_VERB');
    await remove();
  });
});
