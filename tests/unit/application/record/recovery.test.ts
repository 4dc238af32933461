import { InMemoryStore, type Waymark } from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred } from '../../../support/deferred.js';
import { checkpointId, happened } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { Processes } from '../../../support/processes.js';
import { chain } from '../../../support/workflows.js';

/** A runner that is run from its beginning each time: what it did is noted in `did`. */
async function nightly(waymark: Waymark, did: string[], dieAt?: string): Promise<void> {
  const run = await waymark.recorder.execution({ workflow: 'nightly', executionId: 'n', resume: true });
  const work = (name: string) => (): { readonly [key: string]: string } => {
    if (name === dieAt) throw new Dead();
    did.push(name);
    return { [name]: 'done' };
  };
  await run.node('fetch', work('fetch'));
  await run.checkpoint({ ...run.state, checked: true }, { label: 'checked' });
  for (const file of ['a', 'b', 'c']) await run.node('load', work(file), { key: file });
  await Promise.all(['x', 'y'].map((key) => run.node('index', work(key), { key })));
  await run.node('report', work('report'));
  await run.complete();
}

/** Stands for the end of the process: nothing more is recorded. */
class Dead extends Error {}

/** Waymark as a process that dies leaves it: as it was last committed. */
async function dieIn(waymark: Waymark, did: string[], at: string): Promise<void> {
  const run = await waymark.recorder.execution({ workflow: 'nightly', executionId: 'n', resume: true });
  const gone = deferred<never>();
  const work = (name: string) => (): unknown => {
    if (name !== at) {
      did.push(name);
      return { [name]: 'done' };
    }
    gone.reject(new Dead());
    return new Promise(() => undefined);
  };
  const program = async (): Promise<void> => {
    await run.node('fetch', work('fetch'));
    await run.checkpoint({ ...run.state, checked: true }, { label: 'checked' });
    for (const file of ['a', 'b', 'c']) await run.node('load', work(file), { key: file });
  };
  await expect(Promise.race([program(), gone.promise])).rejects.toThrow(Dead);
}

