import { caughtWaymark, codeOf } from '../../support/caught.js';
import { checkpointId, happened, payloadOf, statesOf } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain, gated, workflow } from '../../support/workflows.js';
import type { Waymark } from '../../../src/index.js';

async function failedRun(waymark: Waymark): Promise<string> {
  const run = await waymark.executions.start(gated, { limit: 'narrow' }, { actor: 'user:ada' });
  await run.result();
  return run.id;
}

describe('rollback', () => {
  it('records who asked, why, what was undone, and where it stands now', async () => {
    const waymark = await openWaymark();
    const id = await failedRun(waymark);
    const target = await checkpointId(waymark, id, 'exit', 'a');
    const { result, types, entries } = await happened(waymark, () =>
      waymark.executions.rollback(id, target, {
        reason: 'limit too strict',
        actor: 'user:bob',
        statePatch: { limit: 'wide' },
      }),
    );
    expect(types).toStrictEqual([
      'checkpoint.history_loaded',
      'checkpoint.rollback_requested',
      'checkpoint.branch_created',
      'checkpoint.restored',
      'checkpoint.rollback_completed',
      'execution.state_modified',
      'checkpoint.created',
      'execution.paused',
    ]);
    for (const { event } of entries) expect(event.context).toMatchObject({ actor: 'user:bob', correlationId: id });
    expect(payloadOf(entries, 'checkpoint.rollback_requested')).toMatchObject({
      reason: 'limit too strict',
      targetNodeId: 'b',
    });
    expect(payloadOf(entries, 'checkpoint.rollback_completed')).toMatchObject({
      toCheckpointId: target,
      rolledBackNodes: [{ nodeId: 'b', occurrence: 1 }],
    });
    expect(payloadOf(entries, 'execution.state_modified')).toMatchObject({
      reason: 'limit too strict',
      patch: { limit: 'wide' },
      checkpointId: result.headCheckpointId,
    });
    expect(await waymark.checkpoints.state(result.headCheckpointId)).toStrictEqual({ limit: 'wide', a: 1 });
    expect(await waymark.executions.get(id)).toMatchObject({
      status: 'paused',
      pauseReason: 'rollback',
      error: null,
      endedAt: null,
      waiting: ['b'],
    });
  });

  it('and resume complete the run on a branch of its own, and count the occurrence up', async () => {
    const waymark = await openWaymark();
    const id = await failedRun(waymark);
    await waymark.executions.rollback(id, await checkpointId(waymark, id, 'exit', 'a'), {
      statePatch: { limit: 'wide' },
    });
    const { result, entries } = await happened(waymark, async () => (await waymark.executions.resume(id)).result());
    expect(result).toMatchObject({ status: 'completed', output: { c: 1 } });
    const started = entries.filter(({ event }) => event.type === 'node.started').map(({ event }) => event.payload);
    expect(started).toMatchObject([
      { nodeId: 'b', occurrence: 2, attempt: 1 },
      { nodeId: 'c', occurrence: 1, attempt: 1 },
    ]);
    expect((await statesOf(waymark, id)).map(([name]) => name)).toStrictEqual([
      'auto',
      'exit a',
      'error b',
      'manual',
      'exit b',
      'exit c',
    ]);
  });

  it('keeps the abandoned tail reachable, and marks it', async () => {
    const waymark = await openWaymark();
    const id = await failedRun(waymark);
    const target = await checkpointId(waymark, id, 'exit', 'a');
    const error = await checkpointId(waymark, id, 'error', 'b');
    await waymark.executions.rollback(id, target, { statePatch: { limit: 'wide' } });
    await (await waymark.executions.resume(id)).result();
    const tree = await waymark.checkpoints.tree(id);
    expect(tree.branches).toMatchObject([
      { branchId: 'main', headCheckpointId: error, abandoned: true, parentBranchId: null },
      { branchId: 'rollback-1', startCheckpointId: target, abandoned: false, parentBranchId: 'main' },
    ]);
    expect(tree.checkpoints.filter((checkpoint) => tree.isAbandoned(checkpoint.id)).map(({ id }) => id)).toStrictEqual([
      error,
    ]);
    expect(await waymark.checkpoints.state(error)).toStrictEqual({ limit: 'narrow', a: 1 });
    expect(tree.commonAncestor(error, tree.head('rollback-1').id)?.id).toBe(target);
    expect(tree.checkpoints.map(({ sequence }) => sequence)).toStrictEqual([0, 1, 2, 3, 4, 5]);
  });

  it('goes forth as well: to a checkpoint that an earlier rollback had left behind', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    const [first, , , last] = (await waymark.checkpoints.list(run.id)).map(({ id }) => id);
    await waymark.executions.rollback(run.id, first!);
    const forth = await waymark.executions.rollback(run.id, last!);
    expect(forth).toMatchObject({
      fromCheckpointId: first,
      branchId: 'rollback-2',
      nextNodeIds: [],
      rolledBackNodes: [],
    });
    const tree = await waymark.checkpoints.tree(run.id);
    expect(tree.checkpoints.some((checkpoint) => tree.isAbandoned(checkpoint.id))).toBe(false);
    const result = await (await waymark.executions.resume(run.id)).result();
    expect(result).toMatchObject({ status: 'completed', output: { c: 1 } });
  });

  it('undoes the newest first', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    const { rolledBackNodes } = await waymark.executions.rollback(run.id, await checkpointId(waymark, run.id, 'auto'));
    expect(rolledBackNodes.map(({ nodeId }) => nodeId)).toStrictEqual(['c', 'b', 'a']);
  });

  it.each(['completed', 'failed', 'cancelled', 'paused'])('is legal for what is %s', async (status) => {
    const waymark = await openWaymark();
    const work = { failed: chain({ b: () => Promise.reject(new Error('x')) }) }[status] ?? chain();
    const run = await waymark.executions.start(
      work,
      {},
      ['cancelled', 'paused'].includes(status) ? { breakpoints: ['b'] } : {},
    );
    await run.result();
    if (status === 'cancelled') await waymark.executions.cancel(run.id);
    expect((await waymark.executions.get(run.id)).status).toBe(status);
    const first = await checkpointId(waymark, run.id, 'auto');
    await waymark.executions.rollback(run.id, first);
    expect(await waymark.executions.get(run.id)).toMatchObject({
      status: 'paused',
      waiting: ['a'],
      headCheckpointId: first,
    });
  });

  it('is refused while it runs, to nowhere, to elsewhere, and with a patch that is none', async () => {
    const waymark = await openWaymark();
    const one = await failedRun(waymark);
    const two = await failedRun(waymark);
    const target = await checkpointId(waymark, one, 'auto');
    let during: Promise<string> | undefined;
    const self = workflow(
      'self',
      ['a'],
      {},
      {
        a: async ({ executionId }) => {
          during = codeOf(waymark.executions.rollback(executionId, await checkpointId(waymark, executionId, 'auto')));
          await during;
        },
      },
    );
    await (await waymark.executions.start(self)).result();
    expect(await during).toBe('WAYMARK_ILLEGAL_TRANSITION');
    const { types } = await happened(waymark, async () => {
      expect(await codeOf(waymark.executions.rollback(one, 'nowhere'))).toBe('WAYMARK_CHECKPOINT_NOT_FOUND');
      const elsewhere = await caughtWaymark(waymark.executions.rollback(two, target));
      expect(elsewhere.code).toBe('WAYMARK_CHECKPOINT_ELSEWHERE');
      expect(elsewhere.message).toContain(one);
      expect(await codeOf(waymark.executions.rollback('nobody', target))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
      expect(await codeOf(waymark.executions.rollback(one, target, { statePatch: [1] as never }))).toBe(
        'WAYMARK_NOT_JSON',
      );
    });
    expect(types).toStrictEqual([]);
  });

  it('of two at once lets one through', async () => {
    const waymark = await openWaymark();
    const id = await failedRun(waymark);
    const target = await checkpointId(waymark, id, 'auto');
    const results = await Promise.allSettled([1, 2].map(() => waymark.executions.rollback(id, target)));
    expect(results.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({ reason: { code: 'WAYMARK_VERSION_CONFLICT' } });
    expect(await waymark.checkpoints.branches(id)).toHaveLength(2);
  });
});
