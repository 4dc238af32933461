import { defineWorkflow, type NodeContext, task, type Workflow } from '../../src/index.js';

/** What the nodes of a fixture workflow do, by id. A node that is not named adds `<id>: <occurrence>` to the state. */
export type Work = Readonly<Record<string, (context: NodeContext) => unknown>>;

/** a → b → c. */
export function chain(work: Work = {}): Workflow {
  return workflow('chain', ['a', 'b', 'c'], { a: 'b', b: 'c' }, work);
}

/** split → (left, right) → join. */
export function diamond(work: Work = {}): Workflow {
  return workflow(
    'diamond',
    ['split', 'left', 'right', 'join'],
    { split: ['left', 'right'], left: 'join', right: 'join' },
    work,
  );
}

/** a → b → c, which fails in b unless the state says otherwise. */
export const gated = chain({
  b: ({ state }: NodeContext) => {
    if (state['limit'] !== 'wide') throw Object.assign(new TypeError('too strict'), { recoverable: false });
    return { b: 'passed' };
  },
});

/** A workflow of tasks. */
export function workflow(
  id: string,
  nodeIds: readonly string[],
  edges: Readonly<Record<string, string | readonly string[]>>,
  work: Work = {},
): Workflow {
  return defineWorkflow({
    id,
    version: '1',
    nodes: Object.fromEntries(
      nodeIds.map((nodeId) => {
        const run = work[nodeId] ?? ((context: NodeContext) => ({ [nodeId]: context.occurrence }));
        return [nodeId, task(run as Parameters<typeof task>[0])];
      }),
    ),
    edges,
  });
}
