import {
  type CompensationContext,
  defineWorkflow,
  type ExecutionSnapshot,
  InMemoryStore,
  loop,
  map,
  type NodeContext,
  task,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { deferred } from '../../../support/deferred.js';
import { checkpointId, happened, payloadOf } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';

type Undone = Pick<CompensationContext, 'nodeId' | 'occurrence' | 'state' | 'output' | 'idempotencyKey' | 'reason'>;

interface Booking {
  readonly workflow: Workflow;
  /** What was compensated, in order. */
  readonly undone: Undone[];
  /** The nodes whose compensation throws. */
  readonly broken: Set<string>;
  /** Waited for in the compensation of a node. */
  readonly holds: Map<string, Promise<void>>;
}

/** hotel → flight → insurance (without a compensation) → car → pay, which fails when the state says so. */
function booking(options: { readonly onFailure?: 'compensate' } = {}): Booking {
  const undone: Undone[] = [];
  const broken = new Set<string>();
  const holds = new Map<string, Promise<void>>();
  const compensate = async (context: CompensationContext): Promise<void> => {
    const { nodeId, occurrence, state, output, idempotencyKey, reason } = context;
    await holds.get(nodeId);
    context.signal.throwIfAborted();
    if (broken.has(nodeId)) throw new RangeError(`${nodeId} is closed`);
    undone.push({ nodeId, occurrence, state, output, idempotencyKey, reason });
  };
  const book = ({ nodeId }: NodeContext): Record<string, string> => ({ [nodeId]: 'booked' });
  const pay = ({ state }: NodeContext): Record<string, string> => {
    if (state['broke'] === true) throw new TypeError('no money');
    return { pay: 'done' };
  };
  const workflow = defineWorkflow({
    id: 'booking',
    version: '1',
    nodes: {
      hotel: task({ run: book, compensate }),
      flight: task({ run: book, compensate }),
      insurance: task(book),
      car: task({ run: book, compensate }),
      pay: task(pay),
    },
    edges: { hotel: 'flight', flight: 'insurance', insurance: 'car', car: 'pay' },
    ...options,
  });
  return { workflow, undone, broken, holds };
}

async function booked(waymark: Waymark, workflow: Workflow, input: object = {}): Promise<string> {
  const run = await waymark.executions.start(workflow, input);
  await run.result();
  return run.id;
}

const BACK = ['checkpoint.branch_created', 'checkpoint.restored', 'checkpoint.rollback_completed', 'execution.paused'];

describe('a rollback', () => {
  it('compensates what it goes back over, the latest first, each in a commit of its own, and goes back then', async () => {
    const waymark = await openWaymark();
    const { workflow, undone } = booking();
    const id = await booked(waymark, workflow);
    const target = await checkpointId(waymark, id, 'exit', 'hotel');
    const { result, types, entries } = await happened(waymark, () =>
      waymark.executions.rollback(id, target, { reason: 'wrong week', actor: 'user:ada', statePatch: { week: 7 } }),
    );
    expect(types).toStrictEqual([
      'checkpoint.history_loaded',
      'checkpoint.rollback_requested',
      'node.compensated',
      'node.compensated',
      ...BACK.slice(0, 3),
      'execution.state_modified',
      'checkpoint.created',
      'execution.paused',
    ]);
    expect(undone).toStrictEqual([
      {
        nodeId: 'car',
        occurrence: 1,
        state: { hotel: 'booked', flight: 'booked', insurance: 'booked', car: 'booked' },
        output: { car: 'booked' },
        idempotencyKey: `${id}/car/1/compensate`,
        reason: 'wrong week',
      },
      {
        nodeId: 'flight',
        occurrence: 1,
        state: { hotel: 'booked', flight: 'booked' },
        output: { flight: 'booked' },
        idempotencyKey: `${id}/flight/1/compensate`,
        reason: 'wrong week',
      },
    ]);
    for (const { event } of entries) expect(event.context).toMatchObject({ actor: 'user:ada', correlationId: id });
    expect(payloadOf(entries, 'checkpoint.rollback_completed')).toMatchObject({
      compensated: 2,
      toCheckpointId: target,
    });
    expect(result).toMatchObject({ compensated: 2, notCompensated: 0, nextNodeIds: ['flight'] });
    const after = await waymark.executions.get(id);
    expect(after).toMatchObject({ status: 'paused', owner: null, undoing: null });
    expect(after.compensated.map(({ nodeId }) => nodeId)).toStrictEqual(['car', 'flight']);
    await (await waymark.executions.resume(id)).result();
    expect(await waymark.executions.get(id)).toMatchObject({
      status: 'completed',
      occurrences: { flight: 2, hotel: 1 },
    });
  });

  it('stays where it was when a compensation fails, and says so; what was compensated is not compensated again', async () => {
    const waymark = await openWaymark();
    const { workflow, undone, broken } = booking();
    const id = await booked(waymark, workflow);
    const before = await waymark.executions.get(id);
    const target = await checkpointId(waymark, id, 'auto');
    broken.add('flight');
    const {
      result: error,
      types,
      entries,
    } = await happened(waymark, () => caughtWaymark(waymark.executions.rollback(id, target)));
    expect(error).toMatchObject({ code: 'WAYMARK_COMPENSATION_FAILED', details: { nodeId: 'flight', compensated: 1 } });
    expect(types.slice(2)).toStrictEqual([
      'node.compensated',
      'node.compensation_failed',
      'checkpoint.rollback_failed',
    ]);
    expect(payloadOf(entries, 'node.compensation_failed')).toMatchObject({
      nodeId: 'flight',
      error: { name: 'RangeError', message: 'flight is closed' },
      checkpointId: target,
    });
    const { status, headCheckpointId, branchId, completed } = before;
    expect(await waymark.executions.get(id)).toMatchObject({
      status,
      headCheckpointId,
      branchId,
      completed,
      owner: null,
      undoing: null,
      compensated: [{ nodeId: 'car', occurrence: 1 }],
    });
    broken.clear();
    expect(await waymark.executions.rollback(id, target)).toMatchObject({ compensated: 2 });
    expect(undone.map(({ nodeId }) => nodeId)).toStrictEqual(['car', 'flight', 'hotel']);
  });

  it('goes back all the same where it is told to continue', async () => {
    const waymark = await openWaymark();
    const { workflow, undone, broken } = booking();
    const id = await booked(waymark, workflow);
    broken.add('flight');
    const target = await checkpointId(waymark, id, 'auto');
    const { result, types } = await happened(waymark, () =>
      waymark.executions.rollback(id, target, { onCompensationFailure: 'continue' }),
    );
    expect(types.slice(2, 5)).toStrictEqual(['node.compensated', 'node.compensation_failed', 'node.compensated']);
    expect(types.slice(5)).toStrictEqual(BACK);
    expect(result).toMatchObject({ compensated: 2, notCompensated: 1 });
    expect(undone.map(({ nodeId }) => nodeId)).toStrictEqual(['car', 'hotel']);
  });

  it('compensates nothing where it is told not to, and needs the workflow only where it does', async () => {
    const store = new InMemoryStore();
    const first = await openWaymark({}, store);
    const { workflow, undone } = booking();
    const id = await booked(first, workflow);
    const target = await checkpointId(first, id, 'exit', 'hotel');
    const last = await checkpointId(first, id, 'exit', 'car');
    const other = await openWaymark({}, store);
    expect(await codeOf(other.executions.rollback(id, target))).toBe('WAYMARK_WORKFLOW_NOT_REGISTERED');
    expect(await other.executions.rollback(id, last)).toMatchObject({ compensated: 0 });
    expect(await other.executions.rollback(id, target, { compensate: false })).toMatchObject({ compensated: 0 });
    expect(undone).toStrictEqual([]);
  });

  it('of a fork leaves alone what the original did', async () => {
    const waymark = await openWaymark();
    const { workflow, undone } = booking();
    const id = await booked(waymark, workflow);
    const fork = await waymark.executions.fork(await checkpointId(waymark, id, 'exit', 'flight'));
    await fork.result();
    const root = await checkpointId(waymark, fork.id, 'auto');
    expect(await waymark.executions.rollback(fork.id, root)).toMatchObject({ compensated: 1 });
    expect(undone.map(({ nodeId, idempotencyKey }) => [nodeId, idempotencyKey])).toStrictEqual([
      ['car', `${fork.id}/car/1/compensate`],
    ]);
  });

  it('compensates every pass of a loop and every item of a map, each with the state that it left', async () => {
    const waymark = await openWaymark();
    const undone: string[] = [];
    const compensate = ({ nodeId, occurrence, output }: Omit<CompensationContext, 'state'>): void => {
      undone.push(`${nodeId}/${occurrence} ${JSON.stringify(output)}`);
    };
    const nested = defineWorkflow<{ n: number; items: number[]; out?: unknown }>({
      id: 'nested',
      version: '1',
      nodes: {
        count: loop({
          body: task({ run: ({ iteration }) => ({ n: iteration ?? 0 }), compensate }),
          until: 'state.n >= 2',
          maxIterations: 5,
        }),
        each: map({
          over: 'items',
          each: task({ run: ({ item }) => ({ twice: Number(item) * 2 }), compensate }),
          concurrency: 1,
          into: 'out',
        }),
      },
      edges: { count: 'each' },
    });
    const id = await booked(waymark, nested, { n: 0, items: [5, 6] });
    const root = await checkpointId(waymark, id, 'auto');
    expect(await waymark.executions.rollback(id, root)).toMatchObject({ compensated: 4, nextNodeIds: ['count'] });
    expect(undone).toStrictEqual([
      'each/body/2 {"twice":12}',
      'each/body/1 {"twice":10}',
      'count/body/2 {"n":2}',
      'count/body/1 {"n":1}',
    ]);
  });

  it('lets nobody else in while compensations are under way, and is waited for', async () => {
    const waymark = await openWaymark();
    const { workflow, holds } = booking();
    const id = await booked(waymark, workflow);
    const gate = deferred();
    holds.set('car', gate.promise);
    const target = await checkpointId(waymark, id, 'auto');
    const rollback = waymark.executions.rollback(id, target);
    await until(async () => (await waymark.executions.get(id)).undoing !== null);
    expect(await codeOf(waymark.executions.rollback(id, target))).toBe('WAYMARK_UNDOING');
    const other = await openWaymark({}, waymark.store);
    expect(await other.executions.recover()).toStrictEqual([]);
    gate.resolve();
    expect(await rollback).toMatchObject({ compensated: 3 });
  });
});

describe('a workflow that undoes what it did when it fails', () => {
  it('compensates all of it, the latest first, and fails then', async () => {
    const waymark = await openWaymark();
    const { workflow, undone, broken } = booking({ onFailure: 'compensate' });
    broken.add('flight');
    const run = await waymark.executions.start(workflow, { broke: true }, { actor: 'user:ada' });
    const { result, types } = await happened(waymark, () => run.result());
    expect(result).toMatchObject({ status: 'failed', nodeId: 'pay', error: { message: 'no money' } });
    expect(types.slice(types.indexOf('node.failed'))).toStrictEqual([
      'node.failed',
      'checkpoint.created',
      'node.compensated',
      'node.compensation_failed',
      'node.compensated',
      'execution.failed',
    ]);
    expect(undone.map(({ nodeId, reason }) => [nodeId, reason])).toStrictEqual([
      ['car', 'no money'],
      ['hotel', 'no money'],
    ]);
    const failed = await waymark.executions.get(run.id);
    expect(failed).toMatchObject({ status: 'failed', undoing: null, owner: null, error: { message: 'no money' } });
    expect(failed.compensated.map(({ nodeId }) => nodeId)).toStrictEqual(['car', 'hotel']);
    expect(result).toMatchObject({ checkpointId: failed.headCheckpointId });
    broken.clear();
    expect(await waymark.executions.rollback(run.id, await checkpointId(waymark, run.id, 'auto'))).toMatchObject({
      compensated: 1,
    });
    expect(undone.at(-1)?.nodeId).toBe('flight');
  });

  it('fails at once where there is nothing to undo', async () => {
    const waymark = await openWaymark();
    const workflow = defineWorkflow({
      id: 'nothing-to-undo',
      version: '1',
      onFailure: 'compensate',
      nodes: {
        only: task(() => {
          throw new TypeError('no');
        }),
      },
      edges: {},
    });
    const run = await waymark.executions.start(workflow);
    expect(await run.result()).toMatchObject({ status: 'failed' });
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'failed', undoing: null });
  });
});

