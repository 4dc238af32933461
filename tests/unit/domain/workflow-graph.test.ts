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
    ['no version', { version: '' }, /no version/],
    ['a version that is no string', { version: 1 }, /no version/],
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
