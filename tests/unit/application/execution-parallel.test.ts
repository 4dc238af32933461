import type { NodeContext } from '../../../src/index.js';
import { deferred, settle } from '../../support/deferred.js';
import { happened, payloadOf } from '../../support/happened.js';
import { openWaymark, recordedTypes } from '../../support/open-waymark.js';
import { diamond, workflow } from '../../support/workflows.js';

describe('parallel nodes', () => {
  it('run at the same time: each can wait for the other', async () => {
    const waymark = await openWaymark();
    const [left, right] = [deferred(), deferred()];
    const meet = (mine: typeof left, theirs: typeof left) => async (): Promise<void> => {
      mine.resolve();
      await theirs.promise;
    };
    const run = await waymark.executions.start(diamond({ left: meet(left, right), right: meet(right, left) }));
    expect((await run.result()).status).toBe('completed');
  });

  it('are all waited for by the join, which sees what each returned', async () => {
    const waymark = await openWaymark();
    const slow = deferred();
    const states: unknown[] = [];
    const work = {
      right: async () => {
        await slow.promise;
        return { right: 'late' };
      },
      join: ({ state }: NodeContext) => void states.push(state),
    };
    const run = await waymark.executions.start(diamond(work));
    await settle();
    expect(states).toHaveLength(0);
    expect((await recordedTypes(waymark, run.id)).filter((type) => type === 'node.completed')).toHaveLength(2);
    slow.resolve();
    await run.result();
    expect(states).toStrictEqual([{ split: 1, left: 1, right: 'late' }]);
  });

  it('begin with the same state, whoever ends first', async () => {
    const waymark = await openWaymark();
    const slow = deferred();
    const seen: unknown[] = [];
    const work = {
      right: async ({ state }: NodeContext) => {
        await slow.promise;
        seen.push(Object.keys(state));
      },
    };
    const run = await waymark.executions.start(diamond(work));
    await settle();
    slow.resolve();
    await run.result();
    expect(seen).toStrictEqual([['split']]);
  });

  it('of 50 branches join once', async () => {
    const waymark = await openWaymark();
    const branches = Array.from({ length: 50 }, (_, index) => `n${index}`);
    const edges = { split: branches, ...Object.fromEntries(branches.map((id) => [id, 'join'])) };
    const run = await waymark.executions.start(workflow('wide', ['split', ...branches, 'join'], edges));
    expect(await run.result()).toMatchObject({ status: 'completed', output: { join: 1 } });
    expect((await waymark.executions.get(run.id)).nodesExecuted).toBe(52);
  });
});

