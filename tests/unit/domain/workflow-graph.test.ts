import { defineWorkflow, InvalidWorkflowError, isWorkflow, task } from '../../../src/index.js';
import { caught } from '../../support/caught.js';
import { diamond } from '../../support/workflows.js';

const nothing = task(() => undefined);
// What JavaScript may pass, and TypeScript would not.
const define = defineWorkflow as (options: unknown) => unknown;

/** The problems of a definition of the nodes a, b, c and more, where it has some. */
async function problemsOf(changes: object): Promise<readonly string[]> {
  const base = { id: 'w', version: '1', nodes: { a: nothing, b: nothing, c: nothing }, edges: { a: 'b', b: 'c' } };
  const error = await caught(() => define({ ...base, ...changes }));
  expect(error).toBeInstanceOf(InvalidWorkflowError);
  const { code, message, problems } = error as InvalidWorkflowError;
  expect(code).toBe('WAYMARK_INVALID_WORKFLOW');
  for (const problem of problems) expect(message).toContain(problem);
  return problems;
}

describe('an impossible graph is refused', () => {
  it.each<[string, object, RegExp]>([
    ['an edge to an unknown node', { edges: { a: ['b', 'x'], b: 'c' } }, /"a" to "x", which is not a node/],
    ['an edge from an unknown node', { edges: { a: 'b', b: 'c', x: 'c' } }, /leaves "x", which is not a node/],
    ['an edge twice', { edges: { a: ['b', 'b'], b: 'c' } }, /"a" to "b" is there twice/],
    ['no entry', { edges: { a: 'b', b: 'c', c: 'a' } }, /no entry.*a → b → c → a/],
    ['an empty list of entries', { entry: [] }, /no entry/],
    ['an unknown entry', { entry: 'x' }, /the entry "x" is not a node/],
    // It would begin twice at once.
    ['an entry twice', { entry: ['a', 'a'] }, /the entry "a" is there twice/],
    ['an entry that follows another node', { entry: ['a', 'b'] }, /the entry "b" also follows "a"/],
    ['a node that can not be reached', { entry: 'b' }, /"a" can't be reached from "b"/],
    [
      'a cycle',
      { nodes: { a: nothing, b: nothing, c: nothing, d: nothing }, edges: { a: 'b', b: 'c', c: ['b', 'd'] } },
      /cycle.*b → c → b/,
    ],
    ['a node that follows itself', { edges: { a: 'b', b: ['b', 'c'] } }, /cycle.*b → b/],
    ['no nodes', { nodes: {}, edges: {} }, /no nodes/],
    ['nodes that are no object', { nodes: null }, /no nodes/],
    ['edges that are no object', { edges: undefined }, /no edges/],
    ['no version', { version: '' }, /its version must not be empty/],
    ['a version that is no string', { version: 1 }, /its version must be a string/],
    ['an empty id', { id: '' }, /its id must not be empty/],
    ['an id with a line break', { id: 'a\nb' }, /its id .*control/],
    ['an id that is no string', { id: 5 }, /its id must be a string/],
    ['a node id with a control character', { nodes: { 'a\u0007': nothing }, edges: {} }, /the node id .*control/],
    ['a node called __proto__', { nodes: { ['__proto__']: nothing }, edges: {} }, /reserved/],
    [
      'an edge from __proto__',
      { edges: JSON.parse('{"__proto__":"b","a":"b","b":"c"}') as object },
      /leaves "__proto__"/,
    ],
    ['an edge to __proto__', { edges: { a: ['b', '__proto__'], b: 'c' } }, /"__proto__", which is not a node/],
    ['an edge to a name that objects inherit', { edges: { a: ['b', 'toString'], b: 'c' } }, /"toString", which is not/],
    ['edges that are numbers', { edges: { a: 5 } }, /the edges of "a" are neither/],
    ['edges that are null', { edges: { a: null } }, /the edges of "a" are neither/],
    ['an edge to a number', { edges: { a: ['b', 5] } }, /the edges of "a" are neither/],
    ['edges that are a list', { edges: ['a'] }, /no edges/],
    ['an entry that is a number', { entry: 5 }, /its entry is neither/],
    ['an entry that is null', { entry: null }, /its entry is neither/],
    ['an input that is no schema', { input: 'x' }, /its input is not a schema/],
    ['an output that is no function', { output: { a: 1 } }, /its output is not a function/],
    ['a name that is a number', { name: 5 }, /its name must be a string/],
    ['a source that is a number', { source: 5 }, /its source must be a string/],
    ['a source that does not end', { source: 'x'.repeat(2_049) }, /its source must have at most 2048/],
    ['a version with an escape', { version: '1\u001b[2J' }, /its version .*control/],
    ['a version of 300 characters', { version: '1'.repeat(300) }, /its version must have at most 256/],
    ['an option that there is not', { egdes: {} }, /no option "egdes"/],
    [
      'an option of a node that there is not',
      { nodes: { a: { ...nothing, timeout: 5 } }, edges: {} },
      /"a" has an option "timeout"/,
    ],
    [
      'a name of a node that is a number',
      { nodes: { a: { ...nothing, name: 5 } }, edges: {} },
      /the name of the node "a" must be a string/,
    ],
    ['a node that is none', { nodes: { a: () => undefined }, edges: {} }, /"a" is not a node/],
    ['a node without work', { nodes: { a: { kind: 'task' } }, edges: {} }, /"a" is not a node/],
  ])('%s', async (_, changes, expected) => {
    const problems = await problemsOf(changes);
    expect(problems.filter((problem) => expected.test(problem))).toHaveLength(1);
  });

  it('with everything that is wrong with it at once', async () => {
    expect(await problemsOf({ edges: { a: ['b', 'x'], y: 'c', b: 'c' }, entry: 'z' })).toHaveLength(3);
    expect(await problemsOf({ id: '', version: '', nodes: { a: nothing, b: null }, edges: null })).toHaveLength(4);
  });

  it.each([undefined, null, 'workflow', 5])('and so is %j, which is no definition at all', async (value) => {
    expect(await caught(() => define(value))).toBeInstanceOf(InvalidWorkflowError);
  });

  it('even where it is long: no recursion to overflow', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
    const nodes = Object.fromEntries(ids.map((id) => [id, nothing]));
    const edges = Object.fromEntries(ids.slice(0, -1).map((id, index) => [id, ids[index + 1]]));
    expect(defineWorkflow({ id: 'long', version: '1', nodes, edges }).graph.ends).toStrictEqual(['n19999']);
    expect(await problemsOf({ nodes, edges: { ...edges, n19999: 'n5' } })).toHaveLength(1);
  });
});

