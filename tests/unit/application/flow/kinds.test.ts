import {
  decision,
  defineWorkflow,
  type ExecutionResult,
  type ExecutionSnapshot,
  expr,
  group,
  loop,
  map,
  type NodeContext,
  parallel,
  task,
  type Workflow,
} from '../../../../src/index.js';
import { deferred, settle } from '../../../support/deferred.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { story } from '../../../support/story.js';

const set = (key: string, value: unknown = 1) => task(() => ({ [key]: value }) as never);
const oops = task(() => {
  throw new Error('oops');
});
const hang = task(() => new Promise<never>(() => undefined));

function workflow(nodes: object, edges: object = {}): Workflow {
  return defineWorkflow({ id: 'flow', version: '1', nodes, edges } as never);
}

interface Ran {
  readonly result: ExecutionResult;
  /** What happened between the first checkpoint and the end. */
  readonly lines: readonly string[];
  readonly stored: ExecutionSnapshot;
  readonly state: object;
}

async function run(definition: Workflow, input: object = {}): Promise<Ran> {
  const waymark = await openWaymark();
  const handle = await waymark.executions.start(definition, input);
  const result = await handle.result();
  const lines = await story(waymark, handle.id);
  const stored = await waymark.executions.get(handle.id);
  const state = await waymark.checkpoints.state(stored.headCheckpointId);
  await waymark.close();
  return { result, lines: lines.slice(2, -1), stored, state };
}

describe('a group', () => {
  it('is begun before what is in it, and done when all of that is', async () => {
    const inner = group({ nodes: { a: set('a'), b: set('b') }, edges: { a: 'b' } });
    const { lines, state, result } = await run(workflow({ g: inner, end: set('end') }, { g: 'end' }));
    expect(lines).toStrictEqual([
      'started g',
      'started g/a',
      'completed g/a',
      'checkpoint exit g/a',
      'started g/b',
      'completed g/b',
      'completed g',
      'checkpoint exit g/b',
      'started end',
      'completed end',
      'checkpoint exit end',
    ]);
    expect(state).toStrictEqual({ a: 1, b: 1, end: 1 });
    expect(result).toMatchObject({ status: 'completed', output: { end: 1 } });
  });
});

describe('a decision', () => {
  const graph = {
    d: ['high', 'low'],
    high: 'after',
    after: 'join',
    low: 'join',
  };
  const rest = { high: set('high'), low: set('low'), after: set('after'), join: set('join') };
  const byCases = decision({ cases: [{ when: 'state.n > 3', to: 'high' }], otherwise: 'low' });

  it('by cases skips what it does not choose, and what only that leads to', async () => {
    const { lines, stored } = await run(workflow({ d: byCases, ...rest }, graph), { n: 2 });
    expect(lines).toStrictEqual([
      'started d',
      'completed d',
      'skipped high: d chose low [state.n > 3]',
      'skipped after: high was skipped',
      'checkpoint exit d',
      'started low',
      'completed low',
      'checkpoint exit low',
      'started join',
      'completed join',
      'checkpoint exit join',
    ]);
    expect(stored.progress).toStrictEqual({ skipped: ['high', 'after'], choices: { d: ['low'] }, open: [] });
  });

  it('is taken anew by who goes back to before it, with the state of then', async () => {
    const waymark = await openWaymark();
    const first = await waymark.executions.start(workflow({ a: set('a'), d: byCases, ...rest }, { a: 'd', ...graph }), {
      n: 2,
    });
    await first.result();
    const before = (await waymark.checkpoints.list(first.id)).find(({ nodeId }) => nodeId === 'a');
    await waymark.executions.rollback(first.id, before?.id ?? '', { statePatch: { n: 9 } });
    const result = await (await waymark.executions.resume(first.id)).result();
    expect(result.status).toBe('completed');
    const { completed } = await waymark.executions.get(first.id);
    expect(completed.map(({ nodeId }) => nodeId)).toStrictEqual(['a', 'd', 'high', 'after', 'join']);
  });

  it('by a function may choose several, or nothing, after some work', async () => {
    const both = decision({ choose: async () => ['high', 'low'] });
    expect((await run(workflow({ d: both, ...rest }, graph))).state).toStrictEqual({
      high: 1,
      low: 1,
      after: 1,
      join: 1,
    });
    const none = decision({ choose: () => [] });
    const { stored, result } = await run(workflow({ d: none, ...rest }, graph));
    expect(stored.progress?.skipped).toStrictEqual(['high', 'low', 'after', 'join']);
    expect(result).toMatchObject({ status: 'completed', output: {} });
  });

  it('fails where it chooses what does not follow, where no case holds, and where a case is neither true nor false', async () => {
    const failing = [
      decision({ choose: () => 'join' }),
      decision({ cases: [{ when: () => false, to: 'low' }] }),
      decision({ cases: [{ when: (() => Promise.resolve(true)) as never, to: 'low' }] }),
      decision({ cases: [{ when: 'state.missing > 1', to: 'low' }] }),
    ];
    const ran = await Promise.all(failing.map(async (d) => run(workflow({ d, ...rest }, graph))));
    expect(ran.map(({ result }) => (result as { error?: { code?: string } }).error?.code)).toStrictEqual([
      'WAYMARK_UNKNOWN_CHOICE',
      'WAYMARK_CONDITION_FAILED',
      'WAYMARK_CONDITION_FAILED',
      'WAYMARK_CONDITION_FAILED',
    ]);
    expect(ran[2]?.lines).toStrictEqual(['started d', 'failed d', 'checkpoint error d']);
  });
});