describe('when one of two parallel nodes fails', () => {
  const oops = (): never => {
    throw new Error('oops');
  };

  it('the other one settles first, and the join never begins', async () => {
    const waymark = await openWaymark();
    const slow = deferred();
    let joined = false;
    const work = {
      left: oops,
      right: () => slow.promise.then(() => ({ right: 'kept' })),
      join: () => void (joined = true),
    };
    const run = await waymark.executions.start(diamond(work));
    await settle();
    expect((await waymark.executions.get(run.id)).status).toBe('running');
    slow.resolve();
    expect(await run.result()).toMatchObject({ status: 'failed', nodeId: 'left' });
    expect(joined).toBe(false);
  });

  it('nothing more begins, though a sibling goes on to its end', async () => {
    const waymark = await openWaymark();
    const slow = deferred();
    const edges = { split: ['left', 'right'], right: 'after' };
    const work = { left: oops, right: () => slow.promise };
    const run = await waymark.executions.start(workflow('wide', ['split', 'left', 'right', 'after'], edges, work));
    await settle();
    slow.resolve();
    const failed = await run.result();
    if (failed.status !== 'failed') throw new Error(failed.status);
    const started = await waymark.log.query({ executionId: run.id, types: ['node.started'] });
    expect(started.map(({ event }) => (event.payload as { nodeId: string }).nodeId)).toStrictEqual([
      'split',
      'left',
      'right',
    ]);
    const { position } = await waymark.checkpoints.get(failed.checkpointId);
    expect(position.nextNodeIds).toStrictEqual(['left', 'after']);
  });

  it("its sibling's finished output is kept, and not made again after going back", async () => {
    const waymark = await openWaymark();
    const calls: string[] = [];
    let broken = true;
    const note =
      (nodeId: string, fails = false) =>
      () => {
        calls.push(nodeId);
        if (fails && broken) oops();
        return { [nodeId]: calls.length };
      };
    const work = { split: note('split'), left: note('left', true), right: note('right'), join: note('join') };
    const run = await waymark.executions.start(diamond(work));
    const failed = await run.result();
    if (failed.status !== 'failed') throw new Error(failed.status);
    expect(await waymark.checkpoints.state(failed.checkpointId)).toStrictEqual({ split: 1, right: 3 });
    broken = false;
    const back = await waymark.executions.rollback(run.id, failed.checkpointId);
    expect(back.nextNodeIds).toStrictEqual(['left']);
    const result = await (await waymark.executions.resume(run.id)).result();
    expect(result.status).toBe('completed');
    expect(calls).toStrictEqual(['split', 'left', 'right', 'left', 'join']);
  });

  it('going back to before both runs both again', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(diamond({ left: oops }));
    await run.result();
    const checkpoints = await waymark.checkpoints.list(run.id);
    const split = checkpoints.find((checkpoint) => checkpoint.nodeId === 'split');
    const { result, types } = await happened(waymark, async () => {
      await waymark.executions.rollback(run.id, split!.id);
      return (await waymark.executions.resume(run.id)).result();
    });
    expect(result.status).toBe('failed');
    expect(types.filter((type) => type === 'node.started')).toHaveLength(2);
  });

  it('both may, and the first one is the reason', async () => {
    const waymark = await openWaymark();
    const { result, types } = await happened(waymark, async () =>
      (await waymark.executions.start(diamond({ left: oops, right: oops }))).result(),
    );
    expect(result).toMatchObject({ status: 'failed', nodeId: 'left' });
    expect(types.filter((type) => type === 'node.failed')).toHaveLength(2);
    if (result.status !== 'failed') throw new Error(result.status);
    const { position } = await waymark.checkpoints.get(result.checkpointId);
    expect(position.nextNodeIds).toStrictEqual(['left', 'right']);
  });
});

describe('two parallel nodes that set the same key', () => {
  it('conflict: the second one fails, and the result of the first stays', async () => {
    const waymark = await openWaymark();
    const slow = deferred();
    const work = { left: () => ({ winner: ['left'] }), right: () => slow.promise.then(() => ({ winner: ['right'] })) };
    const { result, entries } = await happened(waymark, async () => {
      const run = await waymark.executions.start(diamond(work));
      await settle();
      slow.resolve();
      return run.result();
    });
    expect(result).toMatchObject({ status: 'failed', nodeId: 'right', error: { code: 'WAYMARK_STATE_CONFLICT' } });
    expect(payloadOf(entries, 'node.failed')).toMatchObject({ error: { message: expect.stringContaining('winner') } });
    if (result.status !== 'failed') throw new Error(result.status);
    expect(await waymark.checkpoints.state(result.checkpointId)).toStrictEqual({ split: 1, winner: ['left'] });
  });

  it('do not conflict one after the other', async () => {
    const waymark = await openWaymark();
    const set = (value: string) => () => ({ key: value });
    const run = await waymark.executions.start(diamond({ split: set('s'), left: set('l'), join: set('j') }));
    expect(await run.result()).toMatchObject({ status: 'completed', output: { key: 'j' } });
  });
});

describe('several last nodes', () => {
  // The output of the branch that had ended must not be lost by going back to where the other one failed.
  it('make the same output whether the run went back in between, or was forked', async () => {
    const waymark = await openWaymark();
    let broken = true;
    const work = {
      y: () => {
        if (broken) throw new Error('oops');
        return { y: 'at last' };
      },
    };
    const ends = workflow('ends', ['a', 'x', 'y'], { a: ['x', 'y'] }, work);
    const run = await waymark.executions.start(ends);
    const failed = await run.result();
    if (failed.status !== 'failed') throw new Error(failed.status);
    broken = false;
    const fork = await (await waymark.executions.fork(failed.checkpointId)).result();
    await waymark.executions.rollback(run.id, failed.checkpointId);
    const resumed = await (await waymark.executions.resume(run.id)).result();
    const straight = await (await waymark.executions.start(ends)).result();
    const expected = { status: 'completed', output: { x: 1, y: 'at last' } };
    expect([straight, resumed, fork]).toMatchObject([expected, expected, expected]);
  });
});
