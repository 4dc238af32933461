import { codeOf } from '../../../support/caught.js';
import { deferred } from '../../../support/deferred.js';
import { happened, payloadOf, statesOf } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';

describe('a runner that records itself', () => {
  it('gets executions, nodes, checkpoints and events as the engine makes them', async () => {
    const waymark = await openWaymark();
    const { entries, types } = await happened(waymark, async () => {
      const run = await waymark.recorder.execution({
        workflow: 'nightly',
        version: '3',
        input: { day: 1 },
        executionId: 'n1',
        actor: 'cron',
      });
      const { rows } = await run.node('fetch', async (node) => {
        node.progress(0.5, 'half');
        return { rows: 10 };
      });
      await run.node('load', () => ({ loaded: rows }), { name: 'Load rows', kind: 'sql' });
      await run.checkpoint({ ...run.state, checked: true }, { label: 'checked' });
      await run.complete({ ok: true });
    });
    expect(types).toStrictEqual([
      'execution.started',
      'checkpoint.created',
      'node.started',
      'checkpoint.node_boundary_recorded',
      'node.progressed',
      'node.completed',
      'checkpoint.created',
      'checkpoint.node_boundary_recorded',
      'node.started',
      'checkpoint.node_boundary_recorded',
      'node.completed',
      'checkpoint.created',
      'checkpoint.node_boundary_recorded',
      'checkpoint.created',
      'checkpoint.labelled',
      'execution.completed',
    ]);
    expect(entries.every(({ event }) => event.context.actor === 'cron')).toBe(true);
    expect(entries.slice(0, -2).every(({ event }) => event.context.correlationId === 'n1')).toBe(true);
    expect(payloadOf(entries, 'execution.started')).toMatchObject({ workflowId: 'nightly', workflowVersion: '3' });
    expect(payloadOf(entries, 'node.progressed')).toMatchObject({ nodeId: 'fetch', fraction: 0.5, message: 'half' });
    expect(entries[8]?.event.payload).toMatchObject({ nodeId: 'load', nodeName: 'Load rows', nodeKind: 'sql' });
    expect(payloadOf(entries, 'execution.completed')).toMatchObject({ output: { ok: true }, nodesExecuted: 2 });
    const snapshot = await waymark.executions.get('n1');
    expect(snapshot).toMatchObject({
      status: 'completed',
      output: { ok: true },
      workflowHash: 'recorded',
      owner: null,
    });
    expect(await waymark.executions.list({ workflowId: 'nightly' })).toHaveLength(1);
    const states = await statesOf(waymark, 'n1');
    expect(states.map(([name]) => name)).toStrictEqual(['auto', 'exit fetch', 'exit load', 'manual']);
    expect(states[2]?.[1]).toMatchObject({ day: 1, rows: 10, loaded: 10 });
    expect(states[3]?.[1]).toMatchObject({ checked: true });
    await waymark.close();
  });

  it('makes the start of a node durable before its work, and the result before it returns', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    await run.node('a', async () => {
      expect((await waymark.executions.get('x')).running).toMatchObject([{ nodeId: 'a', occurrence: 1, attempt: 1 }]);
      return { a: 1 };
    });
    expect((await waymark.executions.get('x')).completed).toStrictEqual([{ nodeId: 'a', occurrence: 1 }]);
    await run.complete();
    expect(await run.result()).toMatchObject({ status: 'completed', output: { a: 1 } });
    await waymark.close();
  });

  it('counts the occurrences of loops, and tells nodes apart that run at once', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    for (let pass = 1; pass <= 3; pass += 1) {
      await run.node('pass', (node) => {
        expect(node.occurrence).toBe(pass);
        return { pass };
      });
    }
    const results = await Promise.all(
      ['a', 'b', 'c'].map((key) => run.node('item', () => ({ key, size: 1 }), { key, into: `item ${key}` })),
    );
    expect(results.map(({ key }) => key)).toStrictEqual(['a', 'b', 'c']);
    const snapshot = await waymark.executions.get('x');
    expect(snapshot.occurrences).toStrictEqual({ pass: 3, item: 3 });
    expect(run.state).toMatchObject({ pass: 3, 'item a': { key: 'a' }, 'item c': { key: 'c' } });
    expect(run.completed.map(({ nodeId, occurrence, key }) => [nodeId, occurrence, key])).toStrictEqual([
      ['pass', 1, 1],
      ['pass', 2, 2],
      ['pass', 3, 3],
      ['item', 1, 'a'],
      ['item', 2, 'b'],
      ['item', 3, 'c'],
    ]);
    await run.complete();
    await waymark.close();
  });

  it('has nodes within nodes, and executions within executions', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const { entries } = await happened(waymark, () =>
      run.node('outer', async (node) => {
        await node.node('inner', () => 1);
        await node.node('inner', () => 2);
        const child = await node.execution({ workflow: 'sub', input: { of: 'x' } });
        await child.node('step', () => ({ done: true }));
        await child.complete();
        return { child: child.id };
      }),
    );
    const started = entries.filter(({ event }) => event.type === 'node.started').map(({ event }) => event.payload);
    expect(started).toMatchObject([
      { nodeId: 'outer', occurrence: 1 },
      { nodeId: 'outer/inner', occurrence: 1 },
      { nodeId: 'outer/inner', occurrence: 2 },
      { nodeId: 'step', executionId: 'x/outer/sub' },
    ]);
    expect(await waymark.executions.get('x/outer/sub')).toMatchObject({
      parentExecutionId: 'x',
      correlationId: 'x',
      status: 'completed',
    });
    const outerStarted = entries.find(({ event }) => event.type === 'node.started')?.event.id;
    const innerStarted = entries.filter(({ event }) => event.type === 'node.started')[1];
    expect(innerStarted?.event.context.causationId).toBe(outerStarted);
    await run.complete();
    await waymark.close();
  });

  it('is driven by hand where work can not be wrapped', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const node = run.node('fetch');
    expect(node.occurrence).toBeUndefined();
    expect(await node.start()).toBe(true);
    expect(node).toMatchObject({ occurrence: 1, attempt: 1, idempotencyKey: 'x/fetch/1', isRecorded: false });
    await node.complete({ rows: 3 });
    expect(node).toMatchObject({ isRecorded: true, output: { rows: 3 } });
    expect(await node.start()).toBe(false);
    await run.complete();
    await waymark.close();
  });

  it('records what fails, and lets the host try again or end', async () => {
    const waymark = await openWaymark();
    const run = await waymark.recorder.execution({ workflow: 'w', executionId: 'x' });
    const node = run.node('flaky');
    await node.start();
    await node.fail(new Error('first'));
    expect(await node.start()).toBe(true);
    expect(node).toMatchObject({ occurrence: 1, attempt: 2 });
    await node.complete({ fine: true });
    expect((await waymark.executions.get('x')).failed).toStrictEqual([]);
    const gate = deferred<void>();
    const slow = run.node('slow', async ({ signal }) => {
      signal.addEventListener('abort', () => gate.resolve());
      await gate.promise;
    });
    const broken = new Error('broken');
    await expect(
      run.node('bad', () => {
        throw broken;
      }),
    ).rejects.toBe(broken);
    const { entries, types } = await happened(waymark, () => run.fail(broken));
    expect(types).toStrictEqual(['node.cancelled', 'checkpoint.created', 'execution.failed']);
    expect(payloadOf(entries, 'execution.failed')).toMatchObject({ nodeId: 'bad', error: { message: 'broken' } });
    expect(await codeOf(slow)).toBe('WAYMARK_RECORDING_ENDED');
    await waymark.close();
  });
});
