import {
  approval,
  decision,
  defineWorkflow,
  expr,
  group,
  InvalidWorkflowError,
  loop,
  map,
  parallel,
  signal,
  staticId,
  subworkflow,
  task,
  timer,
  type Workflow,
} from '../../../../src/index.js';
import { bodiesOf, bodyOf, isInBody, isWithin } from '../../../../src/domain/workflow/address.js';
import { caught } from '../../../support/caught.js';
import { chain, diamond } from '../../../support/workflows.js';

const nothing = task(() => undefined);
const define = (nodes: object, edges: object = {}): Workflow =>
  defineWorkflow({ id: 'w', version: '1', nodes, edges } as never);

async function problemsOf(nodes: object, edges: object = {}): Promise<readonly string[]> {
  const error = await caught(() => define(nodes, edges));
  expect(error).toBeInstanceOf(InvalidWorkflowError);
  return (error as InvalidWorkflowError).problems;
}

const nested = define(
  {
    refine: loop({
      body: {
        nodes: { draft: nothing, check: parallel({ branches: { a: nothing, b: nothing } }) },
        edges: { draft: 'check' },
      },
      until: expr('state.ok'),
      maxIterations: 3,
    }),
    each: map({ over: 'xs', each: nothing, into: 'ys' }),
  },
  { refine: 'each' },
);

describe('the nodes of a definition', () => {
  it('are known by the path of their local ids, an outer one before those within it', () => {
    expect([...nested.tree.nodes.keys()]).toStrictEqual([
      'refine',
      'refine/draft',
      'refine/check',
      'refine/check/a',
      'refine/check/b',
      'each',
      'each/body',
    ]);
    expect([...nested.nodes.keys()]).toStrictEqual([...nested.tree.nodes.keys()]);
    expect(nested.graph.nodeIds).toStrictEqual(['refine', 'each']);
    expect(nested.tree.get('refine/check/a')).toMatchObject({
      localId: 'a',
      kind: 'task',
      parent: { id: 'refine/check' },
    });
    expect(nested.tree.get('refine')?.body?.graph.successors('draft')).toStrictEqual(['check']);
    expect(nested.tree.get('nowhere')).toBeUndefined();
  });

  it('have addresses with the index of their body, which are those ids without it', () => {
    const address = 'each[17]/refine[2]/draft';
    expect(staticId(address)).toBe('each/refine/draft');
    expect(bodyOf(address)).toStrictEqual({ body: 'each[17]/refine[2]', node: 'each[17]/refine', index: 2 });
    expect(bodyOf('draft')).toBeUndefined();
    expect(bodiesOf('fan/left/x').map(({ node }) => node)).toStrictEqual(['fan', 'fan/left']);
    expect([isWithin('fan/left', 'fan'), isWithin('fan[1]/x', 'fan'), isWithin('fantasy/x', 'fan')]).toStrictEqual([
      true,
      true,
      false,
    ]);
    expect([isInBody('fan[1]/x', 'fan[1]'), isInBody('fan[12]/x', 'fan[1]')]).toStrictEqual([true, false]);
  });
});

