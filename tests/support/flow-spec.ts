import fc from 'fast-check';
import {
  decision,
  defineWorkflow,
  group,
  loop,
  map,
  type NodeContext,
  parallel,
  task,
  type Workflow,
  type WorkflowNode,
} from '../../src/index.js';

/** A workflow as data: what the engine and a naive interpreter are both given. */
export type NodeSpec =
  | { readonly kind: 'task'; readonly turns: number; readonly fails: 'never' | 'always' | number }
  | { readonly kind: 'group'; readonly body: GraphSpec }
  | {
      readonly kind: 'parallel';
      readonly branches: readonly NodeSpec[];
      readonly join: 'all' | 'any' | { readonly atLeast: number };
      readonly onFailure: 'fail-fast' | 'collect';
    }
  | { readonly kind: 'loop'; readonly body: NodeSpec; readonly passes: number; readonly style: 'while' | 'until' }
  | {
      readonly kind: 'map';
      readonly each: NodeSpec;
      readonly items: number;
      readonly concurrency: number | undefined;
      readonly onFailure: 'fail-fast' | 'collect';
    };

/** Nodes, and which of the later ones follow each. A node that chooses goes on to some of its followers only. */
export interface GraphSpec {
  readonly nodes: readonly {
    readonly node: NodeSpec;
    readonly followers: readonly number[];
    /** Makes it a decision that chooses these followers instead. */
    readonly chosen: readonly number[] | undefined;
    readonly byCases: boolean;
  }[];
}

/** The local id of the n-th node of a graph, or of the n-th branch. */
export const nameOf = (index: number): string => `n${index}`;

/** Random workflows, nested at most so deep. */
export function graphSpec(depth: number): fc.Arbitrary<GraphSpec> {
  return fc
    .array(
      fc.record({
        node: nodeSpec(depth),
        follows: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        decides: fc.integer({ min: 0, max: 3 }),
        takes: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        byCases: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((drawn) => ({
      nodes: drawn.map(({ node, follows, decides, takes, byCases }, index) => {
        const followers = drawn.map((_, other) => other).filter((other) => other > index && follows[other] === true);
        const isDecision = decides === 0 && followers.length > 0;
        return { node, followers, chosen: isDecision ? followers.filter((other) => takes[other]) : undefined, byCases };
      }),
    }));
}

function nodeSpec(depth: number): fc.Arbitrary<NodeSpec> {
  const leaf: fc.Arbitrary<NodeSpec> = fc.record({
    kind: fc.constant('task' as const),
    turns: fc.nat(6),
    fails: fc.oneof(
      { weight: 8, arbitrary: fc.constant('never' as const) },
      { weight: 1, arbitrary: fc.constant('always' as const) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
    ),
  });
  if (depth === 0) return leaf;
  const onFailure = fc.constantFrom('fail-fast' as const, 'collect' as const);
  const inner = nodeSpec(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: graphSpec(depth - 1).map((body): NodeSpec => ({ kind: 'group', body })) },
    {
      weight: 1,
      arbitrary: fc
        .record({ branches: fc.array(inner, { minLength: 1, maxLength: 3 }), join: fc.nat(3), onFailure })
        .map(({ branches, join, onFailure: policy }): NodeSpec => {
          const joins = ['all', 'all', 'any', { atLeast: Math.ceil(branches.length / 2) }] as const;
          return { kind: 'parallel', branches, join: joins[join] ?? 'all', onFailure: policy };
        }),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ body: inner, passes: fc.nat(3), style: fc.constantFrom('while' as const, 'until' as const) })
        .map((drawn): NodeSpec => ({
          kind: 'loop',
          ...drawn,
          passes: drawn.style === 'until' ? Math.max(1, drawn.passes) : drawn.passes,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({
          each: inner,
          items: fc.nat(3),
          concurrency: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
          onFailure,
        })
        .map((drawn): NodeSpec => ({ kind: 'map', ...drawn })),
    },
  );
}

/** Whether tasks fail as their specification says, or were mended. */
export interface Mending {
  mended: boolean;
}

/** The workflow of a specification. Each task counts, under its own id, how often it was done. */
export function workflowOf(spec: GraphSpec, mending: Mending): Workflow {
  return defineWorkflow({ id: 'random', version: '1', ...graphOf(spec, '', mending) });
}

function graphOf({ nodes }: GraphSpec, path: string, mending: Mending) {
  return {
    nodes: Object.fromEntries(
      nodes.map(({ node, chosen, byCases }, index) => [
        nameOf(index),
        chosen === undefined ? nodeOf(node, `${path}${nameOf(index)}`, mending) : decisionOf(chosen, byCases),
      ]),
    ),
    edges: Object.fromEntries(nodes.map(({ followers }, index) => [nameOf(index), followers.map(nameOf)])),
  };
}

function decisionOf(chosen: readonly number[], byCases: boolean): WorkflowNode {
  const to = chosen.map(nameOf);
  if (!byCases || to.length === 0) return decision({ choose: async () => to });
  return decision({
    cases: [
      { when: () => false, to: to.slice(0, 1) },
      { when: () => true, to },
    ],
  });
}

function nodeOf(spec: NodeSpec, id: string, mending: Mending): WorkflowNode {
  switch (spec.kind) {
    case 'task':
      return task((context: NodeContext) => work(spec, context, mending) as never);
    case 'group':
      return group(graphOf(spec.body, `${id}/`, mending));
    case 'parallel': {
      const branches = Object.fromEntries(
        spec.branches.map((branch, index) => [nameOf(index), nodeOf(branch, `${id}/${nameOf(index)}`, mending)]),
      );
      return parallel({ branches, join: spec.join, onFailure: spec.onFailure });
    }
    case 'loop': {
      const { passes } = spec;
      const condition =
        spec.style === 'until'
          ? { until: ({ iteration }: { iteration?: number }) => (iteration ?? 0) >= passes }
          : { while: ({ iteration }: { iteration?: number }) => (iteration ?? 0) <= passes };
      return loop({ body: nodeOf(spec.body, `${id}/body`, mending), ...condition, maxIterations: 5 });
    }
    case 'map': {
      const items = Array.from({ length: spec.items }, (_, index) => index);
      const { concurrency } = spec;
      return map({
        over: () => items,
        each: nodeOf(spec.each, `${id}/body`, mending),
        into: `${id}/list`,
        onFailure: spec.onFailure,
        ...(concurrency === undefined ? {} : { concurrency }),
      });
    }
  }
}

async function work(spec: NodeSpec & { kind: 'task' }, context: NodeContext, mending: Mending): Promise<object> {
  for (let turn = 0; turn < spec.turns; turn += 1) await Promise.resolve();
  if (!mending.mended && failsAt(spec, context.iteration)) throw new Error(`${context.nodeId} fails`);
  return { [context.nodeId]: Number(context.state[context.nodeId] ?? 0) + 1 };
}

/** Whether a task fails in a pass of the innermost loop around it; outside of loops that is the first one. */
export function failsAt({ fails }: NodeSpec & { kind: 'task' }, iteration = 1): boolean {
  return fails === 'always' || fails === iteration;
}
