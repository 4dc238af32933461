import {
  defineWorkflow,
  EXECUTION_STATUSES,
  type ExecutionStatus,
  IllegalTransitionError,
  type NodeOccurrence,
  task,
} from '../../../src/index.js';
import { type Happening, settle as settleNode, start as startWork } from '../../../src/domain/workflow/planner/plan.js';
import { Execution } from '../../../src/domain/execution/execution.js';
import { type StatusStep, TRANSITIONS } from '../../../src/domain/execution/execution-status.js';
import { caught } from '../../support/caught.js';

const AT = '2026-01-01T00:00:00.000Z';
const FAILURE = { name: 'Error', message: 'no' };

const work = task(() => undefined);
const { tree } = defineWorkflow({
  id: 'w',
  version: '1',
  nodes: { a: work, b: work, valueOf: work },
  edges: { a: 'b', valueOf: [] },
});

/** Starts the work of nodes that are ready. */
function start(execution: Execution, ...nodeIds: readonly string[]): Execution {
  return execution.advance(startWork(tree, execution.standing, execution.doneAtTop, (at) => nodeIds.includes(at)));
}

/** Something has happened to a node. */
function settle(execution: Execution, happening: Happening): Execution {
  return execution.advance(settleNode(tree, execution.standing, execution.doneAtTop, happening));
}

/** A new execution whose node `a` is ready. */
function pending(completed: readonly NodeOccurrence[] = [], ready = 'a'): Execution {
  return Execution.create({
    id: 'e-1',
    workflowId: 'w',
    workflowName: 'w',
    workflowVersion: '1',
    workflowHash: 'h',
    workflowSource: null,
    input: {},
    breakpoints: [],
    correlationId: 'e-1',
    label: null,
    parentExecutionId: null,
    sourceCheckpointId: null,
    branchId: 'main',
    position: { completed, nextNodeIds: [ready] },
    startedAt: AT,
  });
}

/** An execution in each status. */
const IN: Record<ExecutionStatus, () => Execution> = {
  pending: () => pending(),
  running: () => pending().begin('me'),
  paused: () => IN.running().pause('requested'),
  completed: () => IN.running().complete(AT),
  failed: () => IN.running().fail(FAILURE, AT),
  cancelled: () => IN.running().cancel(AT),
};

/** Each verb as a call. */
const DO: Record<StatusStep, (execution: Execution) => Execution> = {
  begin: (execution) => execution.begin('me'),
  advance: (execution) => start(execution, 'a'),
  complete: (execution) => execution.complete(AT),
  fail: (execution) => execution.fail(FAILURE, AT),
  pause: (execution) => execution.pause('requested'),
  resume: (execution) => execution.resume('me'),
  recover: (execution) => execution.recover('me'),
  cancel: (execution) => execution.cancel(AT),
  rollback: (execution) => execution.rollbackTo('c-0', { completed: [], nextNodeIds: ['a'] }, 'rollback-1'),
};

const CASES = EXECUTION_STATUSES.flatMap((status) =>
  (Object.keys(TRANSITIONS) as StatusStep[]).map((verb) => ({ status, verb })),
);

describe('the state machine', () => {
  it('is the one of the design: what is not named here is illegal', () => {
    const legal = CASES.filter(({ status, verb }) => TRANSITIONS[verb].from.includes(status));
    expect(legal.map(({ status, verb }) => `${status} ${verb} ${TRANSITIONS[verb].to}`)).toStrictEqual([
      'pending begin running',
      'pending cancel cancelled',
      'running advance running',
      'running complete completed',
      'running fail failed',
      'running pause paused',
      'running recover running',
      'running cancel cancelled',
      'paused resume running',
      'paused cancel cancelled',
      'paused rollback paused',
      'completed rollback paused',
      'failed rollback paused',
      'cancelled rollback paused',
    ]);
  });

  it.each(CASES.filter(({ status, verb }) => TRANSITIONS[verb].from.includes(status)))(
    'lets a $status execution $verb',
    ({ status, verb }) => {
      const before = IN[status]();
      const snapshot = JSON.stringify(before.snapshot);
      expect(DO[verb](before).status).toBe(TRANSITIONS[verb].to);
      expect(JSON.stringify(before.snapshot)).toBe(snapshot);
    },
  );

  it.each(CASES.filter(({ status, verb }) => !TRANSITIONS[verb].from.includes(status)))(
    'does not let a $status execution $verb',
    async ({ status, verb }) => {
      const error = await caught(() => DO[verb](IN[status]()));
      expect(error).toBeInstanceOf(IllegalTransitionError);
      expect(error).toMatchObject({ code: 'WAYMARK_ILLEGAL_TRANSITION', status, verb });
      expect((error as IllegalTransitionError).message).toContain(`e-1 is ${status}`);
      expect((error as IllegalTransitionError).hint).toBeTruthy();
    },
  );
});

