import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  type BreakpointLike,
  decision,
  defineWorkflow,
  type ExecutionResult,
  group,
  InMemoryStore,
  type JsonValue,
  loop,
  map,
  parallel,
  type StepOptions,
  task,
  type Waymark,
  type Workflow,
} from '../../src/index.js';
import { statesOf } from '../support/happened.js';
import { openWaymark } from '../support/open-waymark.js';

// A node is told of by what it is within: what it adds to the state depends on that, and not on when it runs.

type Nodes = Readonly<Record<string, ReturnType<typeof task>>>;
type Place = Readonly<{ nodeId: string; occurrence: number; iteration?: number; item?: JsonValue }>;

const work = task(({ nodeId, iteration = 0, item = null }) => ({ [nodeId]: [iteration, item] }));
const IDS = ['a', 'b', 'c'] as const;

/** Nodes in a row, or with a fork in it: `wide` says so. */
function graphOf(nodes: readonly unknown[], isWide: boolean) {
  const ids = IDS.slice(0, nodes.length);
  const [first = 'a', ...rest] = ids;
  const inRow = Object.fromEntries(ids.slice(0, -1).map((id, index) => [id, ids[index + 1]!]));
  return {
    nodes: Object.fromEntries(ids.map((id, index) => [id, nodes[index]])) as Nodes,
    edges: isWide && rest.length > 0 ? { [first]: rest } : inRow,
  };
}

const { node } = fc.letrec<{ node: unknown; graph: ReturnType<typeof graphOf> }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'node' },
    { weight: 3, arbitrary: fc.constant(work) },
    { weight: 1, arbitrary: tie('graph').map((body) => group(body)) },
    {
      weight: 1,
      arbitrary: fc
        .record({ body: tie('graph'), passes: fc.integer({ min: 1, max: 2 }) })
        .map(({ body, passes }) => loop({ body, until: `iteration >= ${passes}`, maxIterations: 5 })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ each: tie('graph'), concurrency: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }) })
        .map(({ each, concurrency }) =>
          map({ over: 'list', into: 'out', each, ...(concurrency === undefined ? {} : { concurrency }) }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('node'), tie('node'))
        .map(([left, right]) => parallel({ branches: { left, right } as Nodes })),
    },
    {
      weight: 1,
      arbitrary: fc.boolean().map((isLeft) =>
        group({
          nodes: { choose: decision({ cases: [{ when: String(isLeft), to: 'l' }], otherwise: 'r' }), l: work, r: work },
          edges: { choose: ['l', 'r'] },
        }),
      ),
    },
  ),
  graph: fc
    .record({ nodes: fc.array(tie('node'), { minLength: 1, maxLength: 2 }), isWide: fc.boolean() })
    .map(({ nodes, isWide }) => graphOf(nodes, isWide)),
}));

const workflows = fc
  .record({ nodes: fc.array(node, { minLength: 1, maxLength: 3 }), isWide: fc.boolean() })
  .map(({ nodes, isWide }): Workflow => defineWorkflow({ id: 'any', version: '1', ...graphOf(nodes, isWide) }));

const conditions = fc.constantFrom('occurrence == 2', 'size(state) % 2 == 0', 'state.nothing == 1', 'true');
const breakpointsOf = (workflow: Workflow): fc.Arbitrary<readonly BreakpointLike[]> => {
  const where = fc.constantFrom('*', ...workflow.tree.nodes.keys());
  const when = fc.constantFrom('before' as const, 'after' as const);
  return fc.array(fc.oneof(where, fc.record({ node: where, when }), fc.record({ node: where, when, if: conditions })), {
    maxLength: 3,
  });
};

const programs = fc.array(
  fc.oneof(
    fc.constant('continue' as const),
    fc.constantFrom<StepOptions>({}, { nodes: 2 }, { nodes: 'all-ready' }),
    // The process is gone, and another one goes on.
    fc.constant('crash' as const),
  ),
  { maxLength: 40 },
);

