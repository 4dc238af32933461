import { defineWorkflow, map, type NodeContext, task, type Waymark, type Workflow } from '../../../../src/index.js';
import { caughtWaymark, codeOf } from '../../../support/caught.js';
import { happened, payloadOf } from '../../../support/happened.js';
import { openWaymark } from '../../../support/open-waymark.js';
import { chain, workflow } from '../../../support/workflows.js';

/** What b was run as, each time; it fails as often as it is told. */
interface Flaky {
  readonly workflow: Workflow;
  readonly tries: string[];
}

/** a → (b, d) → c, in which b fails so many times. */
function flaky(failures: number, beside: () => unknown = () => ({ d: 1 })): Flaky {
  const tries: string[] = [];
  const b = ({ idempotencyKey, attempt, occurrence }: NodeContext): unknown => {
    tries.push(idempotencyKey);
    if (tries.length <= failures) throw new TypeError('no');
    return { b: `${occurrence}/${attempt}` };
  };
  const edges = { a: ['b', 'd'], b: 'c', d: 'c' };
  return { workflow: workflow('flaky', ['a', 'b', 'c', 'd'], edges, { b, d: beside }), tries };
}

async function ended(waymark: Waymark, definition: Workflow, input: object = {}): Promise<string> {
  const run = await waymark.executions.start(definition, input);
  await run.result();
  return run.id;
}

describe('retryNode', () => {
  it('tries the same occurrence again, with the same idempotency key, and leaves alone what was done beside it', async () => {
    const waymark = await openWaymark();
    let besides = 0;
    const { workflow: definition, tries } = flaky(1, () => ({ d: (besides += 1) }));
    const id = await ended(waymark, definition);
    const run = await waymark.executions.retryNode(id, { nodeId: 'b', occurrence: 1 }, { reason: 'the line is back' });
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(tries).toStrictEqual([`${id}/b/1`, `${id}/b/1`]);
    expect(besides).toBe(1);
    const { headCheckpointId, occurrences, completed } = await waymark.executions.get(id);
    expect(await waymark.checkpoints.state(headCheckpointId)).toStrictEqual({ a: 1, d: 1, b: '1/2', c: 1 });
    expect(occurrences).toMatchObject({ b: 1, d: 1 });
    expect(completed.filter(({ nodeId }) => nodeId === 'b')).toStrictEqual([{ nodeId: 'b', occurrence: 1 }]);
  });

  it('tells of the rollback that it takes, over nothing that is tried again', async () => {
    const waymark = await openWaymark();
    const id = await ended(waymark, flaky(1).workflow);
    const { entries } = await happened(waymark, async () =>
      (await waymark.executions.retryNode(id, { nodeId: 'b' }, { reason: 'again' })).result(),
    );
    expect(payloadOf(entries, 'checkpoint.rollback_completed')).toMatchObject({ rolledBackNodes: [], compensated: 0 });
    expect(payloadOf(entries, 'execution.resumed')).toMatchObject({ nodeIds: ['b'], reason: 'again' });
  });

  it('tries again as often as it is asked to, and what failed beside it too', async () => {
    const waymark = await openWaymark();
    let besides = 0;
    const both = flaky(2, () => {
      besides += 1;
      if (besides === 1) throw new TypeError('no');
      return { d: besides };
    });
    const id = await ended(waymark, both.workflow);
    expect(await (await waymark.executions.retryNode(id, { nodeId: 'd' })).result()).toMatchObject({
      status: 'failed',
    });
    expect(await (await waymark.executions.retryNode(id, { nodeId: 'b' })).result()).toMatchObject({
      status: 'completed',
    });
    expect([both.tries.length, besides]).toStrictEqual([3, 2]);
  });

  it('names what failed when another node is named', async () => {
    const waymark = await openWaymark();
    const id = await ended(waymark, flaky(1).workflow);
    for (const node of [{ nodeId: 'a' }, { nodeId: 'b', occurrence: 2 }, { nodeId: 'no-such' }]) {
      const { result: error, types } = await happened(waymark, () =>
        caughtWaymark(waymark.executions.retryNode(id, node)),
      );
      expect(error.code).toBe('WAYMARK_NODE_NOT_FAILED');
      expect(error.hint).toContain('b (occurrence 1)');
      expect(types).toStrictEqual([]);
    }
  });
});

