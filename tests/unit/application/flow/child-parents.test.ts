import {
  approval,
  defineWorkflow,
  type ExecutionResult,
  group,
  map,
  signal,
  type Store,
  subworkflow,
  task,
  type TaskOptions,
  type Waymark,
  type Workflow,
} from '../../../../src/index.js';
import { caught } from '../../../support/caught.js';
import { deferred, settle } from '../../../support/deferred.js';
import { FaultyStore, storeBroken } from '../../../support/faulty-store.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { Processes } from '../../../support/processes.js';

const asking = defineWorkflow({ id: 'child', version: '1', nodes: { ok: approval() }, edges: {} });

function child(nodes: Record<string, TaskOptions['run']>, edges: object = {}): Workflow {
  const tasks = Object.fromEntries(Object.entries(nodes).map(([id, run]) => [id, task({ run })]));
  return defineWorkflow({ id: 'child', version: '1', nodes: tasks, edges } as never);
}

function parent(workflow: Workflow, nodes: object = {}): Workflow {
  return defineWorkflow({
    id: 'parent',
    version: '1',
    nodes: { sub: subworkflow({ workflow, into: 'r' }), after: task(() => ({ after: 1 })), ...nodes },
    edges: { sub: 'after' },
  });
}

async function started(workflow: Workflow): Promise<{ waymark: Waymark; result: Promise<ExecutionResult> }> {
  const waymark = await openWaymark();
  const run = await waymark.executions.start(workflow, {}, { executionId: 'p' });
  return { waymark, result: run.result() };
}

async function statusOf(waymark: Waymark, id: string): Promise<string> {
  return (await waymark.executions.get(id)).status;
}

/** Resolves once an execution is what the test waits for. */
async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look().catch(() => false))) await settle();
}

const isAt = (waymark: Waymark, id: string, status: string) => async (): Promise<boolean> =>
  (await statusOf(waymark, id)) === status;