describe('a recording that is taken up again', () => {
  it('skips what is done when a run is repeated after its process was killed', async () => {
    const store = new InMemoryStore();
    const processes = new Processes();
    const dead = await openWaymark({ identity: processes.identity('host/1') }, store);
    const did: string[] = [];
    await dieIn(dead, did, 'b');
    expect(did).toStrictEqual(['fetch', 'a']);
    processes.kill('host/1');
    const alive = await openWaymark({ identity: processes.identity('host/2') }, store);
    const { types, entries } = await happened(alive, () => nightly(alive, did));
    expect(did).toStrictEqual(['fetch', 'a', 'b', 'c', 'x', 'y', 'report']);
    expect(types.slice(0, 2)).toStrictEqual(['checkpoint.history_loaded', 'execution.recovered']);
    const started = entries.filter(({ event }) => event.type === 'node.started').map(({ event }) => event.payload);
    expect(started).toMatchObject([
      { nodeId: 'load', occurrence: 2, attempt: 2 },
      { nodeId: 'load', occurrence: 3, attempt: 1 },
      { nodeId: 'index', occurrence: 1 },
      { nodeId: 'index', occurrence: 2 },
      { nodeId: 'report', occurrence: 1 },
    ]);
    const { checkpoints } = await alive.checkpoints.tree('n');
    expect(checkpoints.filter(({ kind }) => kind === 'manual').map(({ label }) => label)).toStrictEqual(['checked']);
    expect(await alive.executions.get('n')).toMatchObject({
      status: 'completed',
      output: { checked: true, c: 'done' },
    });
  });

  it('can be run through once more when it is completed, and nothing happens', async () => {
    const waymark = await openWaymark();
    const did: string[] = [];
    await nightly(waymark, did);
    const { types } = await happened(waymark, () => nightly(waymark, did));
    expect(types).toStrictEqual([]);
    expect(did).toHaveLength(7);
    const read = await waymark.recorder.open('n');
    expect(read.status).toBe('completed');
    expect(read.completed.map(({ nodeId, key }) => `${nodeId} ${key}`)).toStrictEqual([
      'fetch 1',
      'report 1',
      'load a',
      'load b',
      'load c',
      'index x',
      'index y',
    ]);
    expect(await codeOf(read.node('more', () => 1))).toBe('WAYMARK_RECORDING_ENDED');
    expect(await read.complete()).toMatchObject({ status: 'completed' });
    await waymark.close();
  });

  it('goes on after a rollback, and does again what was rolled back', async () => {
    const waymark = await openWaymark();
    const did: string[] = [];
    await nightly(waymark, did);
    const target = await checkpointId(waymark, 'n', 'exit', 'load');
    const rolledBack = await waymark.executions.rollback('n', target, { reason: 'again', statePatch: { extra: 1 } });
    expect(rolledBack.rolledBackNodes.map(({ nodeId }) => nodeId)).toStrictEqual([
      'report',
      'index',
      'index',
      'load',
      'load',
    ]);
    const run = await waymark.recorder.open('n');
    expect(run.state).toMatchObject({ fetch: 'done', a: 'done', extra: 1 });
    expect(run.state).not.toHaveProperty('b');
    expect(run.completed).toMatchObject([
      { nodeId: 'fetch', output: { fetch: 'done' } },
      { nodeId: 'load', key: 'a', occurrence: 1 },
    ]);
    await run.pause();
    did.length = 0;
    await nightly(waymark, did);
    expect(did).toStrictEqual(['b', 'c', 'x', 'y', 'report']);
    const { occurrences, status } = await waymark.executions.get('n');
    expect(status).toBe('completed');
    expect(occurrences).toStrictEqual({ fetch: 1, load: 5, index: 4, report: 2 });
    await waymark.close();
  });

  it('is forked paused, and the fork goes on by itself', async () => {
    const waymark = await openWaymark();
    const did: string[] = [];
    await nightly(waymark, did);
    const source = await checkpointId(waymark, 'n', 'manual');
    const { types } = await happened(waymark, async () => {
      const fork = await waymark.executions.fork(source, { executionId: 'f', statePatch: { fetch: 'other' } });
      expect(await fork.result()).toMatchObject({ status: 'paused', executionId: 'f' });
    });
    expect(types.at(-1)).toBe('execution.paused');
    const run = await waymark.recorder.open('f', { actor: 'user:ada' });
    expect(run.state).toMatchObject({ fetch: 'other', checked: true });
    expect(await run.node('fetch', () => ({ fetch: 'not done' }))).toStrictEqual({ fetch: 'done' });
    await run.node('load', () => ({ a: 'anew' }), { key: 'a' });
    expect(await run.complete()).toMatchObject({ output: { fetch: 'other', a: 'anew' } });
    expect(await waymark.executions.get('n')).toMatchObject({ status: 'completed' });
    const again = await waymark.executions.rerun('n', { nodeId: 'report' }, { executionId: 'r' });
    expect((await again.result()).status).toBe('paused');
    const rerun = await waymark.recorder.open('r');
    expect(rerun.completed.map(({ nodeId }) => nodeId)).not.toContain('report');
    await rerun.cancel('enough');
    await waymark.close();
  });

  it('goes on with the executions within it', async () => {
    const store = new InMemoryStore();
    const processes = new Processes();
    const dead = await openWaymark({ identity: processes.identity('host/1') }, store);
    const program = async (waymark: Waymark, did: string[], stop: boolean): Promise<void> => {
      const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'p', resume: true });
      const child = await run.execution({ workflow: 'sub' });
      await child.node('one', () => void did.push('one'));
      if (stop) return;
      await child.node('two', () => void did.push('two'));
      await child.complete();
      await run.complete();
    };
    const did: string[] = [];
    await program(dead, did, true);
    processes.kill('host/1');
    const alive = await openWaymark({ identity: processes.identity('host/2') }, store);
    await program(alive, did, false);
    expect(did).toStrictEqual(['one', 'two']);
    expect(await alive.executions.get('p/sub')).toMatchObject({ status: 'completed', parentExecutionId: 'p' });
  });
});

