import {
  defineWorkflow,
  type JsonObject,
  task,
  type TaskNode,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { checkpointId, happened } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { chain, workflow } from '../../../support/workflows.js';

interface Trip {
  readonly workflow: Workflow;
  /** What is booked at present. */
  readonly booked: Set<string>;
  /** Whose cancellation is refused. */
  readonly closed: Set<string>;
}

/** ask → flight → hotel → pay, of which the last one fails where the state says so. */
function trip(onFailure?: 'compensate'): Trip {
  const booked = new Set<string>();
  const closed = new Set<string>();
  const booking = (name: string): TaskNode =>
    task({
      run: () => {
        booked.add(name);
        return { [name]: true };
      },
      compensate: () => {
        if (closed.has(name)) throw new RangeError(`${name} is closed`);
        booked.delete(name);
      },
    });
  const made = defineWorkflow<JsonObject>({
    id: 'trip',
    version: '1',
    nodes: {
      ask: task(() => ({ asked: true })),
      flight: booking('flight'),
      hotel: booking('hotel'),
      pay: task(({ state }) => {
        if (state['broke'] === true) throw new TypeError('no money');
        return { paid: true };
      }),
    },
    edges: { ask: 'flight', flight: 'hotel', hotel: 'pay' },
    ...(onFailure === undefined ? {} : { onFailure }),
  });
  return { workflow: made, booked, closed };
}

async function ran(waymark: Waymark, made: Workflow, input: object = {}): Promise<string> {
  const run = await waymark.executions.start(made, input);
  await run.result();
  return run.id;
}

const UNDONE = [
  { nodeId: 'flight', occurrence: 1 },
  { nodeId: 'hotel', occurrence: 1 },
];

describe('an execution that failed and undid its work', () => {
  it('does not go on as if it were there, and names what was undone', async () => {
    const waymark = await openWaymark();
    const { workflow: made, booked } = trip('compensate');
    const run = await waymark.executions.start(made, { broke: true });
    const failed = await run.result();
    expect(failed).toMatchObject({ status: 'failed', undone: UNDONE });
    const head = (await waymark.executions.get(run.id)).headCheckpointId;
    const { executions } = waymark;
    for (const verb of [
      () => executions.retryNode(run.id, { nodeId: 'pay' }),
      () => executions.skipNode(run.id, { nodeId: 'pay' }),
      () => executions.rollback(run.id, head),
    ]) {
      const { result: error, types } = await happened(waymark, () => caughtWaymark(verb()));
      expect(error).toMatchObject({ code: 'WAYMARK_WORK_UNDONE', details: { undone: UNDONE } });
      expect([error.message, error.hint].join(' ')).toMatch(/hotel \(occurrence 1\).*Restart it/s);
      expect(types).toStrictEqual([]);
    }
    expect(booked.size).toBe(0);
  });

  it('goes on from a checkpoint before what was undone, and by a restart', async () => {
    const waymark = await openWaymark();
    const { workflow: made, booked } = trip('compensate');
    const id = await ran(waymark, made, { broke: true });
    const after = await checkpointId(waymark, id, 'exit', 'flight');
    expect(await codeOf(waymark.executions.rollback(id, after))).toBe('WAYMARK_WORK_UNDONE');
    const before = await checkpointId(waymark, id, 'exit', 'ask');
    await waymark.executions.rollback(id, before, { statePatch: { broke: false } });
    expect(await (await waymark.executions.resume(id)).result()).toMatchObject({ status: 'completed' });
    expect([...booked]).toStrictEqual(['flight', 'hotel']);
    const again = await waymark.executions.restart(id);
    expect(await again.result()).toMatchObject({ status: 'failed', undone: UNDONE });
  });

  it('is told of as such, with the way out', async () => {
    const waymark = await openWaymark();
    const id = await ran(waymark, trip('compensate').workflow, { broke: true });
    expect(await waymark.insight.why(id)).toMatchObject([
      { text: expect.stringContaining('undone since: flight, hotel'), remedy: { verb: 'restart' } },
    ]);
    const plain = await ran(waymark, trip().workflow, { broke: true });
    expect(await waymark.insight.why(plain)).toMatchObject([{ remedy: { verb: 'rollback' } }]);
  });

  it('is forked by whoever knows better, and the fork may fail and be taken up', async () => {
    const waymark = await openWaymark();
    const id = await ran(waymark, trip('compensate').workflow, { broke: true });
    const { headCheckpointId } = await waymark.executions.get(id);
    const fork = await waymark.executions.fork(headCheckpointId);
    const failed = await fork.result();
    expect(failed).toMatchObject({ status: 'failed' });
    expect(failed).not.toHaveProperty('undone');
    const { compensated } = await waymark.executions.get(fork.id);
    expect(compensated).toStrictEqual(UNDONE.map((node) => ({ ...node, inherited: true })));
    const again = await waymark.executions.retryNode(fork.id, { nodeId: 'pay' });
    expect(await again.result()).toMatchObject({ status: 'failed' });
  });
});

describe('a rollback over what compensations undid', () => {
  it('does not come back to it, on the branch that was left either', async () => {
    const waymark = await openWaymark();
    const { workflow: made } = trip();
    const id = await ran(waymark, made);
    const { headCheckpointId: end } = await waymark.executions.get(id);
    await waymark.executions.rollback(id, await checkpointId(waymark, id, 'exit', 'flight'));
    const error = await caughtWaymark(waymark.executions.rollback(id, end));
    expect(error).toMatchObject({ code: 'WAYMARK_WORK_UNDONE', details: { checkpointId: end, undone: [UNDONE[1]] } });
    expect(await (await waymark.executions.resume(id)).result()).toMatchObject({ status: 'completed' });
  });

  it('leaves nothing to be resumed where it stopped half way', async () => {
    const waymark = await openWaymark();
    const { workflow: made, closed } = trip();
    const run = await waymark.executions.start(made, {}, { breakpoints: ['pay'] });
    await run.result();
    closed.add('flight');
    const start = await checkpointId(waymark, run.id, 'exit', 'ask');
    expect(await codeOf(waymark.executions.rollback(run.id, start))).toBe('WAYMARK_COMPENSATION_FAILED');
    for (const verb of [
      () => waymark.executions.resume(run.id),
      () => waymark.executions.step(run.id),
      () => waymark.executions.skipNode(run.id, { nodeId: 'pay' }),
    ]) {
      expect(await codeOf(verb())).toBe('WAYMARK_WORK_UNDONE');
    }
    expect(await waymark.insight.why(run.id)).toMatchObject([{ kind: 'breakpoint', remedy: { verb: 'restart' } }]);
    closed.clear();
    await waymark.executions.rollback(run.id, start);
    const resumed = await waymark.executions.resume(run.id);
    expect(await resumed.result()).toMatchObject({ status: 'paused', nextNodeIds: ['pay'] });
    expect(await (await waymark.executions.resume(run.id)).result()).toMatchObject({ status: 'completed' });
  });
});

describe('what is told', () => {
  it('of an id that is taken: that it is, and what to do', async () => {
    const waymark = await openWaymark();
    await (await waymark.executions.start(chain(), {}, { executionId: 'mine' })).result();
    const error = await caughtWaymark(waymark.executions.start(chain(), {}, { executionId: 'mine' }));
    expect(error).toMatchObject({
      code: 'WAYMARK_VERSION_CONFLICT',
      message: 'There is an execution mine already.',
      hint: expect.stringContaining('Choose another executionId'),
    });
  });

  it('of a definition that has changed: to map nodes only where one stands still', async () => {
    const waymark = await openWaymark();
    const over = await ran(waymark, chain());
    const paused = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await paused.result();
    const { id, version } = chain();
    waymark.executions.register(workflow(id, ['a', 'z'], { a: 'z' }));
    expect(version).toBe('1');
    const ended = await caughtWaymark(waymark.executions.rerun(over, { nodeId: 'b' }));
    expect(ended.code).toBe('WAYMARK_WORKFLOW_CHANGED');
    expect(ended.hint).toMatch(/^(?!.*map-nodes).*restart it/);
    const stands = await caughtWaymark(waymark.executions.resume(paused.id));
    expect(stands.hint).toContain('--map-nodes');
  });
});
