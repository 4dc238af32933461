import {
  decision,
  defineWorkflow,
  type ExecutionSnapshot,
  graphOfRun,
  group,
  task,
  toMermaid,
  type Waymark,
  type WaitContext,
  whyItWaits,
} from '../../../../src/index.js';
import { codeOf } from '../../../support/caught.js';
import { FakeClock } from '../../../support/fake-clock.js';
import { readFlowchart } from '../../../support/mermaid.js';
import { openWaymark } from '../../../support/open-waymark.js';

const START = Date.UTC(2026, 0, 31, 12);

/** a (100 ms), then slow (500 ms) beside fast (50 ms), then join (10 ms): all by a clock that the test moves. */
async function recordDiamond(): Promise<{ readonly waymark: Waymark; readonly clock: FakeClock }> {
  const clock = new FakeClock(START);
  const waymark = await openWaymark({ clock });
  const run = await waymark.recorder.execution({ workflow: 'diamond', executionId: 'x' });
  await run.node('a', () => clock.advance(100));
  const [slow, fast] = [run.node('slow'), run.node('fast')];
  await slow.start();
  await fast.start();
  clock.advance(50);
  await fast.complete();
  clock.advance(450);
  await slow.complete();
  await run.node('join', () => clock.advance(10));
  await run.complete();
  return { waymark, clock };
}

describe('a waterfall', () => {
  it('says what ran when, how long, and beside what', async () => {
    const { waymark } = await recordDiamond();
    const { rows, totalMs, lanes, startedAt, endedAt } = await waymark.insight.waterfall('x');
    expect({ totalMs, lanes, startedAt }).toStrictEqual({
      totalMs: 610,
      lanes: 2,
      startedAt: '2026-01-31T12:00:00.000Z',
    });
    expect(endedAt).toBe('2026-01-31T12:00:00.610Z');
    expect(
      rows.map(({ nodeId, offsetMs, lengthMs, lane, status }) => [nodeId, offsetMs, lengthMs, lane, status]),
    ).toStrictEqual([
      ['a', 0, 100, 0, 'completed'],
      ['slow', 100, 500, 0, 'completed'],
      ['fast', 100, 50, 1, 'completed'],
      ['join', 600, 10, 0, 'completed'],
    ]);
  });

  it('has each try, what runs still, and what was rolled back', async () => {
    const clock = new FakeClock(START);
    const waymark = await openWaymark({ clock });
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const kept = await run.checkpoint();
    const node = run.node('flaky');
    await node.start();
    clock.advance(5);
    await node.fail(new Error('no luck'));
    await node.start();
    node.progress(0.25, 'a quarter');
    await waymark.flush();
    clock.advance(7);
    const { rows } = await waymark.insight.waterfall('x');
    expect(rows).toMatchObject([
      { nodeId: 'flaky', attempt: 1, status: 'failed', lengthMs: 5, reason: 'no luck', endedAt: expect.any(String) },
      { nodeId: 'flaky', attempt: 2, status: 'running', lengthMs: 7, endedAt: null, progress: { fraction: 0.25 } },
    ]);
    expect(await waymark.insight.why('x')).toMatchObject([{ kind: 'work', text: expect.stringContaining('25 %') }]);
    await node.complete();
    await run.complete();
    await waymark.executions.rollback('x', kept);
    expect((await waymark.insight.waterfall('x')).rows.map(({ rolledBack }) => rolledBack)).toStrictEqual([true, true]);
    expect((await waymark.insight.criticalPath('x')).steps).toStrictEqual([]);
    expect(await waymark.insight.slowest('x')).toStrictEqual([]);
  });
});

describe('the critical path', () => {
  it('goes over what each node waited for, and leaves out what was done beside it', async () => {
    const { waymark } = await recordDiamond();
    const { steps, totalMs, stepsMs } = await waymark.insight.criticalPath('x');
    expect(steps.map(({ nodeId, lengthMs, gapMs }) => [nodeId, lengthMs, gapMs])).toStrictEqual([
      ['a', 100, 0],
      ['slow', 500, 0],
      ['join', 10, 0],
    ]);
    expect({ totalMs, stepsMs }).toStrictEqual({ totalMs: 610, stepsMs: 610 });
  });

  it('goes on over a pause, and tells how long that was', async () => {
    const clock = new FakeClock(START);
    const waymark = await openWaymark({ clock });
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    await run.node('before', () => clock.advance(10));
    await run.pause();
    clock.advance(60_000);
    const again = await waymark.recorder.open('x');
    await again.node('after', () => clock.advance(20));
    await again.complete();
    const { steps } = await waymark.insight.criticalPath('x');
    expect(steps.map(({ nodeId, gapMs }) => [nodeId, gapMs])).toStrictEqual([
      ['before', 0],
      ['after', 60_000],
    ]);
    const { pauses } = await waymark.insight.waterfall('x');
    expect(pauses).toStrictEqual([
      { reason: 'requested', from: '2026-01-31T12:00:00.010Z', until: '2026-01-31T12:01:00.010Z' },
    ]);
  });
});

