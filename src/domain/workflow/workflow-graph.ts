import { nodeList } from './nodes/node-list.js';

/** What a graph is made from. */
export interface GraphSource {
  readonly entry?: string | readonly string[] | undefined;
  readonly nodes: Readonly<Record<string, unknown>>;
  readonly edges: Readonly<Partial<Record<string, string | readonly string[]>>>;
}

/** The shape of a graph: which node follows which. Checked when it is made. */
export interface BodyGraph {
  /** Every node, in the order of declaration. */
  readonly nodeIds: readonly string[];
  /** Where it begins. */
  readonly entries: readonly string[];
  /** The nodes that nothing follows. */
  readonly ends: readonly string[];
  isEnd(nodeId: string): boolean;
  successors(nodeId: string): readonly string[];
  predecessors(nodeId: string): readonly string[];
  /** The followers of a node that are ready now: every node that leads to them is completed. */
  readyAfter(nodeId: string, completed: ReadonlySet<string>): readonly string[];
}

/** The shape of a workflow. */
export interface WorkflowGraph extends BodyGraph {
  /**
   * Changes when nodes, their kinds, edges, bodies, limits or expressions do: an execution goes on only on the graph it
   * began on.
   */
  readonly hash: string;
}

/**
 * Makes the graph of nodes and edges whose parts were checked, and checks that it can be run.
 *
 * @param problems where everything that is wrong with it goes
 */
export function buildGraph(source: GraphSource, problems: string[]): BodyGraph {
  const found: string[] = [];
  const nodeIds = Object.keys(source.nodes);
  const successors = new Map(nodeIds.map((nodeId) => [nodeId, new Set<string>()]));
  const predecessors = new Map(nodeIds.map((nodeId) => [nodeId, [] as string[]]));
  for (const [from, targets] of Object.entries(source.edges)) {
    const known = successors.get(from);
    if (known === undefined) found.push(`an edge leaves ${quote(from)}, which is not a node`);
    for (const to of nodeList(targets)) {
      const incoming = predecessors.get(to);
      if (incoming === undefined) {
        found.push(`an edge leads from ${quote(from)} to ${quote(to)}, which is not a node`);
      } else if (known?.has(to) === true) {
        found.push(`the edge from ${quote(from)} to ${quote(to)} is there twice`);
      } else {
        known?.add(to);
        incoming.push(from);
      }
    }
  }
  const entries =
    source.entry === undefined ? nodeIds.filter((id) => predecessors.get(id)?.length === 0) : nodeList(source.entry);
  const seen = new Set<string>();
  for (const entry of entries) {
    if (!successors.has(entry)) found.push(`the entry ${quote(entry)} is not a node`);
    else if (seen.has(entry)) found.push(`the entry ${quote(entry)} is there twice`);
    seen.add(entry);
  }
  const followers = new Map(Array.from(successors, ([nodeId, targets]) => [nodeId, [...targets]] as const));
  const next = (nodeId: string): readonly string[] => followers.get(nodeId) ?? [];
  const wrong = found.length > 0 ? found : shapeProblems(nodeIds, entries, next);
  // One by one: a call takes only so many arguments.
  for (const problem of wrong) problems.push(problem);
  const ends = nodeIds.filter((nodeId) => next(nodeId).length === 0);
  return Object.freeze({
    nodeIds,
    entries,
    ends,
    isEnd: (nodeId: string) => followers.get(nodeId)?.length === 0,
    successors: next,
    predecessors: (nodeId: string) => predecessors.get(nodeId) ?? [],
    readyAfter: (nodeId: string, completed: ReadonlySet<string>) =>
      next(nodeId).filter((follower) => predecessors.get(follower)?.every((before) => completed.has(before)) === true),
  });
}

function shapeProblems(
  nodeIds: readonly string[],
  entries: readonly string[],
  next: (nodeId: string) => readonly string[],
): string[] {
  const cycle = findCycle(nodeIds, next);
  if (entries.length === 0) {
    return [`it has no entry: an edge leads to every node${cycle === undefined ? '' : ` (${cycle.join(' → ')})`}`];
  }
  const problems: string[] = [];
  if (cycle !== undefined) problems.push(`it has a cycle outside a loop: ${cycle.join(' → ')}`);
  const begins = new Set(entries);
  const reached = new Set(entries);
  for (const nodeId of reached) for (const follower of next(nodeId)) reached.add(follower);
  for (const nodeId of nodeIds) {
    if (!reached.has(nodeId)) {
      problems.push(`the node ${quote(nodeId)} can't be reached from ${entries.map(quote).join(', ')}`);
      continue;
    }
    // It would begin at once, and once more when the node before it is done.
    for (const entry of next(nodeId).filter((follower) => begins.has(follower))) {
      problems.push(`the entry ${quote(entry)} also follows ${quote(nodeId)}`);
    }
  }
  return problems;
}

/**
 * A cycle as the nodes on it, the first one repeated at the end. Depth-first search with three colours, without
 * recursion.
 */
function findCycle(
  nodeIds: readonly string[],
  next: (nodeId: string) => readonly string[],
): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of nodeIds) {
    const path: string[] = [];
    const onPath = new Set<string>();
    const pending: { readonly nodeId: string; readonly leave: boolean }[] = [{ nodeId: start, leave: false }];
    for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
      const { nodeId, leave } = step;
      if (leave) {
        path.pop();
        onPath.delete(nodeId);
        done.add(nodeId);
      } else if (onPath.has(nodeId)) {
        return [...path.slice(path.indexOf(nodeId)), nodeId];
      } else if (!done.has(nodeId)) {
        path.push(nodeId);
        onPath.add(nodeId);
        pending.push({ nodeId, leave: true });
        // One by one: a call takes only so many arguments.
        for (const follower of next(nodeId)) pending.push({ nodeId: follower, leave: false });
      }
    }
  }
  return undefined;
}

function quote(value: string): string {
  return JSON.stringify(value);
}
