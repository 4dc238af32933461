// The state of a workflow types the nodes within nodes too.
import { decision, defineWorkflow, expr, group, loop, map, parallel, task, timer } from '../../src/index.js';

interface Review {
  readonly score: number;
  readonly notes?: readonly string[];
  readonly files?: readonly { readonly name: string }[];
}

export const review = defineWorkflow<Review>({
  id: 'review',
  version: '1',
  nodes: {
    refine: loop({
      body: { nodes: { draft: task(({ state }) => ({ score: state.score + 1 })) }, edges: {} },
      until: ({ state, iteration }) => state.score > 3 || iteration === 2,
      maxIterations: 5,
    }),
    again: loop({
      body: task(({ state }) => ({ score: state.score + 1 })),
      while: expr('state.score < 3'),
      maxIterations: 5,
    }),
    group: group({ nodes: { x: task(({ state }) => ({ score: state.score })) }, edges: {} }),
    fan: parallel({ branches: { x: task(({ state }) => ({ notes: state.notes ?? [] })) }, join: { atLeast: 1 } }),
    each: map({
      over: ({ state }) => (state.files ?? []).map(({ name }) => ({ name })),
      as: 'file',
      each: task<{ file: { name: string }; length?: number }>(({ state }) => ({ length: state.file.name.length })),
      into: 'notes',
    }),
    cases: decision({ cases: [{ when: ({ state }) => state.score > 1, to: 'fan' }], otherwise: 'wait' }),
    choose: decision({ choose: ({ state }) => (state.score > 1 ? ['fan', 'wait'] : 'wait') }),
    wait: timer({ afterMs: (state) => state.score * 1_000 }),
  },
  edges: { cases: ['fan', 'wait'], choose: ['fan', 'wait'] },
});

export const wrong = defineWorkflow<Review>({
  id: 'wrong',
  version: '1',
  nodes: {
    // @ts-expect-error -- there is no such key
    refine: loop({ body: task(({ state }) => ({ score: state.scores })), until: () => true, maxIterations: 5 }),
    // @ts-expect-error -- a loop must be bounded
    endless: loop({ body: task(() => ({})), until: () => true }),
    // @ts-expect-error -- both at once
    both: timer({ afterMs: 1, until: () => '2027-01-01T00:00:00Z' }),
  },
  edges: {},
});