describe('the slowest nodes', () => {
  it('are told by all the times that they ran', async () => {
    const clock = new FakeClock(START);
    const waymark = await openWaymark({ clock });
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    for (const ms of [10, 30, 20]) await run.node('often', () => clock.advance(ms));
    await run.node('once', () => clock.advance(50));
    await run.complete();
    expect(await waymark.insight.slowest('x')).toMatchObject([
      { nodeId: 'often', runs: 3, totalMs: 60, meanMs: 20, longestMs: 30, failures: 0 },
      { nodeId: 'once', runs: 1, totalMs: 50 },
    ]);
    expect(await waymark.insight.slowest('x', 1)).toHaveLength(1);
    expect(await codeOf(waymark.insight.slowest('x', 0))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(waymark.insight.why('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
  });
});

describe('why an execution has not ended', () => {
  const context: WaitContext = { leftBehind: false };
  const at = '2026-01-31T12:00:00.000Z';
  let base: ExecutionSnapshot;
  beforeAll(async () => {
    const waymark = await openWaymark({ clock: new FakeClock(START) });
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    await run.complete();
    base = { ...(await waymark.executions.get('x')), workflowHash: 'of a graph', endedAt: null };
  });
  const why = (changes: Partial<ExecutionSnapshot>, given: WaitContext = context): unknown =>
    whyItWaits({ ...base, ...changes }, given);
  const suspended = { nodeId: 'each/ask', occurrence: 2, attempt: 1, at: 'each[1]/ask', since: at };

  it('is told for everything that a node may wait for', () => {
    const paused = { status: 'paused', pauseReason: 'approval' } as const;
    expect(
      why({
        ...paused,
        suspended: [
          { ...suspended, awaiting: 'approval', dueAt: at, details: { message: 'Ship?', approvers: ['user:ada'] } },
        ],
      }),
    ).toStrictEqual([
      {
        kind: 'approval',
        text: 'for an approval by user:ada: Ship?',
        nodeId: 'each/ask',
        at: 'each[1]/ask',
        since: at,
        until: at,
        remedy: { verb: 'approve', nodeId: 'each/ask', at: 'each[1]/ask' },
      },
    ]);
    const kinds = [
      { ...suspended, awaiting: 'timer', dueAt: at },
      { ...suspended, awaiting: 'signal', name: 'go' },
      { ...suspended, awaiting: 'retry', error: { name: 'Error', message: 'busy' } },
      { ...suspended, awaiting: 'execution', childExecutionId: 'child' },
    ] as const;
    expect(why({ ...paused, suspended: kinds })).toMatchObject([
      { kind: 'timer', remedy: { verb: 'recover' } },
      { kind: 'signal', text: 'for the signal "go"', remedy: { verb: 'signal', signal: 'go' } },
      { kind: 'retry', text: 'to be tried again: busy' },
      { kind: 'execution', remedy: { verb: 'show', executionId: 'child' } },
    ]);
  });

  it.each([
    ['breakpoint', 'it stopped at a breakpoint before b'],
    ['requested', 'somebody paused it before b'],
    ['rollback', 'it was rolled back, and stands before b'],
    ['error', 'a node failed, and it was paused before b'],
    ['signal', 'it is paused (signal) before b'],
  ] as const)('is told of a pause with the reason %s', (pauseReason, text) => {
    expect(why({ status: 'paused', pauseReason, waiting: ['b'] })).toMatchObject([
      { text, nodeId: 'b', remedy: { verb: 'resume' } },
    ]);
  });

  it('says whose turn it is where Waymark does not run it', () => {
    const paused = { status: 'paused', pauseReason: 'requested' } as const;
    expect(why({ ...paused, workflowHash: 'recorded' })).toMatchObject([{ remedy: { verb: 'open' } }]);
    expect(why({ ...paused, threadId: 'thread' })).toMatchObject([{ remedy: { verb: 'graph' } }]);
  });

  it('is told of work, of an owner that is gone, of compensations, and of the end', () => {
    const running = { status: 'running', running: [{ nodeId: 'a', occurrence: 1, attempt: 2 }] } as const;
    expect(why(running)).toMatchObject([{ kind: 'work', nodeId: 'a', text: 'it works (attempt 2)' }]);
    expect(why(running, { leftBehind: true })).toMatchObject([{ kind: 'owner', remedy: { verb: 'resume' } }]);
    expect(why({ status: 'running' })).toMatchObject([{ kind: 'work', text: 'it is between two nodes' }]);
    const undoing = {
      cause: 'rollback',
      checkpointId: 'c',
      reason: 'why',
      remaining: [{ nodeId: 'a', occurrence: 1 }],
      compensated: 1,
      failed: 0,
    } as unknown as ExecutionSnapshot['undoing'];
    expect(why({ status: 'running', undoing })).toMatchObject([
      { kind: 'undoing', text: 'what it did is being undone (1 done, 1 to go)', remedy: { verb: 'recover' } },
    ]);
    expect(why({ status: 'pending' })).toMatchObject([{ kind: 'pending' }]);
    expect(why({ status: 'completed' })).toMatchObject([{ kind: 'ended', text: 'it is completed', remedy: null }]);
    const error = { name: 'Error', message: 'oops' };
    expect(why({ status: 'failed', error })).toMatchObject([
      { text: 'it failed: oops', remedy: { verb: 'rollback', checkpointId: base.headCheckpointId } },
    ]);
  });

  it('ends at the time limit of the execution, where that comes first', () => {
    const running = { status: 'running', running: [{ nodeId: 'a', occurrence: 1, attempt: 1 }] } as const;
    expect(why({ ...running, timeoutMs: 1_000 })).toMatchObject([{ until: '2026-01-31T12:00:01.000Z' }]);
  });
});

describe('the graph of a run', () => {
  const flow = defineWorkflow({
    id: 'flow',
    version: '1',
    nodes: {
      check: decision({ cases: [{ when: ({ state }) => state['big'] === true, to: 'big' }], otherwise: 'small' }),
      big: group({ nodes: { one: task(() => ({})), two: task(() => ({})) }, edges: { one: 'two' } }),
      small: task(() => ({})),
      last: task({ name: 'The last', run: () => Promise.reject(new Error('oops')) }),
    },
    edges: { check: ['big', 'small'], big: 'last', small: 'last' },
  });

  it('has the definition with the status of each node, what was passed over included', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(flow, { big: true }, { executionId: 'x' });
    expect((await run.result()).status).toBe('failed');
    const graph = await waymark.insight.graph('x');
    expect(graph.nodes.map(({ id, status }) => [id, status])).toStrictEqual([
      ['check', 'completed'],
      ['big', 'completed'],
      ['small', 'skipped'],
      ['last', 'failed'],
    ]);
    expect(graph.nodes[1]?.body?.nodes.map(({ id, status }) => [id, status])).toStrictEqual([
      ['big/one', 'completed'],
      ['big/two', 'completed'],
    ]);
    expect(graph.edges.map(({ from, to, taken, label }) => [from, to, taken, label])).toStrictEqual([
      ['check', 'big', true, 'a condition'],
      ['check', 'small', false, 'otherwise'],
      ['big', 'last', true, null],
      ['small', 'last', false, null],
    ]);
    const { classes, labels, edges } = readFlowchart(toMermaid(graph));
    expect(classes.get('failed')?.map((id) => labels.get(id))).toStrictEqual(['The last']);
    expect(classes.get('skipped')?.map((id) => labels.get(id))).toStrictEqual(['small']);
    expect(edges.filter(({ dotted }) => dotted)).toHaveLength(2);
    const { steps } = await waymark.insight.criticalPath('x');
    expect(steps.map(({ nodeId }) => nodeId)).toStrictEqual(['check', 'big/one', 'big/two', 'last']);
  });

  it('is drawn from the log where there is no definition', async () => {
    const { waymark } = await recordDiamond();
    const graph = await waymark.insight.graph('x');
    expect(graph.nodes.map(({ id, status }) => [id, status])).toStrictEqual([
      ['a', 'completed'],
      ['slow', 'completed'],
      ['fast', 'completed'],
      ['join', 'completed'],
    ]);
    expect(graph.edges.map(({ from, to }) => `${from} ${to}`)).toStrictEqual(['a slow', 'a fast', 'slow join']);
    readFlowchart(toMermaid(graph));
    expect(graphOfRun([], undefined)).toStrictEqual({ nodes: [], edges: [] });
    expect(toMermaid({ nodes: [], edges: [] })).toBe('flowchart TD');
  });
});