const cases = workflows.chain((workflow) =>
  fc.record({ workflow: fc.constant(workflow), breakpoints: breakpointsOf(workflow), program: programs }),
);

/** What was done: each node that was completed, as often as it was. */
async function doneBy(waymark: Waymark, executionId: string): Promise<readonly string[]> {
  const types = ['node.completed', 'node.skipped', 'node.failed'];
  const entries = await waymark.log.query({ executionId, types }, { limit: 10_000 });
  return entries
    .map(({ event }) => `${event.type} ${(event.payload as Place).nodeId} ${(event.payload as Place).occurrence}`)
    .toSorted();
}

/** How many nodes were started. */
async function startedBy(waymark: Waymark, executionId: string): Promise<number> {
  return (await waymark.log.query({ executionId, types: ['node.started'] }, { limit: 10_000 })).length;
}

/** A list without what is the same as the one before. */
function changesOf(states: readonly unknown[]): readonly unknown[] {
  return states.filter((state, index) => index === 0 || !isDeepStrictEqual(state, states[index - 1]));
}

/** Whether no two nodes of it can run side by side. */
function isInOneLine({ tree }: Workflow): boolean {
  return [...tree.nodes.values()].every(({ kind, localId, parent }) => {
    const followers = (parent?.body ?? tree.root).graph.successors(localId);
    return kind === 'decision' || (kind !== 'parallel' && kind !== 'map' && followers.length < 2);
  });
}

const finalState = async (waymark: Waymark, executionId: string): Promise<unknown> =>
  (await waymark.executions.inspect(executionId)).state;

it('whatever is stepped over, let go and stopped at: an execution comes to the same as one that runs through', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ workflow, breakpoints, program }) => {
      const input = { list: [1, 2, 3] };
      const store = new InMemoryStore();
      let waymark = await openWaymark({}, store);
      const { executions } = waymark;
      const straight = await executions.start(workflow, input);
      const expected = await straight.result();
      expect(expected.status).toBe('completed');

      const run = await executions.start(workflow, input, { breakpoints });
      let result: ExecutionResult = await run.result();
      for (let turn = 0; result.status === 'paused'; turn += 1) {
        expect(result.reason).toBe('breakpoint');
        const move = program[turn] ?? 'continue';
        if (move === 'crash') {
          waymark = await openWaymark({}, store);
          waymark.executions.register(workflow);
        }
        const ready = result.nextNodeIds.length;
        const begun = await startedBy(waymark, run.id);
        const handle = await (typeof move === 'object'
          ? waymark.executions.step(run.id, move)
          : waymark.executions.resume(run.id));
        result = await handle.result();
        const { nodes = 1 } = typeof move === 'object' ? move : { nodes: Number.POSITIVE_INFINITY };
        const allowed = nodes === 'all-ready' ? ready : nodes;
        expect((await startedBy(waymark, run.id)) - begun).toBeLessThanOrEqual(allowed);
        if (turn > 500) throw new Error('It never comes to its end.');
      }
      expect(result).toStrictEqual({ ...expected, executionId: run.id });
      expect(await finalState(waymark, run.id)).toStrictEqual(await finalState(waymark, straight.id));
      expect(await doneBy(waymark, run.id)).toStrictEqual(await doneBy(waymark, straight.id));
      // What is decided at once shares a checkpoint with what came before it, unless somebody stopped in between.
      const statesInLine = async (id: string) =>
        isInOneLine(workflow) ? changesOf((await statesOf(waymark, id)).map(([, state]) => state)) : [];
      expect(await statesInLine(run.id)).toStrictEqual(await statesInLine(straight.id));
      expect((await waymark.executions.get(run.id)).breakpoints).toHaveLength(breakpoints.length);
      expect((await waymark.log.verify()).verdict).toBe('ok');
    }),
    { numRuns: 30 },
  );
}, 60_000);
