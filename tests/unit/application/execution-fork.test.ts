import type { NodeContext, Waymark } from '../../../src/index.js';
import { codeOf } from '../../support/caught.js';
import { deferred, settle } from '../../support/deferred.js';
import { checkpointId, happened, payloadOf, statesOf } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain } from '../../support/workflows.js';

/** Everything that is stored of an execution, byte for byte. */
async function everythingOf(waymark: Waymark, executionId: string): Promise<string> {
  const { checkpoints, branches } = await waymark.checkpoints.tree(executionId);
  const entries = await waymark.log.query({ executionId }, { limit: 10_000 });
  return JSON.stringify([
    await waymark.executions.get(executionId),
    checkpoints,
    branches,
    await statesOf(waymark, executionId),
    entries,
  ]);
}

describe('fork', () => {
  it('continues at a checkpoint as a new execution, and records where it comes from', async () => {
    const waymark = await openWaymark();
    const calls: string[] = [];
    const noting = ({ executionId, nodeId }: NodeContext): void => void calls.push(`${executionId} ${nodeId}`);
    const run = await waymark.executions.start(
      chain({ a: noting, b: noting, c: noting }),
      { x: 1 },
      { executionId: 'original' },
    );
    await run.result();
    const source = await checkpointId(waymark, 'original', 'exit', 'a');
    const { result, types, entries } = await happened(waymark, async () => {
      const options = { executionId: 'forked', reason: 'what if', actor: 'user:ada', label: 'A', statePatch: { x: 2 } };
      return (await waymark.executions.fork(source, options)).result();
    });
    expect(result.status).toBe('completed');
    expect(calls.slice(3)).toStrictEqual(['forked b', 'forked c']);
    expect(types.slice(0, 8)).toStrictEqual([
      'execution.started',
      'execution.forked',
      'checkpoint.restored',
      'checkpoint.created',
      'checkpoint.branch_created',
      'execution.state_modified',
      'checkpoint.created',
      'node.started',
    ]);
    expect(entries.every(({ event }) => (event.payload as { executionId: string }).executionId === 'forked')).toBe(
      true,
    );
    expect(entries.every(({ event }) => event.context.actor === 'user:ada')).toBe(true);
    expect(entries.every(({ event }) => event.context.correlationId === 'original')).toBe(true);
    expect(payloadOf(entries, 'execution.forked')).toMatchObject({
      parentExecutionId: 'original',
      checkpointId: source,
      reason: 'what if',
      statePatch: { x: 2 },
      label: 'A',
    });
    expect(await waymark.executions.get('forked')).toMatchObject({
      parentExecutionId: 'original',
      sourceCheckpointId: source,
      label: 'A',
      input: { x: 1 },
      nodesExecuted: 2,
    });
    expect(await waymark.executions.list({ parentExecutionId: 'original' })).toHaveLength(1);
  });

  it.each(['completed', 'failed', 'paused', 'running', 'cancelled'])(
    'leaves a %s original untouched',
    async (status) => {
      const waymark = await openWaymark();
      const gate = deferred();
      let first = true;
      const c = (): unknown => {
        if (status === 'failed' && first) throw new Error('oops');
        return status === 'running' && first ? gate.promise : { c: 'done' };
      };
      const breakpoints = ['paused', 'cancelled'].includes(status) ? ['c'] : [];
      const run = await waymark.executions.start(chain({ c }), { x: 1 }, { breakpoints });
      if (status === 'running') await settle();
      else await run.result();
      if (status === 'cancelled') await waymark.executions.cancel(run.id);
      first = false;
      expect((await waymark.executions.get(run.id)).status).toBe(status);
      const before = await everythingOf(waymark, run.id);
      const source = await checkpointId(waymark, run.id, 'exit', 'a');
      const fork = await waymark.executions.fork(source, { statePatch: { x: 2 } });
      expect(await fork.result()).toMatchObject({ status: 'completed', output: { c: 'done' } });
      expect(await everythingOf(waymark, run.id)).toBe(before);
      gate.resolve();
      await run.result();
    },
  );

  it('has a tree of its own, which shares its content with the original', async () => {
    const waymark = await openWaymark();
    const rows = Array.from({ length: 100 }, (_, index) => index);
    const run = await waymark.executions.start(chain(), { rows });
    await run.result();
    const fork = await waymark.executions.fork(await checkpointId(waymark, run.id, 'exit', 'b'));
    await fork.result();
    const tree = await waymark.checkpoints.tree(fork.id);
    expect(tree.roots).toMatchObject([{ executionId: fork.id, parentId: null, storedBytes: 0 }]);
    expect(tree.branches).toMatchObject([{ branchId: 'main', abandoned: false }]);
    expect(await statesOf(waymark, fork.id)).toStrictEqual([
      ['auto', { rows, a: 1, b: 1 }],
      ['exit c', { rows, a: 1, b: 1, c: 1 }],
    ]);
  });

  it('at the end of a run has nothing left to do, and the same output', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    const original = await run.result();
    const fork = await waymark.executions.fork(await checkpointId(waymark, run.id, 'exit', 'c'));
    expect(await fork.result()).toStrictEqual({ ...original, executionId: fork.id });
  });

  it('of a fork, and rolled back, works as if it were an original', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    const fork = await waymark.executions.fork(await checkpointId(waymark, run.id, 'exit', 'a'));
    await fork.result();
    const second = await waymark.executions.fork(await checkpointId(waymark, fork.id, 'exit', 'b'));
    await second.result();
    await waymark.executions.rollback(second.id, await checkpointId(waymark, second.id, 'auto'));
    const { result, entries } = await happened(waymark, async () =>
      (await waymark.executions.resume(second.id)).result(),
    );
    expect(result).toMatchObject({ status: 'completed', output: { c: 2 } });
    expect(payloadOf(entries, 'node.started')).toMatchObject({ nodeId: 'c', occurrence: 2 });
  });

  it('stops at its own breakpoints', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    const fork = await waymark.executions.fork(await checkpointId(waymark, run.id, 'exit', 'a'), {
      breakpoints: ['b'],
    });
    expect(await fork.result()).toMatchObject({ status: 'paused', nextNodeIds: ['b'] });
  });

  it('refuses, and records nothing: nowhere, a bad patch, id or breakpoint, an id that is taken', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    const source = await checkpointId(waymark, run.id, 'exit', 'a');
    const { types } = await happened(waymark, async () => {
      const codes = [
        waymark.executions.fork('nowhere'),
        waymark.executions.fork(source, { statePatch: [] as never }),
        waymark.executions.fork(source, { executionId: '' }),
        waymark.executions.fork(source, { breakpoints: ['x'] }),
        waymark.executions.fork(source, { executionId: run.id }),
      ].map((forking) => codeOf(forking));
      expect(await Promise.all(codes)).toStrictEqual([
        'WAYMARK_CHECKPOINT_NOT_FOUND',
        'WAYMARK_NOT_JSON',
        'WAYMARK_INVALID_ID',
        'WAYMARK_UNKNOWN_NODE',
        'WAYMARK_VERSION_CONFLICT',
      ]);
    });
    expect(types).toStrictEqual([]);
  });
});
