import fc from 'fast-check';
import type { ExecutionResult, Waymark } from '../../src/index.js';
import { interpret, type FlowOutcome } from '../support/flow-model.js';
import { type GraphSpec, graphSpec, type Mending, workflowOf } from '../support/flow-spec.js';
import { FaultyStore, storeBroken } from '../support/faulty-store.js';
import { openWaymark } from '../support/open-waymark.js';
import { Processes } from '../support/processes.js';

/** How many workflows a property looks at. */
const RUNS = { numRuns: 70 };

/** What is left of an outcome without what depends on who was faster. */
function certain(outcome: Pick<FlowOutcome, 'state' | 'completed' | 'skipped'>, uncertain: readonly string[]): unknown {
  const isCertain = (id: string): boolean => !uncertain.some((prefix) => id.startsWith(prefix));
  const counts = (map: ReadonlyMap<string, number>): object =>
    Object.fromEntries([...map].filter(([id]) => isCertain(id)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const value = (given: unknown): unknown => {
    if (Array.isArray(given)) return given.map(value);
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries(
      Object.entries(given)
        .filter(([key]) => isCertain(key))
        .map(([key, inner]) => [key, value(inner)] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  };
  return { completed: counts(outcome.completed), skipped: counts(outcome.skipped), state: value(outcome.state) };
}

/** What an execution came to, of the parts that the model tells. */
async function outcomeOf(waymark: Waymark, executionId: string): Promise<Omit<FlowOutcome, 'ok' | 'uncertain'>> {
  const { completed, headCheckpointId } = await waymark.executions.get(executionId);
  const entries = await waymark.log.query({ executionId, types: ['node.skipped'] }, { limit: 10_000 });
  const counted = (ids: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  };
  return {
    completed: counted(completed.map(({ nodeId }) => nodeId)),
    skipped: counted(entries.map(({ event }) => String((event.payload as { nodeId?: unknown }).nodeId))),
    state: await waymark.checkpoints.state(headCheckpointId),
  };
}

/** Mends what failed, goes back to where it did, and goes on. */
async function goOn(
  waymark: Waymark,
  failed: ExecutionResult & { status: 'failed' },
  mending: Mending,
): Promise<ExecutionResult> {
  mending.mended = true;
  await waymark.executions.rollback(failed.executionId, failed.checkpointId);
  return (await waymark.executions.resume(failed.executionId)).result();
}

/** Holds an execution that has ended to the model: as it ended, and as it does once what failed was mended. */
async function assertAgrees(
  waymark: Waymark,
  spec: GraphSpec,
  result: ExecutionResult,
  mending: Mending,
): Promise<void> {
  const wanted = interpret(spec, false);
  expect(result.status).toBe(wanted.ok ? 'completed' : 'failed');
  const inTheEnd = result.status === 'failed' ? await goOn(waymark, result, mending) : result;
  expect(inTheEnd.status).toBe('completed');
  const model = result.status === 'failed' ? interpret(spec, true) : wanted;
  const { uncertain } = model;
  expect(certain(await outcomeOf(waymark, result.executionId), uncertain)).toStrictEqual(certain(model, uncertain));
  const stored = await waymark.executions.get(result.executionId);
  expect(stored).toMatchObject({ running: [], waiting: [], suspended: [], failed: [], interrupted: [] });
  expect(stored.progress?.open ?? []).toStrictEqual([]);
}

describe('a nested workflow', () => {
  it('does what a naive interpreter does, and after a failure goes on with what is not done', async () => {
    await fc.assert(
      fc.asyncProperty(graphSpec(3), async (spec) => {
        const mending = { mended: false };
        const waymark = await openWaymark();
        const run = await waymark.executions.start(workflowOf(spec, mending));
        await assertAgrees(waymark, spec, await run.result(), mending);
        await waymark.close();
      }),
      RUNS,
    );
  });

  it('does so when its process dies at any commit, and another one takes it over', async () => {
    await fc.assert(
      fc.asyncProperty(graphSpec(2), fc.integer({ min: 2, max: 25 }), async (spec, crashAt) => {
        const mending = { mended: false };
        const processes = new Processes();
        const store = new FaultyStore();
        store.unitOfWork.error = storeBroken;
        const dead = await openWaymark({ identity: processes.identity('host/1') }, store);
        const first = store.unitOfWork.begun;
        store.unitOfWork.fails = (transaction) => transaction >= first + crashAt;
        const run = await dead.executions.start(workflowOf(spec, mending));
        const ended = await run.result().catch(() => undefined);
        store.unitOfWork.fails = () => false;
        processes.kill('host/1');
        const waymark = await openWaymark({ identity: processes.identity('host/2') }, store);
        waymark.executions.register(workflowOf(spec, mending));
        const result = ended ?? (await (await waymark.executions.resume(run.id)).result());
        await assertAgrees(waymark, spec, result, mending);
        await waymark.close();
      }),
      RUNS,
    );
  });
});
