import { type GraphNode, isRecord } from './graph.js';

/** How much sooner than LangGraph's a clock may be that was started with the node: a share of the limit. */
const SLACK = 0.05;

/**
 * The limit, in milliseconds, for the sake of which a node was aborted; `undefined` for one that has none.
 *
 * LangGraph aborts a node that takes too long, and says so to the graph alone: the node itself sees that it was aborted.
 *
 * @param path the node, after those around it, as `nodePath` gives them
 * @param elapsedMs how long it ran: which of two limits it was
 */
export function timeLimit(
  nodes: Readonly<Record<string, GraphNode>>,
  path: string,
  elapsedMs: number,
): number | undefined {
  const [name = '', ...within] = path.split('/');
  const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
  if (within.length > 0) {
    const [graph] = node?.subgraphs ?? [];
    const inner = isRecord(graph) ? graph['nodes'] : undefined;
    return isRecord(inner) ? timeLimit(inner as Record<string, GraphNode>, within.join('/'), elapsedMs) : undefined;
  }
  const { runTimeout: run, idleTimeout: idle } = isRecord(node?.timeout) ? node.timeout : {};
  const isOfTheRun = typeof run === 'number' && (idle === undefined || elapsedMs >= run * (1 - SLACK));
  if (isOfTheRun) return run;
  return typeof idle === 'number' ? idle : undefined;
}