describe('a loop', () => {
  const counting = task(({ state, iteration }) => ({ n: Number(state['n']) + 1, pass: iteration ?? 0 }));

  it('asks until after each pass, with the state of then', async () => {
    const { lines, state, stored } = await run(
      workflow({ l: loop({ body: counting, until: expr('state.n >= 2'), maxIterations: 5 }) }),
      { n: 0 },
    );
    expect(lines).toStrictEqual([
      'started l',
      'started l/body',
      'completed l/body',
      'checkpoint exit l/body',
      'started l/body#2',
      'completed l/body#2',
      'checkpoint exit l/body#2',
      'completed l',
      'checkpoint exit l',
    ]);
    expect(state).toStrictEqual({ n: 2, pass: 2 });
    expect(stored.occurrences).toStrictEqual({ l: 1, 'l/body': 2 });
  });

  it('asks while before each pass: there may be none', async () => {
    const definition = workflow({
      l: loop({ body: counting, while: ({ state }) => Number(state['n']) < 2, maxIterations: 5 }),
    });
    expect((await run(definition, { n: 1 })).state).toMatchObject({ n: 2 });
    const { lines } = await run(definition, { n: 2 });
    expect(lines).toStrictEqual(['started l', 'completed l', 'checkpoint exit l']);
  });

  it('fails when it is not done after as many passes as it may take, and goes on once its condition holds', async () => {
    const waymark = await openWaymark();
    const endless = workflow({ l: loop({ body: counting, until: expr('state.done'), maxIterations: 2 }) });
    const first = await waymark.executions.start(endless, { n: 0, done: false });
    const failed = await first.result();
    expect(failed).toMatchObject({ status: 'failed', nodeId: 'l', error: { code: 'WAYMARK_LOOP_LIMIT' } });
    if (failed.status !== 'failed') throw new Error(failed.status);
    const back = await waymark.executions.rollback(first.id, failed.checkpointId, { statePatch: { done: true } });
    expect(back.nextNodeIds).toStrictEqual(['l']);
    expect((await (await waymark.executions.resume(first.id)).result()).status).toBe('completed');
    expect((await waymark.executions.get(first.id)).occurrences).toStrictEqual({ l: 2, 'l/body': 2 });
  });
});