describe('the hash of a definition', () => {
  // Executions that were stored before there were other kinds of nodes go on.
  it('of tasks and edges alone is what it always was', () => {
    expect(chain().graph.hash).toBe('b18936910b208287d38013efa7dd1336fff527b890b0e2e8296acc1812930a9d');
    expect(diamond().graph.hash).toBe('f8288955403887f800cfd4f1992b6a1a386421a917cd810c8e4475ba6e5bc2a5');
    const tuned = define(
      { a: task({ run: () => undefined, name: 'A', retry: { attempts: 3 }, timeoutMs: 5 }), b: nothing },
      { a: 'b' },
    );
    expect(tuned.graph.hash).toBe(define({ a: nothing, b: nothing }, { a: 'b' }).graph.hash);
  });

  it('changes with kinds, bodies, limits, policies and expressions', () => {
    const body = (id: string): object => ({ nodes: { [id]: nothing }, edges: {} });
    const variants: readonly object[] = [
      { a: group(body('x') as never) },
      { a: group(body('y') as never) },
      { a: loop({ body: nothing, until: expr('state.n > 1'), maxIterations: 2 }) },
      { a: loop({ body: nothing, until: expr('state.n > 2'), maxIterations: 2 }) },
      { a: loop({ body: nothing, while: expr('state.n > 2'), maxIterations: 2 }) },
      { a: loop({ body: nothing, until: expr('state.n > 2'), maxIterations: 3 }) },
      { a: loop({ body: nothing, until: () => true, maxIterations: 3 }) },
      { a: parallel({ branches: { x: nothing, y: nothing } }) },
      { a: parallel({ branches: { x: nothing, y: nothing }, join: 'any' }) },
      { a: parallel({ branches: { x: nothing, y: nothing }, join: { atLeast: 2 } }) },
      { a: parallel({ branches: { x: nothing, y: nothing }, onFailure: 'collect' }) },
      { a: map({ over: 'xs', each: nothing, into: 'ys' }) },
      { a: map({ over: expr('xs'), each: nothing, into: 'ys' }) },
      { a: map({ over: 'xs', each: nothing, into: 'zs' }) },
      { a: map({ over: 'xs', each: nothing, into: 'ys', concurrency: 2 }) },
      { a: subworkflow({ workflow: chain() }) },
      { a: subworkflow({ workflow: diamond() }) },
      { a: approval() },
      { a: timer({ afterMs: 1 }) },
      { a: signal({ name: 'go' }) },
      { a: signal({ name: 'stop' }) },
    ];
    const hashes = variants.map((nodes) => define(nodes).graph.hash);
    expect(new Set(hashes).size).toBe(variants.length);
    const cased = (text: string): string =>
      define(
        { d: decision({ cases: [{ when: text, to: 'x' }], otherwise: 'y' }), x: nothing, y: nothing },
        { d: ['x', 'y'] },
      ).graph.hash;
    expect(cased('state.a')).not.toBe(cased('state.b'));
  });
});