/** A store whose answer to somebody who looks for an execution is old by the time that it comes. */
function slowToFind(store: Store, afterwards: (executionId: string) => Promise<void>): Store {
  const bound = <Part extends object>(part: Part, changed: Partial<Part>): Part =>
    new Proxy(part, {
      get: (target, key) => {
        if (Object.hasOwn(changed, key)) return Reflect.get(changed, key) as unknown;
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  const executions = bound(store.executions, {
    find: async (executionId, scope) => {
      const found = await store.executions.find(executionId, scope);
      await afterwards(executionId);
      return found;
    },
  });
  return bound(store, { executions });
}

describe('the parent of a sub-workflow', () => {
  it('hears that an execution which stood still was cancelled, and why', async () => {
    const { waymark, result } = await started(parent(asking));
    await result;
    await waymark.executions.cancel('p.sub.1', { reason: 'no budget' });
    await until(isAt(waymark, 'p', 'failed'));
    expect((await waymark.executions.get('p')).error).toMatchObject({
      code: 'WAYMARK_CHILD_FAILED',
      message: 'sub: its execution p.sub.1 was cancelled: no budget.',
    });
  });

  it('goes on when an execution that somebody paused was resumed and has ended', async () => {
    const gate = deferred();
    const { waymark, result } = await started(parent(child({ a: () => gate.promise, b: () => ({}) }, { a: 'b' })));
    await settle();
    const paused = waymark.executions.pause('p.sub.1');
    gate.resolve();
    await paused;
    expect(await result).toMatchObject({ status: 'paused', reason: 'requested' });
    await (await waymark.executions.resume('p.sub.1')).result();
    await until(isAt(waymark, 'p', 'completed'));
  });

  it('stays where somebody paused it, though its child was resumed and has ended', async () => {
    const gate = deferred();
    const { waymark, result } = await started(parent(child({ a: () => gate.promise, b: () => ({}) }, { a: 'b' })));
    await settle();
    const paused = waymark.executions.pause('p');
    gate.resolve();
    await paused;
    await result;
    await (await waymark.executions.resume('p.sub.1')).result();
    await settle();
    expect(await waymark.executions.recover()).toStrictEqual([]);
    expect(await statusOf(waymark, 'p')).toBe('paused');
    expect(await (await waymark.executions.resume('p')).result()).toMatchObject({ status: 'completed' });
  });

  it('that goes on because of one child does not resume another one, which somebody paused', async () => {
    const gate = deferred();
    const held = defineWorkflow({
      id: 'held',
      version: '1',
      nodes: { a: task(() => gate.promise), b: task(() => ({})) },
      edges: { a: 'b' },
    });
    const { waymark, result } = await started(parent(asking, { other: subworkflow({ workflow: held }) }));
    await settle();
    const paused = waymark.executions.pause('p.other.1');
    gate.resolve();
    await paused;
    await result;
    await (await waymark.executions.approve('p.sub.1')).run?.result();
    await until(async () => (await waymark.executions.get('p')).completed.length === 2);
    await until(isAt(waymark, 'p', 'paused'));
    expect(await statusOf(waymark, 'p.other.1')).toBe('paused');
    await (await waymark.executions.resume('p.other.1')).result();
    await until(isAt(waymark, 'p', 'completed'));
  });

  it('reaches its child with every pause, not with the first alone', async () => {
    const gates = [deferred(), deferred(), deferred()];
    const begun: number[] = [];
    const run = (index: number) => (): Promise<void> | undefined => {
      begun.push(index);
      return gates[index]?.promise;
    };
    const { waymark } = await started(parent(child({ a: run(0), b: run(1), c: run(2) }, { a: 'b', b: 'c' })));
    for (const [index, gate] of gates.slice(0, 2).entries()) {
      await until(() => Promise.resolve(begun.length === index + 1));
      const paused = waymark.executions.pause('p');
      gate.resolve();
      expect(await paused).toMatchObject({ status: 'paused', reason: 'requested' });
      expect(await statusOf(waymark, 'p.sub.1')).toBe('paused');
      await waymark.executions.resume('p');
    }
    gates[2]?.resolve();
    await until(isAt(waymark, 'p', 'completed'));
    expect(begun).toStrictEqual([0, 1, 2]);
  });

  it('that fails ends the execution that it waits for', async () => {
    const gate = deferred();
    const bad = task(async () => {
      await gate.promise;
      throw new Error('bad');
    });
    const failing = await started(parent(asking, { bad }));
    await until(isAt(failing.waymark, 'p.sub.1', 'paused'));
    await settle();
    gate.resolve();
    expect((await failing.result).status).toBe('failed');
    await until(isAt(failing.waymark, 'p.sub.1', 'cancelled'));
  });

  it('that passes the node over ends the execution that it waits for', async () => {
    const { waymark, result } = await started(parent(asking));
    await result;
    const skipped = await waymark.executions.skipNode('p', { nodeId: 'sub' });
    expect((await skipped.result()).status).toBe('completed');
    await until(isAt(waymark, 'p.sub.1', 'cancelled'));
  });

  it('that goes back to before the node ends the execution that it waits for', async () => {
    const { waymark, result } = await started(parent(asking));
    await result;
    const [first] = await waymark.checkpoints.list('p');
    await waymark.executions.rollback('p', first?.id ?? '', { reason: 'wrong offer' });
    expect(await statusOf(waymark, 'p.sub.1')).toBe('cancelled');
    expect(await statusOf(waymark, 'p')).toBe('paused');
    expect((await (await waymark.executions.resume('p')).result()).status).toBe('paused');
    expect(await statusOf(waymark, 'p.sub.2')).toBe('paused');
  });

  it('that can not be told is reported, and found by recover', async () => {
    const store = new FaultyStore();
    const told: unknown[] = [];
    const waymark = await openWaymark({ executions: { onError: (error) => told.push(error) } }, store);
    await (await waymark.executions.start(parent(asking), {}, { executionId: 'p' })).result();
    store.unitOfWork.error = storeBroken;
    const tellsParent = store.unitOfWork.begun + 2;
    store.unitOfWork.fails = (transaction) => transaction === tellsParent;
    await waymark.executions.cancel('p.sub.1');
    await until(() => Promise.resolve(told.length === 1));
    expect(told).toMatchObject([{ code: storeBroken().code }]);
    expect(await statusOf(waymark, 'p')).toBe('paused');
    expect(await waymark.executions.recover()).toMatchObject([{ executionId: 'p', action: 'woken' }]);
  });

  it('goes on though its child ended elsewhere at the very moment at which it was about to stand still', async () => {
    const store = new FaultyStore();
    const processes = new Processes();
    const [look, looked] = [deferred(), deferred()];
    let isSlow = false;
    const slow = slowToFind(store, async (id) => {
      if (!isSlow || id !== 'p.sub.1') return;
      isSlow = false;
      looked.resolve();
      await look.promise;
    });
    const ours = await openWaymark({ identity: processes.identity('ours') }, slow);
    const theirs = await openWaymark({ identity: processes.identity('theirs') }, store);
    const long = deferred();
    theirs.executions.register(parent(asking, { long: task(() => long.promise) }));
    const workflow = parent(asking, { long: task(() => long.promise) });
    const run = await ours.executions.start(workflow, {}, { executionId: 'p' });
    await until(isAt(ours, 'p.sub.1', 'paused'));
    await settle();
    isSlow = true;
    long.resolve();
    await looked.promise;
    await (await theirs.executions.approve('p.sub.1')).run?.result();
    await settle();
    look.resolve();
    expect(await run.result()).toMatchObject({ status: 'paused', reason: 'approval' });
    await until(isAt(ours, 'p', 'completed'));
  });

  it('names the child to whoever answers the parent', async () => {
    const { waymark, result } = await started(parent(asking));
    await result;
    const error = await caught(waymark.executions.approve('p'));
    expect(error).toMatchObject({ code: 'WAYMARK_NOTHING_WAITS', details: { childExecutionId: 'p.sub.1' } });
    expect((error as { hint?: string }).hint).toContain('p.sub.1');
  });

  it('goes on with the same child where its node has another name now', async () => {
    let calls = 0;
    const counting = defineWorkflow({
      id: 'child',
      version: '1',
      nodes: { a: task(() => ({ a: (calls += 1) })), ok: signal({ name: 'ok' }) },
      edges: { a: 'ok' },
    });
    const named = (id: string): Workflow =>
      defineWorkflow({ id: 'parent', version: '1', nodes: { [id]: subworkflow({ workflow: counting }) }, edges: {} });
    const { waymark, result } = await started(named('old'));
    await result;
    waymark.executions.register(named('new'));
    const run = await waymark.executions.resume('p', { mapNodes: { old: 'new' } });
    expect((await run.result()).status).toBe('paused');
    await (await waymark.executions.signal('p.old.1', 'ok')).run?.result();
    await until(isAt(waymark, 'p', 'completed'));
    expect(calls).toBe(1);
    expect(await waymark.executions.list()).toHaveLength(2);
  });
});

describe('trying the node of a sub-workflow again', () => {
  it('starts another execution, and tells of the error as it was', async () => {
    let calls = 0;
    const flaky = child({
      work: () => {
        calls += 1;
        if (calls < 3) throw new TypeError(`no ${calls}`, { cause: new Error('deep') });
        return { calls };
      },
    });
    const { waymark, result } = await started(parent(flaky));
    expect(await result).toMatchObject({
      status: 'failed',
      error: {
        code: 'WAYMARK_CHILD_FAILED',
        cause: { name: 'TypeError', message: 'no 1', cause: { name: 'Error', message: 'deep' } },
      },
    });
    const second = await waymark.executions.retryNode('p', { nodeId: 'sub' });
    expect(await second.result()).toMatchObject({ status: 'failed', error: { cause: { message: 'no 2' } } });
    const third = await waymark.executions.retryNode('p', { nodeId: 'sub' });
    expect((await third.result()).status).toBe('completed');
    const ids = (await waymark.executions.list({ parentExecutionId: 'p' })).map(({ id, status }) => `${id} ${status}`);
    expect(ids.toSorted()).toStrictEqual(['p.sub.1 failed', 'p.sub.1-2 failed', 'p.sub.1-3 completed']);
  });

  it('takes what its execution came to where that was mended by itself', async () => {
    let calls = 0;
    const flaky = child({
      work: () => {
        calls += 1;
        if (calls === 1) throw new Error('once');
        return { calls };
      },
    });
    const { waymark, result } = await started(parent(flaky));
    await result;
    await (await waymark.executions.retryNode('p.sub.1', { nodeId: 'work' })).result();
    expect(await statusOf(waymark, 'p')).toBe('failed');
    const run = await waymark.executions.retryNode('p', { nodeId: 'sub' });
    expect((await run.result()).status).toBe('completed');
    expect(calls).toBe(2);
  });
});

describe('the id of an execution of a sub-workflow', () => {
  it('is another one for every node, whatever their names', async () => {
    const who = (name: string): Workflow =>
      defineWorkflow({ id: name, version: '1', nodes: { who: task(() => ({ who: name })) }, edges: {} });
    const part = (name: string): object => subworkflow({ workflow: who(name), into: name });
    const workflow = defineWorkflow({
      id: 'parent',
      version: '1',
      nodes: {
        'a.b': part('one'),
        a: group({ nodes: { b: part('two') as never }, edges: {} }),
        'a:b': part('three'),
        'a%3Ab': part('four'),
        m: map({ over: 'list', as: 'item', into: 'out', each: part('five') as never }),
        'm.body': part('six'),
        'm:body': part('seven'),
      } as never,
      edges: {},
    });
    const waymark = await openWaymark();
    const run = await waymark.executions.start(workflow, { list: [1, 2] }, { executionId: 'p' });
    expect((await run.result()).status).toBe('completed');
    const children = await waymark.executions.list({ parentExecutionId: 'p' });
    expect(children.map(({ id, workflowId }) => `${id} ${workflowId}`).toSorted()).toStrictEqual([
      'p.a%253Ab.1 four',
      'p.a%2Eb.1 one',
      'p.a%3Ab.1 three',
      'p.a:b.1 two',
      'p.m%2Ebody.1 six',
      'p.m%3Abody.1 seven',
      'p.m:body.1 five',
      'p.m:body.2 five',
    ]);
  });

  it('that somebody else has is told, and that execution is left alone', async () => {
    const other = defineWorkflow({ id: 'other', version: '1', nodes: { ok: approval() }, edges: {} });
    const waymark = await openWaymark();
    await (await waymark.executions.start(other, {}, { executionId: 'p.sub.1' })).result();
    const run = await waymark.executions.start(parent(asking), {}, { executionId: 'p' });
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_CHILD_TAKEN' } });
    expect(await statusOf(waymark, 'p.sub.1')).toBe('paused');
  });
});
