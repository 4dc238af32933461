import {
  decision,
  defineWorkflow,
  type ExecutionHandle,
  expr,
  group,
  loop,
  map,
  type NodeContext,
  parallel,
  task,
  type Waymark,
} from '../../../../src/index.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';

const count = task(({ state, nodeId }: NodeContext) => ({ [nodeId]: Number(state[nodeId] ?? 0) + 1 }));

/** Some of everything, within each other. */
const nested = defineWorkflow({
  id: 'nested',
  version: '1',
  nodes: {
    first: count,
    refine: loop({
      body: {
        nodes: {
          draft: count,
          fan: parallel({
            branches: { left: count, right: group({ nodes: { a: count, b: count }, edges: { a: 'b' } }) },
          }),
          route: decision({ cases: [{ when: 'iteration < 2', to: 'more' }], otherwise: 'enough' }),
          more: count,
          enough: count,
        },
        edges: { draft: 'fan', fan: 'route', route: ['more', 'enough'] },
      },
      until: expr('iteration == 2'),
      maxIterations: 3,
    }),
    each: map({ over: () => ['a', 'b'], each: count, into: 'list', concurrency: 1 }),
  },
  edges: { first: 'refine', refine: 'each' },
});

const DONE = {
  first: 1,
  'refine/draft': 2,
  'refine/fan/left': 2,
  'refine/fan/right/a': 2,
  'refine/fan/right/b': 2,
  'refine/more': 1,
  'refine/enough': 1,
  list: [{ 'each/body': 1 }, { 'each/body': 1 }],
};

async function stateOf(waymark: Waymark, executionId: string): Promise<object> {
  const { headCheckpointId } = await waymark.executions.get(executionId);
  return waymark.checkpoints.state(headCheckpointId);
}

describe('a nested workflow', () => {
  let folder: TemporaryFolder;
  const open = async (): Promise<Waymark> => {
    const waymark = await openWaymark({ storage: `sqlite:${folder.file('waymark.db')}` });
    waymark.executions.register(nested);
    return waymark;
  };
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(async () => folder.remove());

  it('stops anywhere within, and goes on from the disk in another process as if nothing had been', async () => {
    const stops = ['refine/fan/right/b', 'refine/enough', 'each/body'];
    let waymark = await open();
    const run = await waymark.executions.start(nested, {}, { breakpoints: stops });
    const { id } = run;
    const where: string[] = [];
    for (let result = await statusOf(run); result === 'paused';) {
      where.push(...(await waymark.executions.get(id)).waiting);
      await waymark.close();
      waymark = await open();
      result = await statusOf(await waymark.executions.resume(id));
    }
    expect(where).toStrictEqual([
      'refine[1]/fan/right/b',
      'refine[2]/fan/right/b',
      'refine[2]/enough',
      'each[0]/body',
      'each[1]/body',
    ]);
    expect(await stateOf(waymark, id)).toStrictEqual(DONE);
    await waymark.close();
  });

  it('goes on from each of its checkpoints, in the same execution and in another one', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(nested);
    expect((await run.result()).status).toBe('completed');
    const { occurrences } = await waymark.executions.get(run.id);
    for (const checkpoint of await waymark.checkpoints.list(run.id)) {
      const fork = await waymark.executions.fork(checkpoint.id);
      expect((await fork.result()).status).toBe('completed');
      expect(await stateOf(waymark, fork.id)).toStrictEqual(DONE);
      const { completed } = await waymark.executions.get(fork.id);
      expect(completed).toHaveLength(Object.values(occurrences).reduce((sum, times) => sum + times) - 2);
      await waymark.executions.rollback(run.id, checkpoint.id);
      expect((await (await waymark.executions.resume(run.id)).result()).status).toBe('completed');
      expect(await stateOf(waymark, run.id)).toStrictEqual(DONE);
    }
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
    await waymark.close();
  });

  it('is run again from any of its nodes: also those that have others within them', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(nested);
    await run.result();
    for (const node of [
      { nodeId: 'refine' },
      { nodeId: 'refine/fan', occurrence: 1 },
      { nodeId: 'each' },
      { nodeId: 'refine/route' },
    ]) {
      const again = await waymark.executions.rerun(run.id, node);
      expect((await again.result()).status).toBe('completed');
      expect(await stateOf(waymark, again.id)).toStrictEqual(DONE);
      const started = await waymark.log.query({ executionId: again.id, types: ['node.started'] }, { limit: 100 });
      expect(started.some(({ event }) => (event.payload as { nodeId?: string }).nodeId === node.nodeId)).toBe(true);
    }
    await waymark.close();
  });
});

async function statusOf(run: ExecutionHandle): Promise<string> {
  return (await run.result()).status;
}