describe('the verbs and a recording', () => {
  it('are refused where only its own runner can go on', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    expect(await codeOf(waymark.recorder.open('x'))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    await run.pause();
    const refused = await caughtWaymark(waymark.executions.resume('x'));
    expect(refused.code).toBe('WAYMARK_RECORDED_EXECUTION');
    expect(refused.hint).toContain('recorder.open');
    await waymark.close();
  });

  it('cancel what runs: its signal aborts, and what it returns is not kept', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const child = await run.execution({ workflow: 'sub' });
    const begun = deferred();
    const refused = codeOf(
      run.node('slow', ({ signal }) => {
        begun.resolve();
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ late: true }));
        });
      }),
    );
    await begun.promise;
    const { types } = await happened(waymark, () => waymark.executions.cancel('x', { reason: 'enough' }));
    expect(types.toSorted()).toStrictEqual(['execution.cancelled', 'execution.cancelled', 'node.cancelled']);
    expect(await refused).toBe('WAYMARK_RECORDING_ENDED');
    expect(run.signal.aborted).toBe(true);
    expect(run.state).toStrictEqual({});
    expect(await child.result()).toMatchObject({ status: 'cancelled', reason: 'its parent was cancelled: enough' });
    expect(await codeOf(waymark.recorder.open('x'))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    await waymark.close();
  });

  it('pause it once nothing runs, and so does closing', async () => {
    const store = new InMemoryStore();
    const waymark = await openWaymark({}, store);
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const node = run.node('a');
    await node.start();
    const paused = waymark.executions.pause('x', { actor: 'user:ada' });
    expect(await codeOf(run.node('b').start())).toBe('WAYMARK_RECORDING_PAUSING');
    await node.complete({ a: 1 });
    expect(await paused).toMatchObject({ status: 'paused', reason: 'requested' });
    const last = (await waymark.log.query({ executionId: 'x' })).at(-1)?.event;
    expect(last).toMatchObject({ type: 'execution.paused', context: { actor: 'user:ada' } });
    const other = await waymark.recorder.execution({ workflow: 'w', executionId: 'y' });
    await waymark.close();
    expect(await other.result()).toMatchObject({ status: 'paused' });
    expect(await codeOf(run.complete())).toBe('WAYMARK_RECORDING_ENDED');
  });

  it('ends by the signal that it was given', async () => {
    const waymark = await openWaymark();
    const stop = new AbortController();
    const run = await waymark.recorder.execution({ workflow: 'w', signal: stop.signal });
    stop.abort('the shift is over');
    expect(await run.result()).toMatchObject({ status: 'cancelled', reason: 'the shift is over' });
    await waymark.close();
  });
});

describe('an owner that is not alone', () => {
  it('learns that somebody took the recording over, and records no more', async () => {
    const store = new InMemoryStore();
    const processes = new Processes();
    const first = await openWaymark({ identity: processes.identity('host/1') }, store);
    const run = await first.recorder.execution({ workflow: 'w', executionId: 'x' });
    const node = run.node('a');
    await node.start();
    const second = await openWaymark({ identity: processes.identity('host/2') }, store);
    expect(await codeOf(second.recorder.open('x'))).toBe('WAYMARK_ILLEGAL_TRANSITION');
    const taken = await second.recorder.open('x', { takeOver: true });
    expect(await codeOf(node.complete({ a: 'mine' }))).toBe('WAYMARK_VERSION_CONFLICT');
    expect(await codeOf(run.result())).toBe('WAYMARK_VERSION_CONFLICT');
    expect(node.signal.aborted).toBe(true);
    expect(await codeOf(run.node('b', () => 1))).toBe('WAYMARK_VERSION_CONFLICT');
    expect(await taken.node('a', ({ attempt }) => ({ attempt }))).toStrictEqual({ attempt: 2 });
    expect(await taken.complete()).toMatchObject({ output: { attempt: 2 } });
    expect((await second.executions.get('x')).fence).toBe(2);
  });

  it('is not recovered by anybody else: only its own runner can go on', async () => {
    const store = new InMemoryStore();
    const processes = new Processes();
    const dead = await openWaymark({ identity: processes.identity('host/1') }, store);
    await (await dead.recorder.execution({ workflow: 'w', executionId: 'x' })).node('a').start();
    processes.kill('host/1');
    const alive = await openWaymark({ identity: processes.identity('host/2') }, store);
    expect(await alive.executions.recover()).toMatchObject([
      { executionId: 'x', action: 'left', error: { code: 'WAYMARK_RECORDED_EXECUTION' } },
    ]);
    expect(await alive.insight.why('x')).toMatchObject([{ kind: 'owner', remedy: { verb: 'open' } }]);
  });

  it('gives a verb with a key its result once', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const cancel = (): Promise<unknown> =>
      waymark.executions.cancel('x', { reason: 'enough', idempotencyKey: 'cancel-1' });
    const first = await cancel();
    expect(await cancel()).toStrictEqual(first);
    expect(run.status).toBe('cancelled');
    await waymark.close();
  });
});

