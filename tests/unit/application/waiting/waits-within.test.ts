import { approval, defineWorkflow, map, parallel, signal, task, timer } from '../../../../src/index.js';
import { caughtWaymark } from '../../../support/caught.js';
import { settle } from '../../../support/deferred.js';
import { checkpointId, happened } from '../../../support/happened.js';
import { openTimed, outcomeOf, payloadsOf } from '../../../support/waiting.js';

describe('waits within other nodes', () => {
  it('are answered by their address, where a node waits several times at once', async () => {
    const { waymark } = await openTimed();
    const reviews = defineWorkflow({
      id: 'reviews',
      version: '1',
      nodes: {
        each: map({
          over: 'drafts',
          into: 'reviewed',
          each: {
            nodes: { review: approval(), note: task(({ index }) => ({ note: `draft ${index ?? -1}` })) },
            edges: { review: 'note' },
          },
        }),
      },
      edges: {},
    });
    const run = await waymark.executions.start(reviews, { drafts: ['a', 'b'] });
    expect(await run.result()).toMatchObject({ status: 'paused', reason: 'approval' });
    const error = await caughtWaymark(waymark.executions.approve(run.id, { nodeId: 'each/review' }));
    expect([error.code, error.details['addresses']]).toStrictEqual([
      'WAYMARK_NODE_AMBIGUOUS',
      ['each[0]/review', 'each[1]/review'],
    ]);
    const second = await waymark.executions.approve(run.id, { address: 'each[1]/review', actor: 'user:ada' });
    expect(await second.run?.result()).toMatchObject({ status: 'paused', reason: 'approval' });
    const first = await waymark.executions.approve(run.id, { nodeId: 'each/review' });
    const result = await first.run?.result();
    expect(result).toMatchObject({
      status: 'completed',
      output: {
        reviewed: [
          { review: { approved: true }, note: 'draft 0' },
          { review: { approved: true, by: 'user:ada' }, note: 'draft 1' },
        ],
      },
    });
    expect(new Set((await payloadsOf(waymark, 'action.created')).map((payload) => JSON.stringify(payload))).size).toBe(
      2,
    );
  });

  it('that end first end the others, where one of them is enough', async () => {
    const { waymark, time } = await openTimed();
    const either = defineWorkflow({
      id: 'either',
      version: '1',
      nodes: {
        race: parallel({
          join: 'any',
          branches: { answer: signal({ name: 'answer', into: 'answer' }), late: timer({ afterMs: 60_000 }) },
        }),
        after: task(({ state }) => ({ answered: 'answer' in state })),
      },
      edges: { race: 'after' },
    });
    const [slow, quick] = [await waymark.executions.start(either), await waymark.executions.start(either)];
    const outcome = outcomeOf(slow);
    await settle();
    const { run } = await waymark.executions.signal(quick.id, 'answer', 42);
    expect(await run?.result()).toMatchObject({ status: 'completed', output: { answered: true } });
    await time.pass(60_000);
    expect((await waymark.executions.get(slow.id)).status).toBe('completed');
    expect(outcome.result).toMatchObject({ status: 'paused', reason: 'signal' });
    expect(time.holding).toBe(0);
  });
});

describe('going back to a wait', () => {
  const asked = defineWorkflow({
    id: 'asked',
    version: '1',
    nodes: { review: approval(), publish: task(() => ({ published: true })) },
    edges: { review: 'publish' },
  });

  it('asks again, as another occurrence', async () => {
    const { waymark } = await openTimed();
    const run = await waymark.executions.start(asked);
    await run.result();
    await (await waymark.executions.reject(run.id, { reason: 'no' })).run?.result();
    await waymark.executions.rollback(run.id, await checkpointId(waymark, run.id, 'approval', 'review'));
    const { result } = await happened(waymark, async () => (await waymark.executions.resume(run.id)).result());
    expect(result).toMatchObject({ status: 'paused', reason: 'approval' });
    const created = await payloadsOf(waymark, 'action.created');
    expect(created).toMatchObject([{ actionId: `${run.id}/review/1` }, { actionId: `${run.id}/review/2` }]);
    const { run: approved } = await waymark.executions.approve(run.id);
    expect(await approved?.result()).toMatchObject({ status: 'completed' });
  });

  it('lets a fork ask for itself', async () => {
    const { waymark } = await openTimed();
    const run = await waymark.executions.start(asked);
    await run.result();
    const forked = await waymark.executions.fork(await checkpointId(waymark, run.id, 'approval', 'review'));
    expect(await forked.result()).toMatchObject({ status: 'paused', reason: 'approval' });
    const { run: approved } = await waymark.executions.approve(forked.id);
    expect(await approved?.result()).toMatchObject({ status: 'completed' });
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'paused', suspended: [{ nodeId: 'review' }] });
  });

  it('under the same key is done once', async () => {
    const { waymark } = await openTimed();
    const run = await waymark.executions.start(asked);
    await run.result();
    const once = { actor: 'user:ada', idempotencyKey: 'decision-1' };
    const first = await waymark.executions.approve(run.id, once);
    await first.run?.result();
    const { result, types } = await happened(waymark, () => waymark.executions.approve(run.id, once));
    expect([types, result.outcome, result.nodeId]).toStrictEqual([[], 'continued', 'review']);
    expect(await result.run?.result()).toMatchObject({ status: 'completed' });
  });
});
