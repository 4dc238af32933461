import { MemorySaver, START, StateGraph } from '@langchain/langgraph';
import fc from 'fast-check';
import { type GraphBreakpoint, observe } from '../../src/langgraph.js';
import { openWaymark } from '../support/open-waymark.js';
import { State, says, thread } from '../support/path-graph.js';
import { payloadsOf, told } from '../support/told.js';

const NODES = ['n0', 'n1', 'n2', 'n3', 'n4'] as const;

/** For each node, those of the later ones that follow it; the last of all begins again so often. */
interface Shape {
  readonly followers: readonly (readonly number[])[];
  readonly rounds: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  followers: fc.tuple(
    ...NODES.slice(0, -1).map((_, index) =>
      fc.subarray(
        NODES.map((_node, later) => later).filter((later) => later > index),
        { minLength: 1, maxLength: Math.min(2, NODES.length - 1 - index) },
      ),
    ),
  ),
  rounds: fc.integer({ min: 1, max: 2 }),
});

const breakpoints: fc.Arbitrary<readonly GraphBreakpoint[]> = fc.array(
  fc.oneof(
    fc.constantFrom(...NODES, '*'),
    fc.record({ node: fc.constantFrom(...NODES), when: fc.constantFrom('before' as const, 'after' as const) }),
    fc.record({
      node: fc.constantFrom(...NODES, '*'),
      when: fc.constantFrom('before' as const, 'after' as const),
      if: fc.constantFrom(
        'size(state.path) % 2 == 0',
        'occurrence == 2',
        ({ state }: { state: object }) => 'path' in state,
      ),
    }),
  ),
  { maxLength: 3 },
);

const programs = fc.array(fc.constantFrom('step' as const, 'continue' as const), { maxLength: 30 });

function graphOf({ followers, rounds }: Shape) {
  const graph = new StateGraph(State) as StateGraph<unknown, typeof State.State, object, string>;
  for (const node of NODES) graph.addNode(node, says(node));
  graph.addEdge(START, 'n0');
  for (const [index, laters] of followers.entries()) {
    for (const later of laters) graph.addEdge(NODES[index]!, NODES[later]!);
  }
  const begun = (path: readonly string[]): number => path.filter((name) => name === 'n0').length;
  graph.addConditionalEdges('n4', ({ path }) => (begun(path) < rounds ? 'n0' : '__end__'));
  return graph.compile({ checkpointer: new MemorySaver() });
}

/** Every state that a thread went through, with what was next. */
async function historyOf(graph: ReturnType<typeof graphOf>): Promise<readonly unknown[]> {
  const states: unknown[] = [];
  for await (const { values, next, metadata } of graph.getStateHistory(thread())) {
    states.push([(values as { path: unknown }).path, next, metadata?.step]);
  }
  return states.toReversed();
}

const nodeEvents = (lines: readonly string[]): readonly string[] => lines.filter((line) => /^(node|exit)/.test(line));

it('a graph that is stepped through and goes on in any order is at the same states as one that runs through', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, breakpoints, programs, async (shape, stops, program) => {
      await using straight = await openWaymark();
      const whole = observe(graphOf(shape), straight);
      const result: unknown = await whole.invoke({ path: [] }, thread());

      await using waymark = await openWaymark();
      const graph = observe(graphOf(shape), waymark, { breakpoints: stops });
      let input: { path: string[] } | null = { path: [] };
      // Whoever has stepped for long enough lets it go on, however often it stops.
      for (let turn = 0; turn === 0 || (await graph.getState(thread())).next.length > 0; turn += 1) {
        if (program[turn] === 'step') await graph.step(thread(), input);
        else await graph.invoke(input, thread());
        input = null;
      }
      expect((await graph.getState(thread())).values).toStrictEqual(result);
      expect(await historyOf(graph)).toStrictEqual(await historyOf(whole));
      expect(nodeEvents(await told(waymark))).toStrictEqual(nodeEvents(await told(straight)));
      expect(await payloadsOf(waymark, 'system.error_raised')).toStrictEqual([]);
    }),
    { numRuns: 25 },
  );
}, 60_000);
