import { z } from 'zod';
import { defineWorkflow, type NodeContext, runWithContext, task } from '../../../src/index.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { deal } from '../../support/deals.js';
import { happened, payloadOf, statesOf } from '../../support/happened.js';
import { lastPosition, openWaymark } from '../../support/open-waymark.js';
import { chain, workflow } from '../../support/workflows.js';

const NODE = [
  'node.started',
  'checkpoint.node_boundary_recorded',
  'node.completed',
  'checkpoint.created',
  'checkpoint.node_boundary_recorded',
];

describe('start', () => {
  it('records every step of a run, in this order', async () => {
    const waymark = await openWaymark();
    const { result, types } = await happened(waymark, async () =>
      (await waymark.executions.start(chain(), { x: 1 })).result(),
    );
    expect(result).toMatchObject({ status: 'completed', output: { c: 1 } });
    expect(types).toStrictEqual([
      'execution.started',
      'checkpoint.created',
      ...NODE,
      ...NODE,
      ...NODE,
      'execution.completed',
    ]);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
  });

  it('keeps the state after each node, each with what went before', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), { x: 1 });
    await run.result();
    expect(await statesOf(waymark, run.id)).toStrictEqual([
      ['auto', { x: 1 }],
      ['exit a', { x: 1, a: 1 }],
      ['exit b', { x: 1, a: 1, b: 1 }],
      ['exit c', { x: 1, a: 1, b: 1, c: 1 }],
    ]);
    expect(await waymark.executions.get(run.id)).toMatchObject({
      status: 'completed',
      owner: null,
      nodesExecuted: 3,
      checkpointsCreated: 4,
      output: { c: 1 },
    });
  });

  it('is durable before any work begins', async () => {
    const waymark = await openWaymark();
    const seen: unknown[] = [];
    const look = async ({ executionId, nodeId }: NodeContext): Promise<void> => {
      const { status, running, owner } = await waymark.executions.get(executionId);
      const [started] = await waymark.log.query({ executionId, types: ['node.started'] }, { order: 'desc', limit: 1 });
      const payload = started?.event.payload as { nodeId: string } | undefined;
      seen.push([status, running[0]?.nodeId, owner !== null, payload?.nodeId === nodeId]);
    };
    await (await waymark.executions.start(chain({ a: look, b: look }))).result();
    expect(seen).toStrictEqual([
      ['running', 'a', true, true],
      ['running', 'b', true, true],
    ]);
  });

  it('ties events together: one correlation, causes that come earlier, one actor', async () => {
    const waymark = await openWaymark();
    const { entries } = await happened(waymark, async () =>
      (await waymark.executions.start(chain(), {}, { actor: 'user:ada', correlationId: 'order-7' })).result(),
    );
    const earlier = new Set<string | undefined>([undefined]);
    for (const { event } of entries) {
      expect(event.context).toMatchObject({ actor: 'user:ada', correlationId: 'order-7' });
      expect(earlier).toContain(event.context.causationId);
      earlier.add(event.id);
    }
    expect(entries.filter(({ event }) => event.context.causationId === undefined)).toHaveLength(1);
  });

  it('takes the correlation of its surroundings, or its own id', async () => {
    const waymark = await openWaymark();
    const inside = await runWithContext({ correlationId: 'outer' }, () => waymark.executions.start(chain()));
    const outside = await waymark.executions.start(chain(), {}, { executionId: 'mine' });
    expect((await waymark.executions.get(inside.id)).correlationId).toBe('outer');
    expect((await waymark.executions.get('mine')).correlationId).toBe('mine');
    await Promise.all([inside.result(), outside.result()]);
  });

  it("gives a node's own events the correlation of the run and node.started as their cause", async () => {
    const waymark = await openWaymark();
    const work = { a: () => waymark.bus.publish(deal('from a')) };
    const { entries } = await happened(waymark, async () => {
      const run = await waymark.executions.start(chain(work), {}, { actor: 'user:ada' });
      await run.result();
      await waymark.flush();
      return run;
    });
    const made = entries.find(({ event }) => event.type === 'deal.created')?.event;
    const started = entries.find(({ event }) => event.type === 'node.started')?.event;
    expect(made?.context).toMatchObject({ causationId: started?.id, actor: 'user:ada' });
    expect(made?.context.correlationId).toBe(started?.context.correlationId);
  });

  it('gives work its input, a frozen state, its place, and a key that stays the same', async () => {
    const waymark = await openWaymark();
    const contexts: NodeContext[] = [];
    const input = { rows: [1] };
    const run = await waymark.executions.start(chain({ b: (context) => void contexts.push(context) }), input);
    input.rows.push(2);
    await run.result();
    expect(contexts[0]).toMatchObject({ input: { rows: [1] }, nodeId: 'b', occurrence: 1, attempt: 1 });
    expect(contexts[0]?.idempotencyKey).toBe(`${run.id}/b/1`);
    expect(() => Object.assign(contexts[0]?.state as object, { x: 1 })).toThrow(TypeError);
  });

  it('records progress between start and end, and refuses nonsense', async () => {
    const waymark = await openWaymark();
    const work = { a: ({ progress }: NodeContext) => progress(0.5, 'half') };
    const { entries, types } = await happened(waymark, async () =>
      (await waymark.executions.start(workflow('one', ['a'], {}, work))).result(),
    );
    expect(types.slice(2, 6)).toStrictEqual([NODE[0], NODE[1], 'node.progressed', 'node.completed']);
    expect(payloadOf(entries, 'node.progressed')).toMatchObject({ fraction: 0.5, message: 'half' });
    const wrong = { a: ({ progress }: NodeContext) => progress(5) };
    const failed = await (await waymark.executions.start(workflow('one', ['a'], {}, wrong))).result();
    expect(failed).toMatchObject({ status: 'failed', error: { name: 'InvalidEventError' } });
  });

  it('ends with the output that the workflow makes, or with what its last nodes returned', async () => {
    const waymark = await openWaymark();
    const ends = workflow('ends', ['a', 'x', 'y'], { a: ['x', 'y'] });
    expect(await (await waymark.executions.start(ends)).result()).toMatchObject({ output: { x: 1, y: 1 } });
    const made = defineWorkflow<{ n: number }>({
      id: 'made',
      version: '1',
      nodes: { a: task(({ state }) => ({ n: state.n + 1 })) },
      edges: {},
      output: ({ n }) => [n],
    });
    expect(await (await waymark.executions.start(made, { n: 1 })).result()).toMatchObject({ output: [2] });
  });

  // Made of nothing but JSON, and yet deeper than an event can hold: the run must end, not hang as running.
  it.each<[string, () => unknown]>([
    ['throws', () => (undefined as never as { x: number }).x],
    ['is a promise', () => Promise.resolve(1)],
    ['is nothing', () => undefined],
    ['nests as deep as JSON may', () => JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`)],
  ])('fails when the output %s', async (_, output) => {
    const waymark = await openWaymark();
    const nodes = { a: task(() => undefined) };
    const run = await waymark.executions.start(
      defineWorkflow({ id: 'w', version: '1', nodes, edges: {}, output: output as never }),
    );
    expect(await run.result()).toMatchObject({ status: 'failed', nodeId: null });
    expect(await waymark.executions.get(run.id)).toMatchObject({ status: 'failed', owner: null });
  });
});

describe('start refuses, and records nothing', () => {
  const typed = defineWorkflow({
    id: 'typed',
    version: '1',
    input: z.object({ name: z.string(), age: z.number().default(1) }),
    nodes: { a: task(() => undefined) },
    edges: {},
  });

  it('an input that the schema of the workflow refuses, naming its fields', async () => {
    const waymark = await openWaymark();
    const error = await caughtWaymark(waymark.executions.start(typed, { name: 5, age: 'x' }));
    expect(error.code).toBe('WAYMARK_INVALID_INPUT');
    expect(error.details['fields']).toStrictEqual(['name', 'age']);
    expect(await lastPosition(waymark)).toBe(-1);
  });

  it.each<[string, string, (start: (...args: never[]) => Promise<unknown>) => Promise<unknown>]>([
    ['an input that is not JSON', 'WAYMARK_NOT_JSON', (start) => start(...([chain(), { d: new Date() }] as never[]))],
    ['an input that is no object', 'WAYMARK_NOT_JSON', (start) => start(...([chain(), [1]] as never[]))],
    [
      'an unknown breakpoint',
      'WAYMARK_UNKNOWN_NODE',
      (start) => start(...([chain(), {}, { breakpoints: ['x'] }] as never[])),
    ],
    ['a malformed id', 'WAYMARK_INVALID_ID', (start) => start(...([chain(), {}, { executionId: 'a\n' }] as never[]))],
    ['a malformed actor', 'WAYMARK_INVALID_ID', (start) => start(...([chain(), {}, { actor: '' }] as never[]))],
    [
      'a malformed correlation',
      'WAYMARK_INVALID_ID',
      (start) => start(...([chain(), {}, { correlationId: '' }] as never[])),
    ],
    ['what is no workflow', 'WAYMARK_INVALID_ARGUMENT', (start) => start(...([{ id: 'w' }] as never[]))],
  ])('%s', async (_, code, attempt) => {
    const waymark = await openWaymark();
    const start = waymark.executions.start.bind(waymark.executions) as (...args: never[]) => Promise<unknown>;
    expect(await codeOf(attempt(start))).toBe(code);
    expect(await lastPosition(waymark)).toBe(-1);
    expect(await waymark.executions.list()).toStrictEqual([]);
  });

  it('fills in the defaults of the schema otherwise', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(typed, { name: 'Ada' });
    expect((await waymark.executions.get(run.id)).input).toStrictEqual({ name: 'Ada', age: 1 });
    await run.result();
  });

  it('an id that is taken, leaving its owner alone', async () => {
    const waymark = await openWaymark();
    const first = await waymark.executions.start(chain(), { mine: true }, { executionId: 'taken' });
    await first.result();
    const before = JSON.stringify([await waymark.executions.get('taken'), await waymark.checkpoints.tree('taken')]);
    const size = await lastPosition(waymark);
    expect(await codeOf(waymark.executions.start(chain(), {}, { executionId: 'taken' }))).toBe(
      'WAYMARK_VERSION_CONFLICT',
    );
    expect(await lastPosition(waymark)).toBe(size);
    expect(JSON.stringify([await waymark.executions.get('taken'), await waymark.checkpoints.tree('taken')])).toBe(
      before,
    );
  });
});