describe('skipNode', () => {
  it('goes on as if a node that failed were done, with the result that is given', async () => {
    const waymark = await openWaymark();
    const { workflow: definition, tries } = flaky(1);
    const id = await ended(waymark, definition);
    const { result, entries } = await happened(waymark, async () =>
      (
        await waymark.executions.skipNode(id, { nodeId: 'b', output: { b: 'by hand' } }, { reason: 'done by hand' })
      ).result(),
    );
    expect(result).toMatchObject({ status: 'completed', output: { c: 1 } });
    expect(payloadOf(entries, 'node.skipped')).toMatchObject({ nodeId: 'b', reason: 'done by hand' });
    expect(tries).toHaveLength(1);
    const { headCheckpointId } = await waymark.executions.get(id);
    expect(await waymark.checkpoints.state(headCheckpointId)).toStrictEqual({ a: 1, b: 'by hand', c: 1, d: 1 });
  });

  it('passes over a node that is yet to run, the last one included', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['c'] });
    await run.result();
    const skipped = await waymark.executions.skipNode(run.id, { nodeId: 'c', output: { c: 'none' } });
    expect(await skipped.result()).toStrictEqual({
      status: 'completed',
      executionId: run.id,
      output: { c: 'none' },
    });
  });

  it('stops at the breakpoints behind the node', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b', 'c'] });
    await run.result();
    const skipped = await waymark.executions.skipNode(run.id, { nodeId: 'b' });
    expect(await skipped.result()).toMatchObject({ status: 'paused', reason: 'breakpoint', nextNodeIds: ['c'] });
  });

  it('names what is open when another node is named, and the addresses where several are of one id', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(chain(), {}, { breakpoints: ['b'] });
    await run.result();
    const error = await caughtWaymark(waymark.executions.skipNode(run.id, { nodeId: 'a' }));
    expect(error).toMatchObject({ code: 'WAYMARK_NODE_NOT_OPEN', hint: 'These are: b.' });
    const each = defineWorkflow<{ items: number[]; out?: unknown }>({
      id: 'each',
      version: '1',
      nodes: {
        each: map({ over: 'items', each: task(({ item }) => ({ twice: Number(item) * 2 })), into: 'out' }),
      },
      edges: {},
    });
    const mapped = await waymark.executions.start(each, { items: [1, 2] }, { breakpoints: ['each/body'] });
    expect(await mapped.result()).toMatchObject({ status: 'paused' });
    const ambiguous = await caughtWaymark(waymark.executions.skipNode(mapped.id, { nodeId: 'each/body' }));
    expect(ambiguous).toMatchObject({
      code: 'WAYMARK_NODE_AMBIGUOUS',
      details: { addresses: ['each[0]/body', 'each[1]/body'] },
    });
    const one = { nodeId: 'each[1]/body', output: { twice: 'by hand' } };
    const result = await (await waymark.executions.skipNode(mapped.id, one)).result();
    expect(result).toMatchObject({ status: 'completed', output: { out: [{ twice: 2 }, { twice: 'by hand' }] } });
  });
});

describe('restart', () => {
  it('runs the input of the original on the definition that is loaded now', async () => {
    const waymark = await openWaymark();
    const id = await ended(waymark, flaky(9).workflow, { n: 7 });
    const mended = workflow('flaky', ['a', 'z'], { a: 'z' });
    waymark.executions.register(mended);
    const again = await waymark.executions.restart(id, { reason: 'mended', label: 'second try', executionId: 'again' });
    expect(await again.result()).toMatchObject({ status: 'completed', executionId: 'again' });
    expect(await waymark.executions.get('again')).toMatchObject({
      parentExecutionId: id,
      input: { n: 7 },
      label: 'second try',
      correlationId: id,
      workflowHash: mended.graph.hash,
      sourceCheckpointId: null,
    });
    expect(await codeOf(waymark.executions.restart(id, { executionId: 'again' }))).toBe('WAYMARK_VERSION_CONFLICT');
  });
});

