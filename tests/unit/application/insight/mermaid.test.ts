import fc from 'fast-check';
import {
  approval,
  decision,
  defineWorkflow,
  type GraphNode,
  graphOfWorkflow,
  group,
  loop,
  map,
  parallel,
  signal,
  task,
  timer,
  toMermaid,
} from '../../../../src/index.js';
import { readFlowchart } from '../../../support/mermaid.js';

const done = task(() => ({}));

const everything = defineWorkflow({
  id: 'everything',
  version: '1',
  nodes: {
    check: decision({ cases: [{ when: 'state.total > 10', to: 'big' }], otherwise: 'small' }),
    big: group({ nodes: { one: done, two: done }, edges: { one: 'two' } }),
    small: parallel({ branches: { left: done, right: done }, join: 'any' }),
    again: loop({ body: done, until: 'state.ok', maxIterations: 3 }),
    each: map({
      over: 'items',
      each: { nodes: { inner: loop({ body: done, while: 'iteration < 3', maxIterations: 2 }) }, edges: {} },
      into: 'out',
    }),
    ask: approval({ message: 'Ship it?' }),
    wait: timer({ afterMs: 10 }),
    hear: signal({ name: 'go' }),
  },
  edges: { check: ['big', 'small'], big: 'again', again: 'each', each: 'ask', ask: 'wait', wait: 'hear' },
});

describe('a definition in the language of Mermaid', () => {
  it('has every node, what is within it as subgraphs, and the cases of decisions', () => {
    const { labels, edges, subgraphs } = readFlowchart(toMermaid(graphOfWorkflow(everything)));
    const idOf = (label: string): string => [...labels].find(([, each]) => each === label)?.[0] ?? '';
    expect([...labels.values()]).toStrictEqual([
      'check (decision)',
      'big (group)',
      'one',
      'two',
      'small (parallel: any)',
      'left',
      'right',
      'again (loop: until state.ok, at most 3 times)',
      'body',
      'each (map: each of items)',
      'inner (loop: while iteration < 3, at most 2 times)',
      'body',
      'ask (approval)',
      'wait (timer)',
      'go (signal: go)',
    ]);
    expect(subgraphs.get(idOf('big (group)'))).toStrictEqual([idOf('one'), idOf('two')]);
    expect(subgraphs.size).toBe(5);
    const decided = edges.filter(({ from }) => from === idOf('check (decision)'));
    expect(decided.map(({ to, label }) => [labels.get(to), label])).toStrictEqual([
      ['big (group)', 'state.total > 10'],
      ['small (parallel: any)', 'otherwise'],
    ]);
    expect(edges).toHaveLength(8);
  });
});

describe('names that are not meant well', () => {
  const nodeOf = (name: string): GraphNode => ({
    id: name,
    localId: name,
    name,
    kind: 'task',
    detail: null,
    status: null,
    occurrences: 0,
    durationMs: null,
    body: null,
  });
  const labelOf = (name: string): string | undefined => {
    const text = toMermaid({
      nodes: [nodeOf(name), nodeOf('next')],
      edges: [{ from: name, to: 'next', label: name, taken: null }],
    });
    return [...readFlowchart(text).labels.values()][0];
  };

  it.each([
    'end',
    'say "hello"',
    'a[b](c){d}<e>',
    '#quot; & <script>alert(1)</script>',
    'click n1 href "javascript:alert(1)"',
    'a --> b; c',
    '%% a comment',
    '`markdown` *bold* _it_ snake_case',
    '1. a list',
    '2) a list',
    '- a list',
    '+ a list',
    'größe 大きさ 😀',
    "it's 100 % |done|",
    '\u202Eright to left',
  ])('shows %j as it is', (name) => {
    expect(labelOf(name)).toBe(name.trim());
  });

  it('cuts what is too long, and breaks no line', () => {
    expect(labelOf('x'.repeat(5_000))).toHaveLength(80);
    expect(labelOf('two\nlines')).toBe('two lines');
    expect(labelOf(' ')).toBe(' ');
  });

  it('takes any name at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
        const shown = labelOf(name);
        expect(shown?.trim()).toBe(name.replaceAll(/\s+/g, ' ').trim());
      }),
    );
  });
});