describe('what is wrong within nodes', () => {
  const followers = { d: ['x', 'y'] };
  it.each<[string, object, object, RegExp]>([
    ['a local id with a slash', { 'a/b': nothing }, {}, /the node id "a\/b" must not contain/],
    ['a local id with an index', { 'a[1]': nothing }, {}, /the node id "a\[1\]" must not contain/],
    [
      'a nested id with a bracket',
      { g: group({ nodes: { 'x]': nothing }, edges: {} }) },
      {},
      /"g\/x\]" must not contain/,
    ],
    [
      'a nested node that is none',
      { g: group({ nodes: { x: {} as never }, edges: {} }) },
      {},
      /the node "g\/x" is not a node/,
    ],
    ['a graph without nodes', { g: group({ nodes: {}, edges: {} }) }, {}, /the node "g" has no nodes/],
    ['a graph without edges', { g: group({ nodes: { x: nothing } } as never) }, {}, /the node "g" has no edges/],
    [
      'nested edges that are none',
      { g: group({ nodes: { x: nothing }, edges: { x: 5 as never } }) },
      {},
      /in the node "g", the edges of "x"/,
    ],
    [
      'a nested edge to nowhere',
      { g: group({ nodes: { x: nothing }, edges: { x: 'y' } }) },
      {},
      /in "g": an edge leads from "x" to "y"/,
    ],
    [
      'a nested cycle',
      { g: group({ nodes: { x: nothing, y: nothing }, edges: { x: 'y', y: 'x' } }) },
      {},
      /in "g": .*x → y → x/,
    ],
    [
      'a body that is none',
      { l: loop({ body: 5 as never, until: () => true, maxIterations: 1 }) },
      {},
      /the body of the node "l" is neither/,
    ],
    [
      'a body with another option',
      { m: map({ over: 'x', into: 'y', each: { nodes: { a: nothing }, edges: {}, entyr: 'a' } as never }) },
      {},
      /the body of the node "m" has an option "entyr"/,
    ],
    ['a loop without an end', { l: loop({ body: nothing, maxIterations: 1 }) }, {}, /"l" has neither while nor until/],
    [
      'a loop without a limit',
      { l: loop({ body: nothing, until: () => true } as never) },
      {},
      /maxIterations of the node "l"/,
    ],
    [
      'a condition that is none',
      { l: loop({ body: nothing, until: 5 as never, maxIterations: 1 }) },
      {},
      /until of the node "l" must be/,
    ],
    [
      'an empty expression',
      { l: loop({ body: nothing, until: ' ', maxIterations: 1 }) },
      {},
      /until of the node "l" must be/,
    ],
    [
      'more branches than there are',
      { p: parallel({ branches: { x: nothing }, join: { atLeast: 2 } }) },
      {},
      /join of the node "p"/,
    ],
    ['a parallel without branches', { p: parallel({ branches: {} }) }, {}, /the node "p" has no nodes/],
    [
      'another policy',
      { p: parallel({ branches: { x: nothing }, onFailure: 'ignore' as never }) },
      {},
      /onFailure of the node "p"/,
    ],
    ['a map over nothing', { m: map({ over: 5 as never, each: nothing, into: 'y' }) }, {}, /over of the node "m"/],
    ['a map into nothing', { m: map({ over: 'x', each: nothing } as never) }, {}, /into of the node "m"/],
    [
      'a map of none at once',
      { m: map({ over: 'x', each: nothing, into: 'y', concurrency: 0 }) },
      {},
      /concurrency of the node "m"/,
    ],
    [
      'a workflow that is none',
      { w: subworkflow({ workflow: { id: 'x' } as never }) },
      {},
      /workflow of the node "w" must be a workflow/,
    ],
    [
      'a sub-workflow without time',
      {
        w: subworkflow({
          workflow: defineWorkflow({ id: 'x', version: '1', nodes: { nothing }, edges: {} }),
          timeoutMs: 0.5,
        }),
      },
      {},
      /timeoutMs of the node "w" must be a whole number of milliseconds/,
    ],
    [
      'a decision without followers',
      { d: decision({ choose: () => 'x' }) },
      {},
      /the decision "d" has nothing to choose from/,
    ],
    [
      'a case that leads elsewhere',
      { d: decision({ cases: [{ when: () => true, to: 'z' }] }), x: nothing, y: nothing },
      followers,
      /"d" can lead to "z"/,
    ],
    [
      'an otherwise that leads elsewhere',
      { d: decision({ cases: [{ when: () => true, to: 'x' }], otherwise: 'z' }), x: nothing, y: nothing },
      followers,
      /"d" can lead to "z"/,
    ],
    [
      'a decision without a choice',
      { d: { kind: 'decision' }, x: nothing },
      { d: 'x' },
      /choose of the node "d" must be a function/,
    ],
    ['a decision without cases', { d: decision({ cases: [] }), x: nothing }, { d: 'x' }, /cases of the node "d"/],
    [
      'a decision in a branch',
      { p: parallel({ branches: { d: decision({ choose: () => 'x' }) } }) },
      {},
      /the decision "p\/d" has nothing/,
    ],
    [
      'a timer of two kinds',
      { t: timer({ afterMs: 1, until: () => '' } as never) },
      {},
      /"t" must have one of afterMs and until/,
    ],
    [
      'an approval that escalates to nobody',
      { a: approval({ onExpiry: 'escalate' }) },
      {},
      /escalateTo of the node "a"/,
    ],
    ['a signal without a name', { s: signal({} as never) }, {}, /the name of the node "s" must be a string/],
    [
      'a retry of no attempts',
      { a: task({ run: () => undefined, retry: { attempts: 0 } }) },
      {},
      /retry of the node "a"/,
    ],
    [
      'a retry of a group',
      { g: group({ nodes: { x: nothing }, edges: {}, retry: { attempts: 2 } } as never) },
      {},
      /"g" has an option "retry"/,
    ],
    ['a timeout of nothing', { a: task({ run: () => undefined, timeoutMs: 0 }) }, {}, /timeoutMs of the node "a"/],
  ])('%s', async (_, nodes, edges, expected) => {
    expect((await problemsOf(nodes, edges)).filter((problem) => expected.test(problem))).toHaveLength(1);
  });

  it.each<[object, RegExp]>([
    [{ timeoutMs: 0 }, /its timeoutMs/],
    [{ onFailure: 'retry' }, /its onFailure/],
  ])('or with the options of all of it: %j', async (options, expected) => {
    const error = await caught(() =>
      defineWorkflow({ id: 'w', version: '1', nodes: { a: nothing }, edges: {}, ...options }),
    );
    expect((error as InvalidWorkflowError).problems).toStrictEqual([expect.stringMatching(expected)]);
  });
});
