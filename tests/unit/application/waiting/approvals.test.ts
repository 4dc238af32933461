import { approval, type ApprovalOptions, defineWorkflow, task, type Waymark } from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { FaultyStore } from '../../../support/faulty-store.js';
import { happened } from '../../../support/happened.js';
import { openTimed, outcomeOf, payloadsOf, storyOf } from '../../../support/waiting.js';

const HOUR = 3_600_000;

/** draft → review → publish, where review is an approval. */
function reviewed(options: ApprovalOptions = {}) {
  return defineWorkflow({
    id: 'reviewed',
    name: 'Reviewed',
    version: '1',
    nodes: {
      draft: task(() => ({ text: 'hello' })),
      review: approval(options),
      publish: task(({ state }) => ({ published: state['text'] ?? null })),
    },
    edges: { draft: 'review', review: 'publish' },
  });
}

async function waiting(options: ApprovalOptions = {}, actor?: string) {
  const opened = await openTimed();
  const started = await opened.waymark.executions.start(reviewed(options), {}, actor === undefined ? {} : { actor });
  const paused = await started.result();
  return { ...opened, id: started.id, paused };
}

const reviewOf = async (waymark: Waymark, id: string) =>
  (await waymark.checkpoints.state((await waymark.executions.get(id)).headCheckpointId))['review'];