describe('a parallel node', () => {
  it('fails at once with a branch, ends the others, and goes on with what is not done', async () => {
    const calls: string[] = [];
    let broken = true;
    const called = (name: string, work: () => unknown) =>
      task(() => {
        calls.push(name);
        return work() as never;
      });
    const branches = {
      a: called('a', () => ({ a: 1 })),
      b: called('b', () => {
        if (broken) throw new Error('oops');
        return { b: 1 };
      }),
      c: called('c', () => (broken ? new Promise(() => undefined) : { c: 1 })),
    };
    const waymark = await openWaymark();
    const handle = await waymark.executions.start(workflow({ p: parallel({ branches }), z: set('z') }, { p: 'z' }));
    const failed = await handle.result();
    expect(failed).toMatchObject({ status: 'failed', nodeId: 'p/b', error: { message: 'oops' } });
    expect((await story(waymark, handle.id)).slice(2)).toStrictEqual([
      'started p',
      'started p/a',
      'started p/b',
      'started p/c',
      'completed p/a',
      'checkpoint exit p/a',
      'failed p/b',
      'cancelled p/c: p/b failed',
      'failed p',
      'checkpoint error p/b',
      'execution.failed p/b',
    ]);
    broken = false;
    if (failed.status !== 'failed') throw new Error(failed.status);
    await waymark.executions.rollback(handle.id, failed.checkpointId);
    const after = (await waymark.log.head()).size - 1;
    expect(await (await waymark.executions.resume(handle.id)).result()).toMatchObject({ status: 'completed' });
    expect((await story(waymark, handle.id, after)).slice(1)).toStrictEqual([
      'started p#2',
      'started p/b#2',
      'started p/c#2',
      'completed p/b#2',
      'checkpoint exit p/b#2',
      'completed p/c#2',
      'completed p#2',
      'checkpoint exit p/c#2',
      'started z',
      'completed z',
      'checkpoint exit z',
      'execution.completed',
    ]);
    expect(calls).toStrictEqual(['a', 'b', 'c', 'b', 'c']);
  });

  it('lets all branches settle before it fails, when it collects', async () => {
    const slow = deferred();
    const branches = { bad: oops, slow: task(() => slow.promise.then(() => ({ slow: 1 }))) };
    const waymark = await openWaymark();
    const handle = await waymark.executions.start(workflow({ p: parallel({ branches, onFailure: 'collect' }) }));
    await settle();
    expect((await waymark.executions.get(handle.id)).status).toBe('running');
    slow.resolve();
    expect(await handle.result()).toMatchObject({ status: 'failed', nodeId: 'p/bad' });
    expect((await waymark.executions.get(handle.id)).completed).toStrictEqual([{ nodeId: 'p/slow', occurrence: 1 }]);
  });

  it('is done with the first branch, and ends the others, when any will do', async () => {
    const branches = { bad: oops, hang, quick: set('quick') };
    const { lines, result } = await run(workflow({ p: parallel({ branches, join: 'any' }) }));
    expect(lines).toStrictEqual([
      'started p',
      'started p/bad',
      'started p/hang',
      'started p/quick',
      'failed p/bad',
      'completed p/quick',
      'cancelled p/hang: enough branches have succeeded',
      'completed p',
      'checkpoint exit p/quick',
    ]);
    expect(result).toMatchObject({ status: 'completed', output: { quick: 1 } });
  });

  it('fails once not enough branches can succeed', async () => {
    const branches = { bad: oops, worse: oops, hang };
    const { result, lines } = await run(workflow({ p: parallel({ branches, join: { atLeast: 2 } }) }));
    expect(result).toMatchObject({ status: 'failed', nodeId: 'p/bad' });
    expect(lines.slice(4)).toStrictEqual([
      'failed p/bad',
      'failed p/worse',
      'cancelled p/hang: p/bad failed',
      'failed p',
      'checkpoint error p/bad',
    ]);
  });
});

