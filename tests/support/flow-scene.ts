import { decision, defineWorkflow, loop, parallel, task, type Waymark } from '../../src/index.js';

/** A run that chooses, repeats and gives up what it can do without. */
export async function flowScene(waymark: Waymark): Promise<void> {
  const count = task<{ n?: number }>(({ state }) => ({ n: (state.n ?? 0) + 1 }));
  const workflow = defineWorkflow<{ n?: number }>({
    id: 'flow-scene',
    version: '1',
    nodes: {
      twice: loop({ body: count, until: ({ state }) => state.n === 2, maxIterations: 3 }),
      choose: decision({ cases: [{ when: 'state.n > 2', to: 'most' }], otherwise: 'first' }),
      first: parallel({
        branches: { quick: task(() => ({})), slow: task(() => new Promise<never>(() => undefined)) },
        join: 'any',
      }),
      most: task(() => ({})),
    },
    edges: { twice: 'choose', choose: ['first', 'most'] },
  });
  await (await waymark.executions.start(workflow)).result();
}
