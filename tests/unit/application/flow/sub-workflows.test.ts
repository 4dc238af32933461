import {
  approval,
  defineWorkflow,
  type ExecutionResult,
  type NodeContext,
  parallel,
  subworkflow,
  task,
  timer,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { deferred, settle } from '../../../support/deferred.js';
import { FakeTime } from '../../../support/fake-time.js';
import { FaultyStore, storeBroken } from '../../../support/faulty-store.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { Processes } from '../../../support/processes.js';
import { story } from '../../../support/story.js';

type Run = (context: NodeContext) => unknown;

/** A workflow of a task `work`, or of what is given. */
function child(run: Run, nodes: object = {}, edges: object = {}): Workflow {
  return defineWorkflow({ id: 'child', version: '1', nodes: { work: task(run as never), ...nodes }, edges } as never);
}

/** A workflow that runs another one as its node `sub`, and then its task `after`. */
function parent(workflow: Workflow, more: object = {}): Workflow {
  return defineWorkflow({
    id: 'parent',
    version: '1',
    nodes: { sub: subworkflow({ workflow, ...more }), after: task(() => ({ after: 1 })) },
    edges: { sub: 'after' },
  });
}

const childOf = (executionId: string): string => `${executionId}.sub.1`;

async function runParent(
  workflow: Workflow,
  input: object = {},
): Promise<{ waymark: Waymark; id: string; result: ExecutionResult }> {
  const waymark = await openWaymark();
  const run = await waymark.executions.start(workflow, input);
  return { waymark, id: run.id, result: await run.result() };
}

describe('a sub-workflow', () => {
  it('is an execution of its own, whose output becomes part of the state', async () => {
    const double = child(({ state }) => ({ twice: Number(state['n']) * 2 }));
    const { waymark, id, result } = await runParent(
      parent(double, { input: (state: { n: number }) => ({ n: state.n + 1 }), into: 'sum' }),
      { n: 1 },
    );
    expect(result).toMatchObject({ status: 'completed', output: { after: 1 } });
    const { headCheckpointId } = await waymark.executions.get(id);
    expect(await waymark.checkpoints.state(headCheckpointId)).toStrictEqual({ n: 1, sum: { twice: 4 }, after: 1 });
    expect(await waymark.executions.get(childOf(id))).toMatchObject({
      status: 'completed',
      parentExecutionId: id,
      correlationId: id,
      input: { n: 2 },
    });
    expect(await story(waymark, id)).toStrictEqual([
      'execution.started',
      'checkpoint auto',
      'started sub',
      'completed sub',
      'checkpoint exit sub',
      'started after',
      'completed after',
      'checkpoint exit after',
      'execution.completed',
    ]);
  });

  it.each([
    ['waits', timer({ afterMs: 60_000 })],
    ['works', task(() => new Promise<never>(() => undefined))],
  ])('has so much time as its node says, while it %s, and its node fails then', async (_, slow) => {
    const time = new FakeTime();
    const waymark = await openWaymark({ clock: time, scheduler: time });
    const workflow = child(() => undefined, { slow }, { work: 'slow' });
    const run = await waymark.executions.start(parent(workflow, { timeoutMs: 5_000 }));
    await time.pass(4_999);
    expect((await waymark.executions.get(childOf(run.id))).status).not.toBe('failed');
    await time.pass(1);
    expect(await waymark.executions.get(childOf(run.id))).toMatchObject({
      status: 'failed',
      timeoutMs: 5_000,
      error: { code: 'WAYMARK_EXECUTION_TIMED_OUT' },
    });
    expect(await waymark.executions.get(run.id)).toMatchObject({
      status: 'failed',
      error: { code: 'WAYMARK_CHILD_FAILED', cause: { code: 'WAYMARK_EXECUTION_TIMED_OUT' } },
    });
    expect(time.holding).toBe(0);
  });

  it('begins with the state of its parent, and adds its keys, when nothing else is said', async () => {
    const { result, waymark, id } = await runParent(parent(child(({ state }) => ({ seen: Object.keys(state) }))), {
      n: 1,
    });
    expect(result.status).toBe('completed');
    const { headCheckpointId } = await waymark.executions.get(id);
    expect(await waymark.checkpoints.state(headCheckpointId)).toStrictEqual({ n: 1, seen: ['n'], after: 1 });
  });

  it('that fails lets its node fail, and is started anew when that is tried again', async () => {
    let broken = true;
    const flaky = child(() => {
      if (broken) throw new Error('oops');
      return { work: 1 };
    });
    const { waymark, id, result } = await runParent(parent(flaky));
    expect(result).toMatchObject({ status: 'failed', nodeId: 'sub', error: { code: 'WAYMARK_CHILD_FAILED' } });
    expect((result as { error: { message: string } }).error.message).toContain('oops');
    broken = false;
    if (result.status !== 'failed') throw new Error(result.status);
    await waymark.executions.rollback(id, result.checkpointId);
    expect(await (await waymark.executions.resume(id)).result()).toMatchObject({ status: 'completed' });
    expect((await waymark.executions.get(`${id}.sub.2`)).status).toBe('completed');
  });

  it('is paused and goes on with its parent', async () => {
    const gate = deferred();
    const slow = child(() => gate.promise, { next: task(() => ({ next: 1 })) }, { work: 'next' });
    const waymark = await openWaymark();
    const run = await waymark.executions.start(parent(slow));
    await settle();
    const paused = waymark.executions.pause(run.id);
    gate.resolve();
    expect(await paused).toMatchObject({ status: 'paused', reason: 'requested' });
    expect((await waymark.executions.get(childOf(run.id))).status).toBe('paused');
    expect((await waymark.executions.get(run.id)).suspended).toMatchObject([
      { nodeId: 'sub', awaiting: 'execution', childExecutionId: childOf(run.id) },
    ]);
    const result = await (await waymark.executions.resume(run.id)).result();
    expect(result).toMatchObject({ status: 'completed' });
    expect((await waymark.executions.get(childOf(run.id))).output).toStrictEqual({ next: 1 });
  });

  it('is cancelled with its parent, whether it runs or stands still', async () => {
    const signals: AbortSignal[] = [];
    const hanging = child(({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const waymark = await openWaymark();
    const run = await waymark.executions.start(parent(hanging));
    await settle();
    await waymark.executions.cancel(run.id, { reason: 'enough' });
    await settle();
    expect((await waymark.executions.get(childOf(run.id))).status).toBe('cancelled');
    expect(signals.map(({ aborted }) => aborted)).toStrictEqual([true]);

    const asking = await waymark.executions.start(parent(child(() => ({}), { ask: approval() }, { work: 'ask' })));
    expect((await asking.result()).status).toBe('paused');
    await waymark.executions.cancel(asking.id, { reason: 'enough' });
    await settle();
    expect((await waymark.executions.get(childOf(asking.id))).status).toBe('cancelled');
  });

  it('that waits lets its parent wait for the same reason, and go on when it has ended', async () => {
    const asking = child(() => ({}), { ask: approval() }, { work: 'ask' });
    const { waymark, id, result } = await runParent(parent(asking));
    expect(result).toMatchObject({ status: 'paused', reason: 'approval' });
    const answered = await waymark.executions.approve(childOf(id), { actor: 'user:ada' });
    expect((await answered.run?.result())?.status).toBe('completed');
    await settle();
    expect((await waymark.executions.get(id)).status).toBe('completed');
  });

  it('that waits does not hold up what runs beside it', async () => {
    const gate = deferred();
    const asking = child(() => ({}), { ask: approval() }, { work: 'ask' });
    const workflow = defineWorkflow({
      id: 'beside',
      version: '1',
      nodes: {
        both: parallel({ branches: { sub: subworkflow({ workflow: asking }), slow: task(() => gate.promise) } }),
      },
      edges: {},
    });
    const waymark = await openWaymark();
    const run = await waymark.executions.start(workflow);
    await settle();
    const childId = `${run.id}.both:sub.1`;
    expect((await waymark.executions.get(run.id)).status).toBe('running');
    const answered = await waymark.executions.approve(childId, { actor: 'user:ada' });
    await answered.run?.result();
    await settle();
    gate.resolve();
    expect(await run.result()).toMatchObject({ status: 'completed' });
  });

  it('goes on, and is not started twice, when another process takes both over', async () => {
    const processes = new Processes();
    const store = new FaultyStore();
    store.unitOfWork.error = storeBroken;
    const calls: string[] = [];
    const counting = child(({ executionId, attempt }) => {
      calls.push(`work ${String(attempt)} of ${executionId.slice(-5)}`);
      return attempt === 1 ? new Promise(() => undefined) : { work: attempt };
    });
    const dead = await openWaymark({ identity: processes.identity('host/1') }, store);
    const left = await dead.executions.start(parent(counting));
    await settle();
    processes.kill('host/1');
    const waymark = await openWaymark({ identity: processes.identity('host/2') }, store);
    waymark.executions.register(parent(counting));
    const result = await (await waymark.executions.resume(left.id)).result();
    expect(result).toMatchObject({ status: 'completed' });
    expect(calls).toStrictEqual(['work 1 of sub.1', 'work 2 of sub.1']);
    const executions = await waymark.executions.list();
    expect(executions.map(({ id }) => id).toSorted()).toStrictEqual([left.id, childOf(left.id)]);
  });
});
