import { type ExecutionResult, InMemoryStore, type Waymark } from '../../../src/index.js';
import { AlterableStore } from '../../support/alterable-store.js';
import { caughtWaymark, codeOf } from '../../support/caught.js';
import { FaultyStore, storeBroken } from '../../support/faulty-store.js';
import { checkpointId, happened, payloadOf } from '../../support/happened.js';
import { openWaymark } from '../../support/open-waymark.js';
import { chain, diamond } from '../../support/workflows.js';

describe.each([
  ['changed', '"altered"'],
  ['removed', null],
  ['made no JSON', '{'],
])('a state that was %s in the store', (_, replacement) => {
  /** A failed run, whose states somebody altered. */
  async function altered(): Promise<{ waymark: Waymark; id: string; target: string }> {
    const store = new AlterableStore(new InMemoryStore());
    const waymark = await openWaymark({}, store);
    // Long enough for a content of its own: what is short stands in the checkpoint itself.
    const input = { x: 1, text: 'kept under its hash '.repeat(10) };
    const run = await waymark.executions.start(chain({ b: () => Promise.reject(new Error('x')) }), input);
    await run.result();
    store.altered = replacement;
    return { waymark, id: run.id, target: await checkpointId(waymark, run.id, 'exit', 'a') };
  }

  it('is never returned, and the alteration is recorded', async () => {
    const { waymark, target } = await altered();
    const { types, entries, result } = await happened(waymark, () => caughtWaymark(waymark.checkpoints.state(target)));
    expect(result.code).toBe('WAYMARK_CHECKPOINT_ALTERED');
    expect(types).toStrictEqual(['checkpoint.integrity_failed']);
    const { stateHash } = await waymark.checkpoints.get(target);
    expect(payloadOf(entries, 'checkpoint.integrity_failed')).toMatchObject({
      checkpointId: target,
      expectedHash: stateHash,
    });
    expect(entries[0]?.severity).toBe('critical');
  });

  it('is not rolled back to: the execution stands where it stood', async () => {
    const { waymark, id, target } = await altered();
    const before = JSON.stringify([await waymark.executions.get(id), await waymark.checkpoints.branches(id)]);
    const { types, entries, result } = await happened(waymark, () => codeOf(waymark.executions.rollback(id, target)));
    expect(result).toBe('WAYMARK_CHECKPOINT_ALTERED');
    expect(types).toStrictEqual(['checkpoint.integrity_failed', 'checkpoint.rollback_failed']);
    expect(payloadOf(entries, 'checkpoint.rollback_failed')).toMatchObject({
      targetCheckpointId: target,
      error: { code: 'WAYMARK_CHECKPOINT_ALTERED' },
    });
    expect(JSON.stringify([await waymark.executions.get(id), await waymark.checkpoints.branches(id)])).toBe(before);
  });

  it('is not forked', async () => {
    const { waymark, target } = await altered();
    const { types } = await happened(waymark, () => codeOf(waymark.executions.fork(target)));
    expect(types).toStrictEqual(['checkpoint.integrity_failed']);
    expect(await waymark.executions.list()).toHaveLength(1);
  });
});

describe('a store that fails at its k-th transaction', () => {
  /** Runs until the store fails, and tells what was acknowledged before it did. */
  async function runUntil(k: number) {
    const store = new FaultyStore();
    store.unitOfWork.error = storeBroken;
    store.unitOfWork.fails = (transaction) => transaction === k;
    const waymark = await openWaymark({}, store);
    const acknowledged: string[] = [];
    waymark.bus.subscribe('**', (event) => acknowledged.push(event.id));
    let outcome: string;
    try {
      const run = await waymark.executions.start(diamond(), { x: 1 }, { executionId: 'run' });
      outcome = (await run.result()).status;
    } catch (error) {
      outcome = (error as { code: string }).code;
    }
    store.unitOfWork.fails = () => false;
    return { store, waymark, acknowledged, outcome };
  }

  const ks = [1, 2, 3, 4, 5];

  it.each(ks)('k = %i: what was acknowledged is there, and nothing is half-written', async (k) => {
    const { waymark, acknowledged, outcome } = await runUntil(k);
    expect(outcome).toBe('WAYMARK_STORE_FAILED');
    const entries = await waymark.log.query({}, { limit: 10_000 });
    expect(entries.map(({ event }) => event.id)).toStrictEqual(acknowledged);
    expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok', checked: acknowledged.length });
    const created = entries.filter(({ event }) => event.type === 'checkpoint.created');
    const checkpoints = await waymark.checkpoints.list('run');
    expect(checkpoints.map(({ id }) => id)).toStrictEqual(
      created.map(({ event }) => (event.payload as { checkpointId: string }).checkpointId),
    );
    for (const { id } of checkpoints) expect(await waymark.checkpoints.state(id)).toMatchObject({ x: 1 });
    const completed = entries.filter(({ event }) => event.type === 'node.completed').length;
    const stored = await waymark.executions.list();
    expect(stored.map(({ nodesExecuted, checkpointsCreated }) => [nodesExecuted, checkpointsCreated])).toStrictEqual(
      k === 1 ? [] : [[completed, checkpoints.length]],
    );
  });

  it.each(ks.slice(1))(
    'k = %i: the run goes on where it was last committed, by the process that is still there',
    async (k) => {
      const { waymark } = await runUntil(k);
      expect(waymark.executions.isOrphan(await waymark.executions.get('run'))).toBe(true);
      const result: ExecutionResult = await (await waymark.executions.resume('run')).result();
      expect(result).toMatchObject({ status: 'completed', output: { join: 1 } });
      expect((await waymark.executions.get('run')).nodesExecuted).toBe(4);
      expect(await waymark.log.verify()).toMatchObject({ verdict: 'ok' });
    },
  );

  it('has no sixth in this run, so every one of them was tried', async () => {
    expect((await runUntil(6)).outcome).toBe('completed');
  });

  it('stops the work of what runs', async () => {
    const store = new FaultyStore();
    store.unitOfWork.error = storeBroken;
    const waymark = await openWaymark({}, store);
    const signals: AbortSignal[] = [];
    const run = await waymark.executions.start(
      diamond({
        left: () => void (store.unitOfWork.fails = () => true),
        right: ({ signal }) => {
          signals.push(signal);
          return new Promise(() => undefined);
        },
      }),
    );
    expect(await codeOf(run.result())).toBe('WAYMARK_STORE_FAILED');
    expect(signals[0]?.reason).toMatchObject({ code: 'WAYMARK_EXECUTION_STOPPED' });
  });

  it('publishes nothing that is not durable', async () => {
    const store = new FaultyStore();
    store.unitOfWork.fails = () => true;
    const waymark = await openWaymark({}, store);
    const seen: string[] = [];
    waymark.bus.subscribe('**', (event) => seen.push(event.type));
    expect(await codeOf(waymark.executions.start(chain()))).toBe('WAYMARK_STORE_UNAVAILABLE');
    expect(seen).toStrictEqual([]);
  });
});
