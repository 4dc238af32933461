import {
  approval,
  defineWorkflow,
  loop,
  type NodeSpan,
  signal,
  subworkflow,
  task,
  timer,
  type Waymark,
  type WorkflowNode,
} from '../../../../src/index.js';
import { deferred } from '../../../support/deferred.js';
import { FakeTime } from '../../../support/fake-time.js';
import { happened, payloadOf } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { checkAttempts } from '../../../support/replay-attempts.js';

const inner = defineWorkflow({ id: 'inner', version: '1', nodes: { go: signal({ name: 'go' }) }, edges: {} });
const passes = { while: 'true', maxIterations: 3 };

/** What waits, as the node `it`. */
const WAITING: readonly (readonly [what: string, node: WorkflowNode])[] = [
  ['an approval', approval({ message: 'Go on?' })],
  ['a signal', signal({ name: 'go' })],
  ['a timer', timer({ afterMs: 3_600_000 })],
  ['a sub-workflow', subworkflow({ workflow: inner })],
];

async function started(node: WorkflowNode): Promise<{ readonly waymark: Waymark; readonly id: string }> {
  const time = new FakeTime();
  const waymark = await openWaymark({ clock: time, scheduler: time });
  const workflow = defineWorkflow({
    id: 'waits',
    version: '1',
    nodes: { before: task(() => ({})), it: node, after: task(() => ({ after: 1 })) },
    edges: { before: 'it', it: 'after' },
  });
  const run = await waymark.executions.start(workflow);
  await time.pass(0);
  return { waymark, id: run.id };
}

async function spansOf(waymark: Waymark, id: string): Promise<readonly NodeSpan[]> {
  return (await waymark.insight.waterfall(id)).rows.filter(({ nodeId }) => nodeId === 'it');
}

describe('skipNode of a node that was started and waits', () => {
  it.each(WAITING)('ends the attempt of %s that waits: it has one, which was skipped', async (_, node) => {
    const { waymark, id } = await started(node);
    const { entries } = await happened(waymark, async () =>
      (await waymark.executions.skipNode(id, { nodeId: 'it' }, { reason: 'no need' })).result(),
    );
    expect(payloadOf(entries, 'node.skipped')).toStrictEqual({
      executionId: id,
      nodeId: 'it',
      occurrence: 1,
      attempt: 1,
      reason: 'no need',
    });
    expect(await waymark.executions.get(id)).toMatchObject({ status: 'completed', occurrences: { it: 1 } });
    expect(checkAttempts(await waymark.log.query({}, { limit: 1_000 }))).toStrictEqual([]);
    const [span, ...others] = await spansOf(waymark, id);
    expect(others).toStrictEqual([]);
    expect(span).toMatchObject({ attempt: 1, status: 'skipped', reason: 'no need', endedAt: expect.any(String) });
    expect(span?.waits.every(({ until }) => until !== null)).toBe(true);
  });

  it('skips the next try of one that waits to be tried again: the one before has failed', async () => {
    const node = task({
      run: () => {
        throw new TypeError('no');
      },
      retry: { attempts: 2, delayMs: 3_600_000 },
    });
    const { waymark, id } = await started(node);
    await (await waymark.executions.skipNode(id, { nodeId: 'it' })).result();
    expect(
      (await spansOf(waymark, id)).map(({ occurrence, attempt, status }) => [occurrence, attempt, status]),
    ).toStrictEqual([
      [1, 1, 'failed'],
      [1, 2, 'skipped'],
    ]);
    expect(checkAttempts(await waymark.log.query({}, { limit: 1_000 }))).toStrictEqual([]);
  });

  it('ends a loop that stands between two passes, and goes on behind it', async () => {
    const gate = deferred();
    const { waymark, id } = await started(loop({ ...passes, body: task(() => gate.promise) }));
    const paused = waymark.executions.pause(id);
    gate.resolve();
    expect(await paused).toMatchObject({ status: 'paused', nextNodeIds: ['it'] });
    await (await waymark.executions.skipNode(id, { nodeId: 'it' })).result();
    expect(await waymark.executions.get(id)).toMatchObject({ status: 'completed' });
    expect((await spansOf(waymark, id)).map(({ attempt, status }) => [attempt, status])).toStrictEqual([
      [1, 'skipped'],
    ]);
    expect(checkAttempts(await waymark.log.query({}, { limit: 1_000 }))).toStrictEqual([]);
  });
});