describe('compensations that were left', () => {
  it.each([
    ['a rollback', {}, false],
    ['a failure', { onFailure: 'compensate' as const }, true],
  ])('of %s are gone on with by recover, and none that is recorded is run again', async (_name, options, broke) => {
    const store = new InMemoryStore();
    const first = await openWaymark({}, store);
    const { workflow, undone, holds } = booking(options);
    const how = { reason: 'r', actor: 'user:ada', idempotencyKey: 'back' };
    holds.set('flight', new Promise(() => undefined));
    const run = await first.executions.start(workflow, { broke });
    const target = broke ? undefined : (await run.result(), await checkpointId(first, run.id, 'auto'));
    const left = target === undefined ? run.result() : first.executions.rollback(run.id, target, how);
    const outcome = codeOf(left);
    await until(async () => (await first.executions.get(run.id)).undoing?.remaining[0]?.nodeId === 'flight');
    await first.executions.close(0);
    expect(await outcome).toBe('WAYMARK_CLOSED');
    holds.clear();
    const second = await openWaymark({}, store);
    second.executions.register(workflow);
    const { result, entries, types } = await happened(second, async () => {
      const found = await second.executions.recover();
      return { found, ended: await (found[0] as { handle?: typeof run }).handle?.result() };
    });
    expect(result.found).toMatchObject([{ executionId: run.id, action: 'undone' }]);
    expect(result.ended?.status).toBe(broke ? 'failed' : 'paused');
    expect(undone.map(({ nodeId }) => nodeId)).toStrictEqual(['car', 'flight', 'hotel']);
    const ending = broke ? ['execution.failed'] : BACK;
    expect(types).toStrictEqual(['execution.recovered', 'node.compensated', 'node.compensated', ...ending]);
    const told = entries.map(({ event }) => [event.type, event.context.actor]);
    expect(told[1]).toStrictEqual(['node.compensated', broke ? undefined : 'user:ada']);
    // The key of the rollback was kept by whoever ended it.
    const again = target === undefined ? undefined : await second.executions.rollback(run.id, target, how);
    expect(again?.compensated).toBe(broke ? undefined : 3);
    expect(undone).toHaveLength(3);
    const after = (await store.executions.find(run.id)) as ExecutionSnapshot;
    expect(after).toMatchObject({ undoing: null, owner: null, status: broke ? 'failed' : 'paused' });
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