describe('the name of a checkpoint', () => {
  it('is that of the newest one that was made under it, over loops and rollbacks', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const start = await run.checkpoint({ pass: 0 });
    const first = await run.checkpoint({ pass: 1 }, { label: 'best' });
    const { entries, result: second } = await happened(waymark, () => run.checkpoint({ pass: 2 }, { label: 'best' }));
    expect(entries.map(({ event }) => event.payload)).toMatchObject([
      { checkpointId: second },
      { checkpointId: first, label: '' },
      { checkpointId: second, label: 'best' },
    ]);
    // In one step, which is made anew because of what is wrong in it.
    const [, refused, newest] = await Promise.allSettled([
      run.checkpoint({ pass: 3 }, { label: 'best' }),
      run.complete().then(() => run.node('late').start()),
      run.node('a').complete(),
    ]);
    expect(refused.status).toBe('rejected');
    expect(newest.status).toBe('rejected');
    await waymark.executions.rollback('x', start);
    const again = await waymark.recorder.open('x');
    expect(await again.checkpoint({ pass: 0 })).toBe(start);
    const thirds = await Promise.all([3, 4].map((pass) => again.checkpoint({ pass }, { label: 'best' })));
    const third = thirds[1] ?? '';
    expect((await waymark.checkpoints.get(second)).label).toBeNull();
    expect((await waymark.checkpoints.get(third)).label).toBe('best');
    await again.complete();
    await waymark.close();
  });
});

describe('what is wrong', () => {
  it('is told with a code', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const code = (action: () => unknown): Promise<string> => codeOf(async () => action());
    expect(await code(() => run.node(''))).toBe('WAYMARK_INVALID_ID');
    expect(await code(() => run.node('a/b'))).toBe('WAYMARK_INVALID_ID');
    expect(await code(() => run.node('a', { key: 'x[1]' }))).toBe('WAYMARK_INVALID_ID');
    expect(await code(() => run.node('a', { colour: 'red' } as object))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await code(() => run.node('a').complete())).toBe('WAYMARK_NODE_NOT_RUNNING');
    const node = run.node('a');
    await node.start();
    expect(await code(() => node.start())).toBe('WAYMARK_NODE_RUNNING');
    expect(await code(() => run.complete())).toBe('WAYMARK_NODE_RUNNING');
    expect(await code(() => node.complete({ at: new Date() }))).toBe('WAYMARK_NOT_JSON');
    expect(await code(() => node.complete({ $recorded: 1 }))).toBe('WAYMARK_INVALID_ARGUMENT');
    await node.complete([1, 2]);
    expect(await code(() => node.complete())).toBe('WAYMARK_NODE_NOT_RUNNING');
    expect(await code(() => node.fail(new Error('late')))).toBe('WAYMARK_NODE_NOT_RUNNING');
    expect(await code(() => run.node('bad', () => () => undefined))).toBe('WAYMARK_NOT_JSON');
    expect(await code(() => run.checkpoint({ $recorded: {} }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await code(() => run.pause('rollback' as 'timer'))).toBe('WAYMARK_INVALID_ARGUMENT');
    const { recorder } = waymark;
    expect(await code(() => recorder.execution({ workflow: 'w', executionId: 'x' }))).toBe('WAYMARK_VERSION_CONFLICT');
    expect(await code(() => recorder.execution({ workflow: 'v', executionId: 'x', resume: true }))).toBe(
      'WAYMARK_OTHER_WORKFLOW',
    );
    expect(await code(() => recorder.execution({ workflow: 'v', resume: true }))).toBe('WAYMARK_INVALID_ARGUMENT');
    expect(await code(() => recorder.execution({ workflow: '' }))).toBe('WAYMARK_INVALID_ID');
    await (await waymark.executions.start(chain(), {}, { executionId: 'own' })).result();
    expect(await code(() => recorder.open('own'))).toBe('WAYMARK_NOT_A_RECORDING');
    expect(await code(() => recorder.open('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
    await run.complete();
    expect(await code(() => run.fail(new Error('late')))).toBe('WAYMARK_RECORDING_ENDED');
    await waymark.close();
  });

  it('does not stand in the way of what is right beside it', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const settled = await Promise.allSettled([
      run.node('a', () => 1, { key: 'one' }),
      run.node('a', () => 2, { key: 'one' }),
      run.node('a', () => 3, { key: 'two' }),
    ]);
    expect(settled.map(({ status }) => status)).toStrictEqual(['fulfilled', 'rejected', 'fulfilled']);
    await run.complete();
    expect((await waymark.executions.get('x')).occurrences).toStrictEqual({ a: 2 });
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
    await waymark.close();
  });
});
