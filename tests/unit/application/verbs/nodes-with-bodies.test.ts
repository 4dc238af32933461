import {
  approval,
  defineWorkflow,
  type ExecutionHandle,
  type ExecutionResult,
  group,
  loop,
  map,
  task,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { checkpointId, payloadOf, happened } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';

/** g(x → y) → e, whose y fails so many times. */
function grouped(failures = 0): Workflow {
  let tries = 0;
  const y = (): object => {
    tries += 1;
    if (tries <= failures) throw new TypeError('no');
    return { y: 1 };
  };
  return defineWorkflow({
    id: 'grouped',
    version: '1',
    nodes: {
      g: group({ nodes: { x: task(() => ({ x: 1 })), y: task(y) }, edges: { x: 'y' } }),
      e: task(() => ({ e: 1 })),
    },
    edges: { g: 'e' },
  });
}

/** m(a → b, one item after the other) → e. */
function mapped(): Workflow {
  const each = {
    nodes: { a: task(({ item }) => ({ a: item })), b: task(({ item }) => ({ b: item })) },
    edges: { a: 'b' },
  };
  return defineWorkflow<{ list: number[]; out?: unknown; e?: number }>({
    id: 'mapped',
    version: '1',
    nodes: { m: map({ over: 'list', concurrency: 1, into: 'out', each }), e: task(() => ({ e: 1 })) },
    edges: { m: 'e' },
  });
}

async function endOf(handle: Promise<ExecutionHandle>): Promise<ExecutionResult> {
  return (await handle).result();
}

/** What was told of nodes since: `type node#occurrence.attempt`. */
async function told(waymark: Waymark, action: () => Promise<unknown>): Promise<readonly string[]> {
  const { entries } = await happened(waymark, action);
  return entries
    .map(({ event }) => event)
    .filter(({ type }) => type.startsWith('node.'))
    .map(({ type, payload }) => {
      const { nodeId, occurrence, attempt } = payload as { nodeId: string; occurrence: number; attempt: number };
      return `${type.slice('node.'.length)} ${nodeId}#${occurrence}.${attempt}`;
    });
}

describe('going on within a node with a body', () => {
  it.each(['g', 'g/y'])('that failed goes on with the same work: retryNode of %s', async (nodeId) => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(grouped(2));
    await run.result();
    const again = ['started g#1.2', 'started g/y#1.2', 'failed g/y#1.2', 'failed g#1.2'];
    const retry = async (): Promise<unknown> => endOf(waymark.executions.retryNode(run.id, { nodeId }));
    expect(await told(waymark, retry)).toStrictEqual(again);
    expect(await told(waymark, retry)).toStrictEqual([
      'started g#1.3',
      'started g/y#1.3',
      'completed g/y#1.3',
      'completed g#1.3',
      'started e#1.1',
      'completed e#1.1',
    ]);
    expect((await waymark.executions.get(run.id)).occurrences).toStrictEqual({ g: 1, 'g/x': 1, 'g/y': 1, e: 1 });
  });

  it('reaches it anew after a rollback, as another occurrence each time, and goes on with that one when it fails', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(grouped(2));
    await run.result();
    const within = await checkpointId(waymark, run.id, 'exit', 'g/x');
    await waymark.executions.rollback(run.id, within);
    await waymark.executions.rollback(run.id, within);
    const resume = async (): Promise<unknown> => endOf(waymark.executions.resume(run.id));
    expect(await told(waymark, resume)).toStrictEqual([
      'started g#3.1',
      'started g/y#2.1',
      'failed g/y#2.1',
      'failed g#3.1',
    ]);
    const retry = async (): Promise<unknown> => endOf(waymark.executions.retryNode(run.id, { nodeId: 'g/y' }));
    expect((await told(waymark, retry)).slice(0, 2)).toStrictEqual(['started g#3.2', 'started g/y#2.2']);
  });

  it('skips the node that failed in it, and the node around it is done', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(grouped(9));
    await run.result();
    const skip = async (): Promise<unknown> => endOf(waymark.executions.skipNode(run.id, { nodeId: 'g/y' }));
    const types = await told(waymark, skip);
    expect(types.slice(0, 3)).toStrictEqual(['started g#1.2', 'skipped g/y#1.2', 'completed g#1.2']);
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'completed', interrupted: [], failed: [] });
  });

  it('skips a node in it after a rollback: what is around begins again first', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(mapped(), { list: [1, 2] });
    await run.result();
    const checkpoints = await waymark.checkpoints.list(run.id);
    const second = checkpoints.find(({ nodeId, occurrence }) => nodeId === 'm/a' && occurrence === 2);
    const { entries } = await happened(waymark, () => waymark.executions.rollback(run.id, second?.id ?? ''));
    expect(payloadOf(entries, 'execution.paused')).toMatchObject({ nodeId: 'm/b' });
    expect(payloadOf(entries, 'checkpoint.rollback_requested')).toMatchObject({ targetNodeId: 'm/b' });
    expect(await waymark.insight.why(run.id)).toMatchObject([{ nodeId: 'm/b', at: 'm[1]/b' }]);
    const skip = async (): Promise<unknown> =>
      endOf(waymark.executions.skipNode(run.id, { nodeId: 'm/b', output: { b: 'given' } }));
    expect(await told(waymark, skip)).toStrictEqual([
      'started m#2.1',
      'skipped m/b#3.1',
      'completed m#2.1',
      'started e#2.1',
      'completed e#2.1',
    ]);
    const { headCheckpointId } = await waymark.executions.get(run.id);
    expect(await waymark.checkpoints.state(headCheckpointId)).toMatchObject({
      out: [
        { a: 1, b: 1 },
        { a: 2, b: 'given' },
      ],
    });
  });

  it('skips as a whole one that failed, and gives up what is within it', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(grouped(9));
    await run.result();
    const result = await endOf(waymark.executions.skipNode(run.id, { nodeId: 'g', output: { y: 'by hand' } }));
    expect(result).toMatchObject({ status: 'completed', output: { e: 1 } });
    const { progress, failed, interrupted, waiting, completed } = await waymark.executions.get(run.id);
    expect({ failed, interrupted, waiting }).toStrictEqual({ failed: [], interrupted: [], waiting: [] });
    expect(progress?.open ?? []).toStrictEqual([]);
    expect(completed.map(({ nodeId }) => nodeId)).toStrictEqual(['g/x', 'e']);
  });

  it('skips as a whole one that stopped it, and cancels what waits within', async () => {
    const waymark = await openWaymark();
    const fails = task({
      run: () => {
        throw new TypeError('no');
      },
      onFailure: 'pause',
    });
    const workflow = defineWorkflow({
      id: 'stops',
      version: '1',
      nodes: { g: group({ nodes: { ok: approval({}), no: fails }, edges: {} }), e: task(() => ({ e: 1 })) },
      edges: { g: 'e' },
    });
    const run = await waymark.executions.start(workflow);
    const stopped = await run.result();
    expect(stopped).toMatchObject({ status: 'paused', reason: 'error' });
    const { failed, suspended } = await waymark.executions.get(run.id);
    expect([failed.map(({ nodeId }) => nodeId), suspended]).toStrictEqual([['g/no', 'g'], []]);
    expect(await endOf(waymark.executions.skipNode(run.id, { nodeId: 'g' }))).toMatchObject({ status: 'completed' });
  });

  it('has the output that an item of a map is given in the output of the execution', async () => {
    const waymark = await openWaymark();
    const each = task<object>(({ index }) => {
      if (index === 1) throw new TypeError('no');
      return { a: index };
    });
    const workflow = defineWorkflow<{ list: number[] }>({
      id: 'last',
      version: '1',
      nodes: { m: map({ over: 'list', into: 'out', onFailure: 'collect', each }) },
      edges: {},
    });
    const run = await waymark.executions.start(workflow, { list: [1, 2] });
    await run.result();
    const skip = waymark.executions.skipNode(run.id, { nodeId: 'm/body', output: { a: 'given' } });
    expect(await endOf(skip)).toMatchObject({ status: 'completed', output: { out: [{ a: 0 }, { a: 'given' }] } });
  });

  it('reruns a node that failed, and the one around it, from before each', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(grouped(1));
    await run.result();
    for (const [nodeId, first] of [
      ['g/y', 'started g/y#1.1'],
      ['g', 'started g/x#1.1'],
    ] as const) {
      const rerun = async (): Promise<unknown> => endOf(waymark.executions.rerun(run.id, { nodeId }));
      expect((await told(waymark, rerun)).filter((each) => each.startsWith('started g/'))[0]).toBe(first);
    }
  });

  it('reruns a loop from before its first pass, after a rollback into it too', async () => {
    const waymark = await openWaymark();
    const passes: unknown[] = [];
    const body = task<{ n?: number }>(({ iteration, state }) => {
      passes.push(iteration);
      return { n: (state.n ?? 0) + 1 };
    });
    const workflow = defineWorkflow({
      id: 'looped',
      version: '1',
      nodes: { before: task(() => ({})), l: loop({ body, until: 'state.n >= 3', maxIterations: 9 }) },
      edges: { before: 'l' },
    });
    const run = await waymark.executions.start(workflow);
    await run.result();
    const rerun = async (occurrence?: number): Promise<readonly unknown[]> => {
      passes.length = 0;
      const node = { nodeId: 'l', ...(occurrence === undefined ? {} : { occurrence }) };
      await endOf(waymark.executions.rerun(run.id, node));
      return [...passes];
    };
    expect(await rerun()).toStrictEqual([1, 2, 3]);
    await waymark.executions.rollback(run.id, await checkpointId(waymark, run.id, 'exit', 'l/body'));
    await endOf(waymark.executions.resume(run.id));
    expect((await waymark.executions.get(run.id)).occurrences).toMatchObject({ l: 2 });
    expect([await rerun(), await rerun(1), await rerun(2)]).toStrictEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });
});