describe('an execution', () => {
  it('has an owner exactly while it runs', () => {
    const owners = EXECUTION_STATUSES.map((status) => [status, IN[status]().snapshot.owner]);
    expect(owners.filter(([, owner]) => owner !== null)).toStrictEqual([['running', 'me']]);
  });

  it('counts what was begun and not completed as yet to be done', () => {
    const execution = start(IN.running(), 'a');
    expect(execution.position).toStrictEqual({ completed: [], nextNodeIds: ['a'] });
    expect(settle(execution, { kind: 'failed', at: 'a', error: FAILURE }).position).toStrictEqual({
      completed: [],
      nextNodeIds: ['a'],
    });
    const done = settle(execution, { kind: 'completed', at: 'a' });
    expect(done.position).toStrictEqual({ completed: [{ nodeId: 'a', occurrence: 1 }], nextNodeIds: ['b'] });
  });

  it('counts occurrences up, whatever is rolled back', () => {
    const done = settle(start(IN.running(), 'a'), { kind: 'completed', at: 'a' }).complete(AT);
    const again = done.rollbackTo('c-0', { completed: [], nextNodeIds: ['a'] }, 'rollback-1').resume('me');
    expect(start(again, 'a').snapshot.running).toStrictEqual([{ nodeId: 'a', occurrence: 2, attempt: 1 }]);
    expect(again.snapshot).toMatchObject({ endedAt: null, error: null, failed: [], branchId: 'rollback-1' });
  });

  it('begins interrupted work again as the same occurrence', () => {
    const recovered = start(IN.running(), 'a').recover('you');
    expect(recovered.snapshot).toMatchObject({ owner: 'you', waiting: ['a'], running: [] });
    expect(start(recovered, 'a').snapshot.running).toStrictEqual([{ nodeId: 'a', occurrence: 1, attempt: 2 }]);
  });

  it('remembers interrupted work over a second crash before it was begun again', () => {
    const twice = start(IN.running(), 'a').recover('you').recover('them');
    expect(start(twice, 'a').snapshot.running).toStrictEqual([{ nodeId: 'a', occurrence: 1, attempt: 2 }]);
  });

  it('takes names that objects inherit as node ids', () => {
    const forked = pending([{ nodeId: 'toString', occurrence: 2 }], 'valueOf').begin('me');
    expect(forked.snapshot.occurrences).toStrictEqual({ toString: 2 });
    expect(start(forked, 'valueOf').snapshot.running).toStrictEqual([{ nodeId: 'valueOf', occurrence: 1, attempt: 1 }]);
  });

  it('refuses the end of a node that does not run', () => {
    expect(() => settle(IN.running(), { kind: 'completed', at: 'a' })).toThrow(RangeError);
    expect(() => settle(IN.running(), { kind: 'failed', at: 'a', error: FAILURE })).toThrow(RangeError);
  });

  it('refuses a plan that completes what is completed, or what was never reached', () => {
    const done = settle(start(IN.running(), 'a'), { kind: 'completed', at: 'a' });
    const { standing } = done;
    const completing = (node: NodeOccurrence) => () => done.advance({ standing, completed: [node] });
    expect(completing({ nodeId: 'a', occurrence: 1 })).toThrow("Node a can't be completed");
    expect(completing({ nodeId: 'b', occurrence: 1 })).toThrow("Node b can't be completed");
  });
});