describe('an approval', () => {
  it('pauses the execution, asks, and keeps a checkpoint to come back to', async () => {
    const { waymark, time, id, paused } = await waiting(
      { message: (state) => `Publish ${state['text'] as string}?`, approvers: ['user:ada'], expiresAfterMs: HOUR },
      'user:bob',
    );
    expect(paused).toMatchObject({ status: 'paused', reason: 'approval', nextNodeIds: [] });
    expect((await storyOf(waymark, id)).slice(3)).toStrictEqual(['node.started', 'node.suspended', 'execution.paused']);
    expect(await payloadsOf(waymark, 'node.suspended')).toStrictEqual([
      {
        executionId: id,
        nodeId: 'review',
        occurrence: 1,
        attempt: 1,
        awaiting: 'approval',
        dueAt: '2026-01-01T01:00:00.000Z',
      },
    ]);
    expect(await payloadsOf(waymark, 'action.created')).toStrictEqual([
      {
        actionId: `${id}/review/1`,
        name: 'Publish hello?',
        requestedBy: 'user:bob',
        expiresAt: '2026-01-01T01:00:00.000Z',
      },
    ]);
    const stored = await waymark.executions.get(id);
    expect(stored).toMatchObject({ owner: null, pauseReason: 'approval', dueAt: '2026-01-01T01:00:00.000Z' });
    expect(stored.suspended).toMatchObject([
      { nodeId: 'review', awaiting: 'approval', details: { message: 'Publish hello?', approvers: ['user:ada'] } },
    ]);
    const [newest] = (await waymark.checkpoints.list(id)).filter(({ kind }) => kind === 'approval');
    expect(newest).toMatchObject({
      id: stored.headCheckpointId,
      nodeId: 'review',
      position: { nextNodeIds: ['review'] },
    });
    expect([time.due.includes(HOUR), time.holding]).toStrictEqual([true, 0]);
  });

  it('that is approved lets the execution go on, in one transaction with the decision', async () => {
    const { waymark, time, id } = await waiting({ approvers: ['user:ada'] });
    const { result, types, entries } = await happened(waymark, () =>
      waymark.executions.approve(id, { actor: 'user:ada', comment: 'looks good' }),
    );
    expect(result).toMatchObject({ executionId: id, nodeId: 'review', occurrence: 1, outcome: 'continued' });
    expect(types.slice(0, 6)).toStrictEqual([
      'action.approved',
      'execution.resumed',
      'node.completed',
      'checkpoint.created',
      'checkpoint.node_boundary_recorded',
      'node.started',
    ]);
    expect(entries[0]?.event).toMatchObject({
      payload: { actionId: `${id}/review/1`, by: 'user:ada', comment: 'looks good' },
      context: { actor: 'user:ada' },
    });
    expect(await result.run?.result()).toMatchObject({ status: 'completed', output: { published: 'hello' } });
    expect(await reviewOf(waymark, id)).toStrictEqual({
      approved: true,
      by: 'user:ada',
      at: '2026-01-01T00:00:00.000Z',
      comment: 'looks good',
    });
    expect(time.holding).toBe(0);
  });

  it('is decided once: a second decision is refused, and nothing is recorded of it', async () => {
    const { waymark, id } = await waiting();
    await (await waymark.executions.approve(id)).run?.result();
    const { types, result } = await happened(waymark, () => codeOf(waymark.executions.approve(id)));
    expect([types, result]).toStrictEqual([[], 'WAYMARK_ILLEGAL_TRANSITION']);
  });

  it('of two decisions at once takes one', async () => {
    const { waymark, id } = await waiting();
    const both = await Promise.allSettled([
      waymark.executions.approve(id, { actor: 'user:ada' }),
      waymark.executions.reject(id, { actor: 'user:bob', reason: 'no' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toStrictEqual(['fulfilled', 'rejected']);
    await settle();
    const decided = [
      ...(await payloadsOf(waymark, 'action.approved')),
      ...(await payloadsOf(waymark, 'action.rejected')),
    ];
    expect(decided).toHaveLength(1);
  });

  it('that is rejected fails its node, for good', async () => {
    const { waymark, id } = await waiting();
    const { result, types } = await happened(waymark, async () =>
      (await waymark.executions.reject(id, { actor: 'user:ada', reason: 'too long' })).run?.result(),
    );
    expect(types).toStrictEqual([
      'action.rejected',
      'execution.resumed',
      'node.failed',
      'checkpoint.created',
      'execution.failed',
    ]);
    expect(result).toMatchObject({
      status: 'failed',
      nodeId: 'review',
      error: { code: 'WAYMARK_APPROVAL_REJECTED', message: 'review was rejected by user:ada: too long' },
    });
    expect(await payloadsOf(waymark, 'node.failed')).toMatchObject([{ recoverable: false }]);
  });

  it('that is rejected is a decision like any other where its definition says so', async () => {
    const { waymark, id } = await waiting({ onRejection: 'continue', into: 'verdict' });
    const { run } = await waymark.executions.reject(id, { actor: 'user:ada', reason: 'too long' });
    expect(await run?.result()).toMatchObject({ status: 'completed' });
    const state = await waymark.checkpoints.state((await waymark.executions.get(id)).headCheckpointId);
    expect(state['verdict']).toMatchObject({ approved: false, by: 'user:ada', reason: 'too long' });
  });

  it('asks only those who may decide', async () => {
    const { waymark, id } = await waiting({ approvers: ['user:ada', 'user:eve'] });
    const nobody = await caughtWaymark(waymark.executions.approve(id));
    expect([nobody.code, nobody.hint]).toStrictEqual([
      'WAYMARK_NOT_AN_APPROVER',
      'Those who may: user:ada, user:eve. Say who you are with the option actor.',
    ]);
    expect(await codeOf(waymark.executions.reject(id, { actor: 'user:bob', reason: 'no' }))).toBe(
      'WAYMARK_NOT_AN_APPROVER',
    );
    expect(await waymark.executions.approve(id, { actor: 'user:eve' })).toMatchObject({ outcome: 'continued' });
  });

  it('tells what waits when something else is answered', async () => {
    const { waymark, id } = await waiting();
    const error = await caughtWaymark(waymark.executions.approve(id, { nodeId: 'publish' }));
    expect([error.code, error.hint]).toStrictEqual(['WAYMARK_NOTHING_WAITS', 'What waits: review for approval.']);
    expect(await codeOf(waymark.executions.approve('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
    expect(await codeOf(waymark.executions.reject(id, { reason: ' ' }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await codeOf(waymark.executions.approve(id, { note: 'x' } as object))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});

describe('several approvals at once', () => {
  const both = defineWorkflow({
    id: 'both',
    version: '1',
    nodes: { legal: approval(), money: approval(), sign: task(() => ({ signed: true })) },
    edges: { legal: 'sign', money: 'sign' },
  });

  it('must be told apart, and the execution waits for the last of them', async () => {
    const { waymark } = await openTimed();
    const run = await waymark.executions.start(both);
    expect(await run.result()).toMatchObject({ reason: 'approval' });
    const error = await caughtWaymark(waymark.executions.approve(run.id));
    expect([error.code, error.details['addresses']]).toStrictEqual(['WAYMARK_NODE_AMBIGUOUS', ['legal', 'money']]);
    const first = await waymark.executions.approve(run.id, { nodeId: 'money' });
    expect(await first.run?.result()).toMatchObject({ status: 'paused', reason: 'approval' });
    const second = await waymark.executions.approve(run.id, { address: 'legal' });
    expect(await second.run?.result()).toMatchObject({ status: 'completed' });
  });

  it('can be decided while other work goes on', async () => {
    const { waymark } = await openTimed();
    const gate = deferred<object>();
    const beside = defineWorkflow({
      id: 'beside',
      version: '1',
      nodes: { ask: approval(), work: task(() => gate.promise), after: task(() => ({ after: true })) },
      edges: { ask: 'after' },
    });
    const run = await waymark.executions.start(beside);
    await settle();
    const { types, entries } = await happened(waymark, () => waymark.executions.approve(run.id, { actor: 'user:ada' }));
    expect(types.slice(0, 2)).toStrictEqual(['action.approved', 'node.completed']);
    expect(entries[1]?.event.context.actor).toBe('user:ada');
    await settle();
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'running', running: [{ nodeId: 'work' }] });
    expect(await codeOf(waymark.executions.approve(run.id))).toBe('WAYMARK_NOTHING_WAITS');
    gate.resolve({});
    expect(await run.result()).toMatchObject({ status: 'completed' });
  });
});

describe('an approval that nobody gives in time', () => {
  it('is rejected', async () => {
    const { waymark, time, id } = await waiting({ expiresAfterMs: HOUR });
    await time.pass(HOUR - 1);
    expect((await waymark.executions.get(id)).status).toBe('paused');
    const { types } = await happened(waymark, () => time.pass(1));
    expect(types).toStrictEqual([
      'execution.resumed',
      'action.rejected',
      'node.failed',
      'checkpoint.created',
      'execution.failed',
    ]);
    expect(await payloadsOf(waymark, 'action.rejected')).toStrictEqual([
      { actionId: `${id}/review/1`, by: 'waymark:expiry', reason: 'nobody decided by 2026-01-01T01:00:00.000Z' },
    ]);
    expect(await waymark.executions.get(id)).toMatchObject({ status: 'failed', dueAt: null });
    expect(time.holding).toBe(0);
  });

  it('is approved where its definition says so', async () => {
    const { waymark, time, id } = await waiting({ expiresAfterMs: HOUR, onExpiry: 'approve' });
    await time.pass(HOUR);
    expect(await waymark.executions.get(id)).toMatchObject({ status: 'completed' });
    expect(await reviewOf(waymark, id)).toMatchObject({ approved: true, by: 'waymark:expiry' });
  });

  it('is passed on to others, who have the time they need', async () => {
    const { waymark, time, id } = await waiting({
      approvers: ['user:ada'],
      expiresAfterMs: HOUR,
      onExpiry: 'escalate',
      escalateTo: ['user:head'],
    });
    const { types } = await happened(waymark, () => time.pass(HOUR));
    expect(types).toStrictEqual(['execution.resumed', 'node.suspended', 'execution.paused']);
    expect((await payloadsOf(waymark, 'node.suspended'))[1]).toMatchObject({
      nodeId: 'review',
      awaiting: 'approval',
      escalatedTo: ['user:head'],
    });
    expect(await waymark.executions.get(id)).toMatchObject({
      status: 'paused',
      pauseReason: 'approval',
      dueAt: null,
      suspended: [{ details: { escalatedTo: ['user:head'] } }],
    });
    await time.pass(1_000 * HOUR);
    expect(await codeOf(waymark.executions.approve(id, { actor: 'user:ada' }))).toBe('WAYMARK_NOT_AN_APPROVER');
    const { run } = await waymark.executions.approve(id, { actor: 'user:head' });
    expect(await run?.result()).toMatchObject({ status: 'completed' });
    expect(time.holding).toBe(0);
  });

  it('expires in another process, where that one is gone', async () => {
    const store = new FaultyStore();
    const first = await openTimed({}, store);
    const run = await first.waymark.executions.start(reviewed({ expiresAfterMs: HOUR, onExpiry: 'approve' }));
    await run.result();
    await first.waymark.close();
    expect(first.time.pending).toBe(0);
    await first.time.pass(2 * HOUR);
    const { waymark } = await openTimed({}, store, first.time);
    waymark.executions.register(reviewed({ expiresAfterMs: HOUR, onExpiry: 'approve' }));
    const [recovered] = await waymark.executions.recover();
    expect(recovered).toMatchObject({ executionId: run.id, action: 'woken' });
    await settle();
    expect((await waymark.executions.get(run.id)).status).toBe('completed');
  });
});

describe('an answer to what stands still elsewhere', () => {
  it('is durable where the workflow is not loaded, and whoever resumes the execution goes on with it', async () => {
    const store = new FaultyStore();
    const first = await openTimed({}, store);
    const run = await first.waymark.executions.start(reviewed());
    await run.result();
    const { waymark } = await openTimed({}, store);
    const { types, result } = await happened(waymark, () => waymark.executions.approve(run.id, { actor: 'user:ada' }));
    expect([types, result]).toStrictEqual([
      ['action.approved'],
      { executionId: run.id, nodeId: 'review', occurrence: 1, outcome: 'recorded' },
    ]);
    expect(await codeOf(waymark.executions.approve(run.id))).toBe('WAYMARK_NOTHING_WAITS');
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', dueAt: '2026-01-01T00:00:00.000Z' });
    const resumed = await first.waymark.executions.resume(run.id);
    expect(await resumed.result()).toMatchObject({ status: 'completed' });
    expect(await payloadsOf(waymark, 'action.approved')).toHaveLength(1);
  });

  it('does not let an execution go on that somebody has stopped', async () => {
    const { waymark } = await openTimed();
    const gate = deferred<object>();
    const beside = defineWorkflow({
      id: 'beside',
      version: '1',
      nodes: { ask: approval(), work: task(() => gate.promise), next: task(() => ({})) },
      edges: { work: 'next' },
    });
    const run = await waymark.executions.start(beside);
    await settle();
    const pausing = waymark.executions.pause(run.id);
    gate.resolve({});
    expect(await pausing).toMatchObject({ reason: 'requested' });
    expect(await waymark.executions.approve(run.id)).toMatchObject({ outcome: 'recorded' });
    expect((await waymark.executions.get(run.id)).status).toBe('paused');
    expect(await (await waymark.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });

  it('is refused while another process runs it', async () => {
    const store = new FaultyStore();
    const first = await openTimed({}, store);
    const beside = defineWorkflow({
      id: 'beside',
      version: '1',
      nodes: { ask: approval(), work: task(() => new Promise<never>(() => undefined)) },
      edges: {},
    });
    const run = await first.waymark.executions.start(beside);
    await settle();
    const { waymark } = await openTimed({}, store);
    expect(await codeOf(waymark.executions.approve(run.id))).toBe('WAYMARK_NOT_OWNER');
    const outcome = outcomeOf(run);
    await first.waymark.executions.cancel(run.id);
    await settle();
    expect(outcome.result).toMatchObject({ status: 'cancelled' });
    expect(await codeOf(waymark.executions.approve(run.id))).toBe('WAYMARK_ILLEGAL_TRANSITION');
  });
});
