import type { Graph, GraphEdge, GraphNode } from '../../application/insight/execution-graph.js';

/** A line of a graph that is drawn as a list. */
export interface GraphRow {
  readonly node: GraphNode;
  /** How many nodes it is within. */
  readonly depth: number;
  /** What follows it. */
  readonly followers: readonly { readonly node: GraphNode; readonly edge: GraphEdge }[];
}

/** The nodes of a graph in an order in which each comes after what leads to it, what is within one right after it. */
export function graphRows(graph: Graph, depth = 0): readonly GraphRow[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  return inOrder(graph).flatMap((node) => {
    const followers = graph.edges.flatMap((edge) => {
      const to = edge.from === node.id ? byId.get(edge.to) : undefined;
      return to === undefined ? [] : [{ node: to, edge }];
    });
    return [{ node, depth, followers }, ...(node.body === null ? [] : graphRows(node.body, depth + 1))];
  });
}

/** Topologically, and otherwise as declared. What lies on a circle, as threads have it, comes as it was declared. */
function inOrder({ nodes, edges }: Graph): readonly GraphNode[] {
  const open = new Map<string, number>();
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) {
    open.set(to, (open.get(to) ?? 0) + 1);
    targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rest = new Set(nodes);
  const ordered: GraphNode[] = [];
  const take = (node: GraphNode): void => {
    rest.delete(node);
    ordered.push(node);
    for (const to of targets.get(node.id) ?? []) open.set(to, (open.get(to) ?? 0) - 1);
  };
  for (;;) {
    let isChanged = false;
    for (const node of rest) {
      if ((open.get(node.id) ?? 0) > 0) continue;
      take(byId.get(node.id) ?? node);
      isChanged = true;
    }
    if (rest.size === 0) return ordered;
    if (isChanged) continue;
    const [first] = rest;
    if (first !== undefined) take(first);
  }
}