describe('label', () => {
  it('names an execution while it runs, which goes on undisturbed', async () => {
    const waymark = await openWaymark();
    const run = await waymark.executions.start(
      chain({ b: async () => void (await waymark.executions.label(run.id, 'in the middle')) }),
    );
    expect(await run.result()).toMatchObject({ status: 'completed' });
    expect(await waymark.executions.get(run.id)).toMatchObject({ label: 'in the middle', status: 'completed' });
    const { types } = await happened(waymark, () => waymark.executions.label(run.id, 'in the middle'));
    expect(types).toStrictEqual([]);
    expect(await waymark.executions.label(run.id, null)).toStrictEqual({ executionId: run.id, label: null });
    expect(await codeOf(waymark.executions.label(run.id, ''))).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});

describe('a batch', () => {
  it('reports each execution in its order; one that fails stops no other', async () => {
    const waymark = await openWaymark();
    const ids: string[] = [];
    for (const breakpoints of [['b'], [], ['c']]) {
      const run = await waymark.executions.start(chain(), {}, { breakpoints });
      await run.result();
      ids.push(run.id);
    }
    const items = [...ids, 'no-such'].map((executionId) => ({ executionId }));
    const outcomes = await waymark.executions.batch('cancel', items, { reason: 'enough', actor: 'user:ada' });
    expect(outcomes).toMatchObject([
      { executionId: ids[0], ok: true, value: { status: 'cancelled', reason: 'enough' } },
      { executionId: ids[1], ok: false, error: { code: 'WAYMARK_ILLEGAL_TRANSITION' } },
      { executionId: ids[2], ok: true },
      { executionId: 'no-such', ok: false, error: { code: 'WAYMARK_EXECUTION_NOT_FOUND' } },
    ]);
  });

  it('does so many at once, and begins with no other one when its signal aborts', async () => {
    const waymark = await openWaymark();
    let [running, most] = [0, 0];
    const stop = new AbortController();
    const slow = chain({
      a: async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
      },
    });
    const ids: string[] = [];
    for (let made = 0; made < 6; made += 1) {
      const run = await waymark.executions.start(slow, {}, { breakpoints: ['a'] });
      await run.result();
      ids.push(run.id);
    }
    waymark.bus.subscribe('execution.cancelled', () => stop.abort());
    const items = ids.map((executionId, index) => ({ executionId, idempotencyKey: `k${index}` }));
    const outcomes = await waymark.executions.batch('cancel', items, { concurrency: 1, signal: stop.signal });
    expect(outcomes.map(({ ok }) => ok)).toStrictEqual([true, false, false, false, false, false]);
    expect(outcomes[1]).toMatchObject({ error: { code: 'WAYMARK_BATCH_ABORTED' } });
    // The same keys again: the first one is not done twice.
    const again = await waymark.executions.batch('cancel', items, { concurrency: 3 });
    expect(again.every(({ ok }) => ok)).toBe(true);
    expect(again[0]).toStrictEqual(outcomes[0]);
  });

  it('refuses a verb, an option and a number that there is not', async () => {
    const { executions } = await openWaymark();
    const wrong = [
      () => executions.batch('start' as 'cancel', []),
      () => executions.batch('cancel', [], { concurrency: 0 }),
      () => executions.batch('cancel', [], { paralel: 2 } as object),
      () => executions.batch('cancel', 'all' as never),
    ];
    for (const call of wrong) expect(await codeOf(call)).toBe('WAYMARK_INVALID_ARGUMENT');
  });
});
