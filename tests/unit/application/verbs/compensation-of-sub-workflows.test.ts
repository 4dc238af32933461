import {
  defineWorkflow,
  type ExecutionSnapshot,
  InMemoryStore,
  loop,
  type NodeContext,
  subworkflow,
  task,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { FakeTime } from '../../../support/fake-time.js';
import { checkpointId, happened } from '../../../support/happened.js';
import { openWaymark, recordedTypes } from '../../../support/open-waymark.js';
import { Processes } from '../../../support/processes.js';

interface Booking {
  /** hotel → trip (a workflow of train → ferry, whose execution is one of its own) → pay. */
  readonly workflow: Workflow;
  /** The keys of the work that was undone, in order. */
  readonly undone: string[];
  /** The nodes whose compensation throws. */
  readonly broken: Set<string>;
  /** Waited for in the compensation of a node. */
  readonly holds: Map<string, Promise<void>>;
}

function booking(trip: object = {}, options: { readonly onFailure?: 'compensate' } = {}): Booking {
  const undone: string[] = [];
  const broken = new Set<string>();
  const holds = new Map<string, Promise<void>>();
  const book = task({
    run: ({ nodeId }: NodeContext) => ({ [nodeId]: 'booked' }),
    compensate: async ({ nodeId, idempotencyKey, signal }) => {
      await holds.get(nodeId);
      signal.throwIfAborted();
      if (broken.has(nodeId)) throw new RangeError(`${nodeId} is closed`);
      undone.push(idempotencyKey);
    },
  });
  const pay = task(({ state }) => {
    if (state['broke'] === true) throw new TypeError('no money');
  });
  const inner = defineWorkflow({
    id: 'trip',
    version: '1',
    nodes: { train: book, ferry: book },
    edges: { train: 'ferry' },
  });
  const workflow = defineWorkflow({
    id: 'booking',
    version: '1',
    nodes: { hotel: book, trip: subworkflow({ workflow: inner, ...trip }), pay },
    edges: { hotel: 'trip', trip: 'pay' },
    ...options,
  });
  return { workflow, undone, broken, holds };
}

async function booked(waymark: Waymark, workflow: Workflow, input: object = {}): Promise<string> {
  const run = await waymark.executions.start(workflow, input);
  await run.result();
  return run.id;
}

const rootOf = (waymark: Waymark, id: string): Promise<string> => checkpointId(waymark, id, 'auto');
const key = (id: string, node: string): string => `${id}/${node}/1/compensate`;

describe('a rollback over a sub-workflow', () => {
  it('undoes its execution as one of its own compensations: the latest first, back to its start, and cancelled there', async () => {
    const waymark = await openWaymark();
    const { workflow, undone } = booking();
    const id = await booked(waymark, workflow);
    const child = `${id}.trip.1`;
    const { result, entries } = await happened(waymark, async () =>
      waymark.executions.rollback(id, await rootOf(waymark, id), { reason: 'rain', actor: 'user:ada' }),
    );
    expect(result).toMatchObject({ compensated: 2, notCompensated: 0, nextNodeIds: ['hotel'] });
    expect(undone).toStrictEqual([key(child, 'ferry'), key(child, 'train'), key(id, 'hotel')]);
    const told = entries.map(({ event }) => {
      const { executionId, nodeId } = event.payload as { readonly executionId: string; readonly nodeId?: string };
      return `${executionId === id ? 'parent' : 'child'} ${event.type} ${nodeId ?? ''}`.trim();
    });
    expect(told).toStrictEqual([
      'parent checkpoint.history_loaded',
      'parent checkpoint.rollback_requested',
      'child checkpoint.history_loaded',
      'child checkpoint.rollback_requested',
      'child node.compensated ferry',
      'child node.compensated train',
      'child checkpoint.branch_created',
      'child checkpoint.restored',
      'child checkpoint.rollback_completed',
      'child execution.paused train',
      'child execution.cancelled',
      'parent node.compensated trip',
      'parent node.compensated hotel',
      'parent checkpoint.branch_created',
      'parent checkpoint.restored',
      'parent checkpoint.rollback_completed',
      'parent execution.paused hotel',
    ]);
    expect(new Set(entries.map(({ event }) => event.context.actor))).toStrictEqual(new Set(['user:ada']));
    expect(await waymark.executions.get(child)).toMatchObject({ status: 'cancelled', completed: [], undoing: null });
    // It is reached once more, as another occurrence with an execution of its own.
    await (await waymark.executions.resume(id)).result();
    expect(await waymark.executions.get(id)).toMatchObject({ status: 'completed' });
    expect(await waymark.executions.get(`${id}.trip.2`)).toMatchObject({ status: 'completed' });
  });

  it('leaves alone what it does not go back over', async () => {
    const waymark = await openWaymark();
    const { workflow, undone } = booking();
    const id = await booked(waymark, workflow);
    await waymark.executions.rollback(id, await checkpointId(waymark, id, 'exit', 'trip'));
    expect(undone).toStrictEqual([]);
    expect(await waymark.executions.get(`${id}.trip.1`)).toMatchObject({ status: 'completed' });
  });

  it('stays where it was when a compensation within fails, as the sub-workflow does; what was undone is not undone again', async () => {
    const waymark = await openWaymark();
    const { workflow, undone, broken } = booking();
    const id = await booked(waymark, workflow);
    const child = `${id}.trip.1`;
    broken.add('train');
    const target = await rootOf(waymark, id);
    const error = await caughtWaymark(waymark.executions.rollback(id, target));
    expect(error).toMatchObject({ code: 'WAYMARK_COMPENSATION_FAILED', details: { nodeId: 'trip', executionId: id } });
    expect(error.message).toContain('train is closed');
    expect(await waymark.executions.get(id)).toMatchObject({ status: 'completed', undoing: null, compensated: [] });
    expect(await waymark.executions.get(child)).toMatchObject({
      status: 'completed',
      undoing: null,
      compensated: [{ nodeId: 'ferry', occurrence: 1 }],
    });
    broken.clear();
    expect(await waymark.executions.rollback(id, target)).toMatchObject({ compensated: 2 });
    expect(undone).toStrictEqual([key(child, 'ferry'), key(child, 'train'), key(id, 'hotel')]);
  });

  it('told to continue runs the others within it too, and counts it as not compensated', async () => {
    const waymark = await openWaymark();
    const { workflow, undone, broken } = booking();
    const id = await booked(waymark, workflow);
    const child = `${id}.trip.1`;
    broken.add('ferry');
    const how = { onCompensationFailure: 'continue' } as const;
    expect(await waymark.executions.rollback(id, await rootOf(waymark, id), how)).toMatchObject({
      compensated: 1,
      notCompensated: 1,
    });
    expect(undone).toStrictEqual([key(child, 'train'), key(id, 'hotel')]);
    // It stays where it was, so that what is left can be undone by hand.
    expect(await waymark.executions.get(child)).toMatchObject({ status: 'completed', undoing: null });
    expect(await recordedTypes(waymark, child)).toContain('checkpoint.rollback_failed');
    broken.clear();
    expect(await waymark.executions.rollback(child, await rootOf(waymark, child))).toMatchObject({ compensated: 1 });
  });

  it('runs the compensation of its node in its place, where that has one', async () => {
    const waymark = await openWaymark();
    const ours: string[] = [];
    const compensate = ({ nodeId, output }: { nodeId: string; output: object }): void => {
      ours.push(`${nodeId} ${Object.keys(output).join()}`);
    };
    const { workflow, undone } = booking({ compensate });
    const id = await booked(waymark, workflow);
    await waymark.executions.rollback(id, await rootOf(waymark, id));
    expect(ours).toStrictEqual(['trip ferry']);
    expect(undone).toStrictEqual([key(id, 'hotel')]);
    expect(await waymark.executions.get(`${id}.trip.1`)).toMatchObject({ status: 'completed' });
  });

  it('undoes sub-workflows of sub-workflows, each pass of a loop, and none that has nothing to undo', async () => {
    const waymark = await openWaymark();
    const undone: string[] = [];
    const leaf = defineWorkflow({
      id: 'leaf',
      version: '1',
      nodes: {
        act: task({ run: () => undefined, compensate: ({ idempotencyKey }) => void undone.push(idempotencyKey) }),
      },
      edges: {},
    });
    const middle = defineWorkflow({
      id: 'middle',
      version: '1',
      nodes: { leaf: subworkflow({ workflow: leaf }) },
      edges: {},
    });
    const plain = defineWorkflow({ id: 'plain', version: '1', nodes: { only: task(() => undefined) }, edges: {} });
    const outer = defineWorkflow({
      id: 'outer',
      version: '1',
      nodes: {
        again: loop({
          body: subworkflow({ workflow: middle }),
          while: ({ iteration = 1 }) => iteration <= 2,
          maxIterations: 3,
        }),
        plain: subworkflow({ workflow: plain }),
      },
      edges: { again: 'plain' },
    });
    const id = await booked(waymark, outer);
    expect((await waymark.executions.get(id)).compensable).toStrictEqual(['again/body']);
    expect(await waymark.executions.rollback(id, await rootOf(waymark, id))).toMatchObject({ compensated: 2 });
    const leafOf = (occurrence: number): string => `${id}.again:body.${occurrence}.leaf.1/act/1/compensate`;
    expect(undone).toStrictEqual([leafOf(2), leafOf(1)]);
    expect((await waymark.executions.get(`${id}.plain.1`)).status).toBe('completed');
    expect((await waymark.executions.get(`${id}.again:body.1.leaf.1`)).status).toBe('cancelled');
  });

  it('of a fork leaves alone the execution that its original had', async () => {
    const waymark = await openWaymark();
    const { workflow, undone } = booking();
    const id = await booked(waymark, workflow);
    const fork = await waymark.executions.fork(await checkpointId(waymark, id, 'exit', 'trip'));
    await fork.result();
    expect(await waymark.executions.rollback(fork.id, await rootOf(waymark, fork.id))).toMatchObject({
      compensated: 0,
    });
    expect(undone).toStrictEqual([]);
  });

  it('is refused by an execution that somebody has let run again, and says so', async () => {
    const waymark = await openWaymark();
    const { workflow, undone, holds } = booking();
    const id = await booked(waymark, workflow);
    const child = `${id}.trip.1`;
    const gate = deferred();
    await waymark.executions.rollback(child, await rootOf(waymark, child), { compensate: false });
    holds.set('train', gate.promise);
    await waymark.store.unitOfWork.run(async (scope) => {
      const stored = (await waymark.store.executions.find(child)) as ExecutionSnapshot;
      const lease = { owner: 'elsewhere', leaseExpiresAt: '2999-01-01T00:00:00.000Z' };
      await waymark.store.executions.save({ ...stored, status: 'running', pauseReason: null, ...lease }, scope);
    });
    const error = await caughtWaymark(waymark.executions.rollback(id, await rootOf(waymark, id)));
    expect(error.message).toContain(`Execution ${child} is running`);
    expect(undone).toStrictEqual([]);
  });

  it('fails where the execution is gone', async () => {
    const waymark = await openWaymark();
    const { workflow } = booking();
    const id = await booked(waymark, workflow);
    await waymark.checkpoints.delete(`${id}.trip.1`);
    const error = await caughtWaymark(waymark.executions.rollback(id, await rootOf(waymark, id)));
    expect(error).toMatchObject({ code: 'WAYMARK_COMPENSATION_FAILED' });
    expect(error.message).toContain(`${id}.trip.1`);
  });
});

it('a workflow that undoes what it did when it fails undoes its sub-workflows', async () => {
  const waymark = await openWaymark();
  const { workflow, undone } = booking({}, { onFailure: 'compensate' });
  const run = await waymark.executions.start(workflow, { broke: true });
  expect(await run.result()).toMatchObject({ status: 'failed', error: { message: 'no money' } });
  const child = `${run.id}.trip.1`;
  expect(undone).toStrictEqual([key(child, 'ferry'), key(child, 'train'), key(run.id, 'hotel')]);
  expect(await waymark.executions.get(child)).toMatchObject({ status: 'cancelled' });
  expect((await waymark.executions.get(run.id)).compensated.map(({ nodeId }) => nodeId)).toStrictEqual([
    'trip',
    'hotel',
  ]);
});

it('whoever takes over both finishes what was begun: nothing is undone twice', async () => {
  const store = new InMemoryStore();
  const processes = new Processes();
  const first = await openWaymark({ identity: processes.identity('first') }, store);
  const { workflow, undone, holds } = booking();
  const id = await booked(first, workflow);
  const child = `${id}.trip.1`;
  holds.set('train', new Promise(() => undefined));
  const left = codeOf(first.executions.rollback(id, await rootOf(first, id)));
  while ((await store.executions.find(child))?.undoing?.remaining[0]?.nodeId !== 'train') await settle();
  await first.executions.close(0);
  expect(await left).toBe('WAYMARK_CLOSED');
  holds.clear();
  processes.kill('first');
  const second = await openWaymark({ identity: processes.identity('second') }, store);
  second.executions.register(workflow);
  const recoveries = await second.executions.recover();
  expect(recoveries.map(({ executionId }) => executionId)).toContain(id);
  for (const recovery of recoveries) if (recovery.action !== 'left') await recovery.handle?.result();
  expect(undone).toStrictEqual([key(child, 'ferry'), key(child, 'train'), key(id, 'hotel')]);
  expect(await second.executions.get(id)).toMatchObject({ status: 'paused', pauseReason: 'rollback', undoing: null });
  expect(await second.executions.get(child)).toMatchObject({ status: 'cancelled', undoing: null });
});

it('waits for compensations of its sub-workflow that another process sees to, and goes on from there', async () => {
  const store = new InMemoryStore();
  const processes = new Processes();
  const time = new FakeTime();
  const open = (self: string): Promise<Waymark> =>
    openWaymark({ identity: processes.identity(self), clock: time, scheduler: time }, store);
  const first = await open('first');
  const second = await open('second');
  const { workflow, undone, holds } = booking();
  second.executions.register(workflow);
  const id = await booked(first, workflow);
  const child = `${id}.trip.1`;
  const gate = deferred();
  holds.set('ferry', gate.promise);
  const theirs = first.executions.rollback(child, await checkpointId(first, child, 'exit', 'train'));
  while ((await store.executions.find(child))?.undoing === null) await settle();
  const ours = second.executions.rollback(id, await rootOf(second, id));
  await time.pass(2_000);
  expect((await store.executions.find(id))?.undoing).toMatchObject({
    remaining: [{ nodeId: 'trip' }, { nodeId: 'hotel' }],
  });
  gate.resolve();
  expect(await theirs).toMatchObject({ compensated: 1 });
  await time.pass(1_000);
  expect(await ours).toMatchObject({ compensated: 2 });
  expect(undone).toStrictEqual([key(child, 'ferry'), key(child, 'train'), key(id, 'hotel')]);
  expect(await second.executions.get(child)).toMatchObject({ status: 'cancelled', completed: [] });
});
