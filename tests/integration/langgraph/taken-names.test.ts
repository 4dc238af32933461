import { emptyCheckpoint } from '@langchain/langgraph-checkpoint';
import { createWaymark, defineWorkflow, task, type Waymark } from '../../../src/index.js';
import { WaymarkSaver } from '../../../src/langgraph.js';
import { codeOf } from '../../support/caught.js';

const workflow = defineWorkflow({ id: 'w', version: '1', nodes: { a: task(() => ({ a: 1 })) }, edges: {} });

let waymark: Waymark;
beforeEach(async () => {
  waymark = await createWaymark({ storage: 'memory:' });
});
afterEach(() => waymark.close());

async function putThread(threadId: string): Promise<void> {
  const config = { configurable: { thread_id: threadId, checkpoint_ns: '' } };
  const checkpoint = { ...emptyCheckpoint(), channel_values: { kept: 'yes' }, channel_versions: { kept: 1 } };
  await new WaymarkSaver(waymark).put(config, checkpoint, { source: 'input', step: -1, parents: {} }, { kept: 1 });
}

describe('an execution of our own', () => {
  it('is not started under the name of a thread, whose tree it would take', async () => {
    await putThread('order-17');
    const before = await waymark.checkpoints.list('order-17');
    const start = () => waymark.executions.start(workflow, {}, { executionId: 'order-17' });
    expect(await codeOf(start)).toBe('WAYMARK_EXECUTION_EXISTS');
    expect(await waymark.checkpoints.list('order-17')).toStrictEqual(before);
  });

  it('is not forked under the name of a thread', async () => {
    await putThread('order-17');
    const run = await waymark.executions.start(workflow, {});
    await run.result();
    const { id } = (await waymark.checkpoints.tree(run.id)).head('main');
    expect(await codeOf(() => waymark.executions.fork(id, { executionId: 'order-17' }))).toBe(
      'WAYMARK_EXECUTION_EXISTS',
    );
    expect(await waymark.checkpoints.list('order-17')).toHaveLength(1);
  });

  it('keeps its checkpoints when a thread of its name, which was there first or came later, is deleted', async () => {
    const run = await waymark.executions.start(workflow, {}, { executionId: 'order-17' });
    await run.result();
    await putThread('order-17');
    const before = await waymark.checkpoints.list('order-17');
    await new WaymarkSaver(waymark).deleteThread('order-17');
    expect(await waymark.checkpoints.list('order-17')).toStrictEqual(before);
  });
});