describe('a map', () => {
  const double = task<{ item: number; d?: number }>(({ state }) => ({ d: state.item * 2 }));

  it('keeps for each item what its nodes returned, and works on as many at once as it may', async () => {
    const each = {
      nodes: { a: double, b: task<{ d: number; e?: number }>(({ state }) => ({ e: state.d + 1 })) },
      edges: { a: 'b' },
    };
    const { lines, state, result } = await run(
      workflow({ m: map({ over: 'xs', each: each as never, into: 'out', concurrency: 1 }) }),
      { xs: [1, 2] },
    );
    expect(lines).toStrictEqual([
      'started m',
      'checkpoint entry m',
      'started m/a',
      'completed m/a',
      'checkpoint exit m/a',
      'started m/b',
      'completed m/b',
      'checkpoint exit m/b',
      'started m/a#2',
      'completed m/a#2',
      'checkpoint exit m/a#2',
      'started m/b#2',
      'completed m/b#2',
      'completed m',
      'checkpoint exit m/b#2',
    ]);
    const out = [
      { d: 2, e: 3 },
      { d: 4, e: 5 },
    ];
    expect(state).toStrictEqual({ xs: [1, 2], out });
    expect(result).toMatchObject({ output: { out } });
  });

  it('fills its list in the order of the items, whoever ends first', async () => {
    const gates = [deferred(), deferred(), deferred()];
    const seen: unknown[] = [];
    const each = task(async ({ item, index, state }: NodeContext) => {
      seen.push([item, index, state['it'], Object.keys(state)]);
      await gates[index ?? 0]?.promise;
      return { done: item ?? null };
    });
    const waymark = await openWaymark();
    const handle = await waymark.executions.start(
      workflow({ m: map({ over: expr('state.xs'), as: 'it', each, into: 'out' }) }),
      { xs: ['a', 'b', 'c'] },
    );
    for (const gate of gates.toReversed()) {
      gate.resolve();
      await settle();
    }
    await handle.result();
    const { headCheckpointId } = await waymark.executions.get(handle.id);
    expect((await waymark.checkpoints.state(headCheckpointId))['out']).toStrictEqual([
      { done: 'a' },
      { done: 'b' },
      { done: 'c' },
    ]);
    expect(seen).toStrictEqual([
      ['a', 0, 'a', ['xs', 'out', 'it']],
      ['b', 1, 'b', ['xs', 'out', 'it']],
      ['c', 2, 'c', ['xs', 'out', 'it']],
    ]);
  });

  it('of nothing is done at once, with an empty list', async () => {
    const { lines, state } = await run(workflow({ m: map({ over: () => [], each: double as never, into: 'out' }) }));
    expect(lines).toStrictEqual(['started m', 'completed m', 'checkpoint exit m']);
    expect(state).toStrictEqual({ out: [] });
  });

  it('fails where there is no list', async () => {
    const { result } = await run(workflow({ m: map({ over: 'xs', each: double as never, into: 'out' }) }), { xs: 5 });
    expect(result).toMatchObject({ status: 'failed', nodeId: 'm', error: { code: 'WAYMARK_CONDITION_FAILED' } });
  });

  it('that collects does the other items, and goes on with the one that failed', async () => {
    let broken = true;
    const calls: unknown[] = [];
    const each = task(({ item }: NodeContext) => {
      calls.push(item);
      if (broken && item === 2) throw new Error('oops');
      return { ok: item ?? null };
    });
    const waymark = await openWaymark();
    const definition = workflow({ m: map({ over: 'xs', each, into: 'out', onFailure: 'collect', concurrency: 1 }) });
    const handle = await waymark.executions.start(definition, { xs: [1, 2, 3] });
    const failed = await handle.result();
    if (failed.status !== 'failed') throw new Error(failed.status);
    broken = false;
    const back = await waymark.executions.rollback(handle.id, failed.checkpointId);
    expect(back.nextNodeIds).toStrictEqual(['m[1]/body']);
    const result = await (await waymark.executions.resume(handle.id)).result();
    expect(result).toMatchObject({ status: 'completed', output: { out: [{ ok: 1 }, { ok: 2 }, { ok: 3 }] } });
    expect(calls).toStrictEqual([1, 2, 3, 2]);
  });

  it('tells two nodes of one item that set the same key', async () => {
    const gate = deferred();
    const set1 = task(() => ({ key: 'one' }));
    const set2 = task(() => gate.promise.then(() => ({ key: 'two' })));
    const each = parallel({ branches: { set1, set2 } });
    const waymark = await openWaymark();
    const handle = await waymark.executions.start(workflow({ m: map({ over: 'xs', each, into: 'out' }) }), { xs: [1] });
    await settle();
    gate.resolve();
    expect(await handle.result()).toMatchObject({ status: 'failed', error: { code: 'WAYMARK_STATE_CONFLICT' } });
  });
});

describe('an expression that can not be read', () => {
  it('is a problem of the definition, told before anything is started', async () => {
    const waymark = await openWaymark();
    const broken = workflow({ l: loop({ body: set('a'), until: expr('state.n >'), maxIterations: 2 }) });
    await expect(waymark.executions.start(broken)).rejects.toMatchObject({
      code: 'WAYMARK_INVALID_WORKFLOW',
      message: expect.stringContaining('the condition until of the node "l"'),
    });
    expect(() => waymark.executions.register(broken)).toThrow('until');
    expect(await waymark.executions.list()).toStrictEqual([]);
  });
});

describe('a node that pauses on failure', () => {
  it('lets the execution stand still before it, and is tried again when that goes on', async () => {
    let broken = true;
    const flaky = task({
      onFailure: 'pause',
      run: () => {
        if (broken) throw new Error('oops');
        return { flaky: 1 };
      },
    });
    const waymark = await openWaymark();
    const handle = await waymark.executions.start(workflow({ g: group({ nodes: { flaky }, edges: {} }) }));
    expect(await handle.result()).toMatchObject({ status: 'paused', reason: 'error', nextNodeIds: ['g/flaky'] });
    broken = false;
    expect(await (await waymark.executions.resume(handle.id)).result()).toMatchObject({ status: 'completed' });
  });
});