describe('a definition of an unusual form', () => {
  it('may be as wide as memory allows: nothing is passed on as arguments, or looked for one by one', async () => {
    const ids = Array.from({ length: 150_000 }, (_, index) => `n${index}`);
    const nodes = Object.fromEntries(['first', ...ids].map((id) => [id, nothing]));
    expect(defineWorkflow({ id: 'wide', version: '1', nodes, edges: { first: ids } }).graph.ends).toHaveLength(150_000);
    expect(
      defineWorkflow({ id: 'wide', version: '1', nodes, edges: {}, entry: Object.keys(nodes) }).graph.entries,
    ).toHaveLength(150_001);
    const error = await caught(() => define({ id: 'wide', version: '1', nodes, edges: {}, entry: 'first' }));
    expect((error as InvalidWorkflowError).problems).toHaveLength(150_000);
  });

  it('may be called what people like, and come from a long place', () => {
    const source = `file:///${'ä'.repeat(1_000)}.ts`;
    const workflow = defineWorkflow({
      id: 'w',
      name: 'constructor',
      version: '1 β',
      source,
      nodes: { a: nothing },
      edges: {},
    });
    expect([workflow.name, workflow.version, workflow.source]).toStrictEqual(['constructor', '1 β', source]);
  });
});

describe('a graph', () => {
  it('begins where no edge leads to and ends where none leaves', () => {
    const { graph } = diamond();
    expect(graph.entries).toStrictEqual(['split']);
    expect(graph.ends).toStrictEqual(['join']);
    expect(graph.successors('split')).toStrictEqual(['left', 'right']);
    expect(graph.predecessors('join')).toStrictEqual(['left', 'right']);
    expect([graph.successors('nowhere'), graph.predecessors('nowhere')]).toStrictEqual([[], []]);
  });

  it('makes a join ready when all that lead to it are done', () => {
    const { graph } = diamond();
    expect(graph.readyAfter('split', new Set(['split']))).toStrictEqual(['left', 'right']);
    expect(graph.readyAfter('left', new Set(['split', 'left']))).toStrictEqual([]);
    expect(graph.readyAfter('right', new Set(['split', 'left', 'right']))).toStrictEqual(['join']);
  });

  it('has a hash that depends on nodes, edges and entry, and on nothing else', () => {
    const hashOf = (edges: object, name = 'n'): string =>
      defineWorkflow({ id: 'w', name, version: '1', nodes: { a: nothing, b: nothing }, edges }).graph.hash;
    expect(hashOf({ a: 'b' })).toBe(hashOf({ a: ['b'] }, 'another name'));
    expect(hashOf({ a: 'b' })).not.toBe(hashOf({ b: 'a' }));
    expect(hashOf({ a: 'b' })).not.toBe(hashOf({}));
  });

  it('belongs to a workflow that can not be changed', () => {
    const workflow = diamond();
    expect(Object.isFrozen(workflow)).toBe(true);
    expect(isWorkflow(workflow)).toBe(true);
    expect([null, {}, { ...workflow }].some((value) => isWorkflow(value))).toBe(false);
  });
});
