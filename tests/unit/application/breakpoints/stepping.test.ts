import {
  approval,
  defineWorkflow,
  type ExecutionResult,
  group,
  loop,
  map,
  parallel,
  type StepOptions,
  task,
  type Workflow,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred } from '../../../support/deferred.js';
import { happened, payloadOf } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { chain, diamond } from '../../../support/workflows.js';

/** Steps through a workflow to its end. Gives what was ready at each stop. */
async function stepped(workflow: Workflow, input: object, options: StepOptions = {}): Promise<readonly unknown[]> {
  const waymark = await openWaymark();
  const run = await waymark.executions.start(workflow, input, { breakpoints: ['*'] });
  const places: unknown[] = [];
  await waymark.executions.setBreakpoints(run.id, []).catch(() => undefined);
  for (let result: ExecutionResult = await run.result(); ;) {
    places.push(result.status === 'paused' && result.reason === 'breakpoint' ? result.nextNodeIds : result.status);
    if (result.status !== 'paused') break;
    result = await (await waymark.executions.step(run.id, options)).result();
  }
  await waymark.close();
  return places;
}

describe('a step', () => {
  it('lets one node start and settle, and pauses again', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['a'] });
    await run.result();
    const { result, types, entries } = await happened(waymark, async () =>
      (await waymark.executions.step(run.id, { actor: 'user:ada' })).result(),
    );
    expect(result).toMatchObject({ status: 'paused', reason: 'breakpoint', nextNodeIds: ['b'] });
    expect(types).toStrictEqual([
      'checkpoint.history_loaded',
      'execution.resumed',
      'node.started',
      'checkpoint.node_boundary_recorded',
      'node.completed',
      'checkpoint.created',
      'checkpoint.node_boundary_recorded',
      'execution.paused',
    ]);
    expect(payloadOf(entries, 'execution.resumed')).toMatchObject({ nodeIds: ['a'] });
    expect(payloadOf(entries, 'execution.paused')).toMatchObject({ nodeId: 'b', reason: 'breakpoint' });
    expect(entries.every(({ event }) => event.context.actor === 'user:ada')).toBe(true);
    // Nothing of the step is left.
    expect((await waymark.executions.get(run.id)).breakpoints).toStrictEqual(['a']);
    expect(await (await waymark.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });

  it('of the last node ends the execution', async () => {
    expect(await stepped(chain(), {})).toStrictEqual([['a'], ['b'], ['c'], 'completed']);
  });

  it('takes one of several that are ready, as many as are wanted, or all of them', async () => {
    expect(await stepped(diamond(), {})).toStrictEqual([
      ['split'],
      ['left', 'right'],
      ['right'],
      ['join'],
      'completed',
    ]);
    const all = [['split'], ['left', 'right'], ['join'], 'completed'];
    expect(await stepped(diamond(), {}, { nodes: 2 })).toStrictEqual(all);
    expect(await stepped(diamond(), {}, { nodes: 'all-ready' })).toStrictEqual(all);
  });

  it('goes into a loop, and pass by pass through it', async () => {
    const workflow = defineWorkflow({
      id: 'looping',
      version: '1',
      nodes: {
        refine: loop({
          body: { nodes: { draft: task(() => ({})), review: task(() => ({})) }, edges: { draft: 'review' } },
          until: ({ iteration }) => iteration === 2,
          maxIterations: 3,
        }),
        done: task(() => ({})),
      },
      edges: { refine: 'done' },
    });
    expect(await stepped(workflow, {})).toStrictEqual([
      ['refine'],
      ['refine[1]/draft'],
      ['refine[1]/review'],
      ['refine[2]/draft'],
      ['refine[2]/review'],
      ['done'],
      'completed',
    ]);
  });

  it('goes into a map, item by item, and all items together', async () => {
    const workflow = defineWorkflow({
      id: 'mapping',
      version: '1',
      nodes: {
        each: map({ over: 'list', into: 'out', each: task(({ item }) => ({ twice: Number(item) * 2 })) }),
        done: task(() => ({})),
      },
      edges: { each: 'done' },
    });
    expect(await stepped(workflow, { list: [1, 2] })).toStrictEqual([
      ['each'],
      ['each[0]/body', 'each[1]/body'],
      ['each[1]/body'],
      ['done'],
      'completed',
    ]);
    expect(await stepped(workflow, { list: [1, 2] }, { nodes: 'all-ready' })).toStrictEqual([
      ['each'],
      ['each[0]/body', 'each[1]/body'],
      ['done'],
      'completed',
    ]);
  });

  it('goes into a parallel and a group', async () => {
    const workflow = defineWorkflow({
      id: 'branching',
      version: '1',
      nodes: {
        fan: parallel({
          branches: {
            left: task(() => ({})),
            right: group({ nodes: { x: task(() => ({})), y: task(() => ({})) }, edges: { x: 'y' } }),
          },
        }),
        done: task(() => ({})),
      },
      edges: { fan: 'done' },
    });
    expect(await stepped(workflow, {})).toStrictEqual([
      ['fan'],
      ['fan/left', 'fan/right'],
      ['fan/right'],
      ['fan/right/x'],
      ['fan/right/y'],
      ['done'],
      'completed',
    ]);
  });

  it('tells of breakpoints that it comes to, and not of those that it stands at already', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(diamond(), {}, { breakpoints: ['left', 'right', 'join'] });
    await run.result();
    const { entries } = await happened(waymark, async () => (await waymark.executions.step(run.id)).result());
    expect(entries.filter(({ event }) => event.type === 'execution.breakpoint_hit')).toStrictEqual([]);
    const next = await happened(waymark, async () => (await waymark.executions.step(run.id)).result());
    expect(payloadOf(next.entries, 'execution.breakpoint_hit')).toMatchObject({ nodeId: 'join' });
  });

  it('onto a node that waits stays in hand: what ends the wait is seen by the next step', async () => {
    const workflow = defineWorkflow({
      id: 'asking',
      version: '1',
      nodes: { ask: approval(), a: task(() => ({ a: 1 })), b: task(() => ({ b: 1 })) },
      edges: { ask: 'a', a: 'b' },
    });
    const waymark = await openWaymark();
    const { executions } = waymark;
    const run = await executions.start(workflow, {}, { breakpoints: ['ask'] });
    await run.result();
    expect(await (await executions.step(run.id)).result()).toMatchObject({ status: 'paused', reason: 'breakpoint' });
    expect(await executions.inspect(run.id)).toMatchObject({ ready: [], suspended: [{ awaiting: 'approval' }] });
    // Nothing is ready, and so nothing happens.
    expect(await (await executions.step(run.id)).result()).toMatchObject({ reason: 'breakpoint', nextNodeIds: [] });
    expect(await executions.approve(run.id)).toMatchObject({ outcome: 'recorded' });
    expect(await (await executions.step(run.id)).result()).toMatchObject({ reason: 'breakpoint', nextNodeIds: ['a'] });
    expect(await (await executions.step(run.id)).result()).toMatchObject({ reason: 'breakpoint', nextNodeIds: ['b'] });
    expect(await (await executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });

  it('waits for the tries of its node', async () => {
    let tries = 0;
    const flaky = task({
      run: () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
        return { tries };
      },
      retry: { attempts: 3 },
    });
    const nodes = { flaky, after: task(() => ({})) };
    const workflow = defineWorkflow({ id: 'flaky', version: '1', nodes, edges: { flaky: 'after' } });
    const waymark = await openWaymark();
    const run = await waymark.executions.start(workflow, {}, { breakpoints: ['flaky'] });
    await run.result();
    const stepped = await waymark.executions.step(run.id);
    expect(await stepped.result()).toMatchObject({ status: 'paused', nextNodeIds: ['after'] });
    expect(tries).toBe(3);
  });

  it('under a key is taken once', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['a'] });
    await run.result();
    const options = { idempotencyKey: 'step-1' };
    await (await waymark.executions.step(run.id, options)).result();
    const again = await (await waymark.executions.step(run.id, options)).result();
    expect(again).toMatchObject({ status: 'paused', nextNodeIds: ['b'] });
  });

  it('that fails leaves the execution failed, with nothing of the step after a rollback', async () => {
    const waymark = await openWaymark();
    let isBroken = true;
    const b = () => {
      if (isBroken) throw new Error('broken');
      return {};
    };
    const run = await waymark.executions.start(chain({ b }), {}, { breakpoints: ['b'] });
    await run.result();
    const failed = await (await waymark.executions.step(run.id)).result();
    expect(failed).toMatchObject({ status: 'failed', nodeId: 'b' });
    isBroken = false;
    await waymark.executions.rollback(run.id, (failed as { checkpointId: string }).checkpointId);
    expect(await (await waymark.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });

  it('during which somebody asks for a pause says that it was asked for', async () => {
    const gate = deferred<object>();
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain({ b: () => gate.promise }), {}, { breakpoints: ['b'] });
    await run.result();
    const step = await waymark.executions.step(run.id);
    const asked = waymark.executions.pause(run.id);
    gate.resolve({});
    expect(await asked).toMatchObject({ status: 'paused', reason: 'requested', nextNodeIds: ['c'] });
    expect(await step.result()).toStrictEqual(await asked);
  });

  it('may edit the state first', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), { x: 1 }, { breakpoints: ['b'] });
    await run.result();
    const options = { statePatch: { x: 2 }, reason: 'what if' };
    await (await waymark.executions.step(run.id, options)).result();
    expect((await waymark.executions.inspect(run.id)).state).toStrictEqual({ x: 2, a: 1, b: 1 });
    const [edited] = await waymark.log.query({ types: ['execution.state_modified'] });
    expect(edited?.event.payload).toMatchObject({ reason: 'what if', patch: { x: 2 } });
  });

  it('is refused for what does not stand still, and for what is no number of nodes', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain());
    await run.result();
    expect(await codeOf(waymark.executions.step('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
    const error = await caughtWaymark(waymark.executions.step(run.id));
    expect(error.code).toBe('WAYMARK_ILLEGAL_TRANSITION');
    for (const nodes of [0, 1.5, 'some' as never]) {
      expect(await codeOf(waymark.executions.step(run.id, { nodes }))).toBe('WAYMARK_INVALID_ARGUMENT');
    }
    expect(await codeOf(waymark.executions.step(run.id, { node: 1 } as never))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});

describe('inspect', () => {
  it('tells where an execution stands, without a trace', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(diamond(), { x: 1 }, { breakpoints: [{ node: 'left' }] });
    const stood = (await run.result()) as ExecutionResult & { checkpointId: string };
    const { types } = await happened(waymark, async () => {
      expect(await waymark.executions.inspect(run.id)).toStrictEqual({
        executionId: run.id,
        status: 'paused',
        reason: 'breakpoint',
        checkpointId: stood.checkpointId,
        ready: ['left'],
        running: [],
        suspended: [],
        failed: [],
        state: { x: 1, split: 1, right: 1 },
        breakpoints: ['left'],
      });
    });
    expect(types).toStrictEqual([]);
    expect(await codeOf(waymark.executions.inspect('nobody'))).toBe('WAYMARK_EXECUTION_NOT_FOUND');
  });
});
