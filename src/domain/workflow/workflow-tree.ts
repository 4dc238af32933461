import { sha256Hex } from '../shared/hash.js';
import { SINGLE_BODY } from './address.js';
import { isExpression } from './nodes/expression.js';
import type { GraphBody, NodeBody, NodeKind, WorkflowNode } from './nodes/workflow-node.js';
import { type BodyGraph, buildGraph, type GraphSource } from './workflow-graph.js';

/** A node of a definition, with its place in it. */
export interface CompiledNode {
  /** The path of its local ids: `refine/draft`. */
  readonly id: string;
  readonly localId: string;
  readonly kind: NodeKind;
  readonly definition: WorkflowNode;
  /** The node that it is within; left out for one of the workflow itself. */
  readonly parent?: CompiledNode;
  /** What a group, a parallel, a loop or a map runs. */
  readonly body?: CompiledBody;
}

/** A graph of nodes within a node, or the workflow's own. */
export interface CompiledBody {
  readonly graph: BodyGraph;
  /** By their local ids. */
  readonly nodes: ReadonlyMap<string, CompiledNode>;
}

/** All nodes of a definition. Made once; executions refer to its nodes by their ids. */
export interface WorkflowTree {
  readonly root: CompiledBody;
  /** Every node, by its id, an outer one before those within it. */
  readonly nodes: ReadonlyMap<string, CompiledNode>;
  /** The node of an id: `refine/draft`. */
  get(id: string): CompiledNode | undefined;
  readonly hash: string;
}

/**
 * Compiles a definition whose parts were checked: the nodes within nodes get their ids, each body its graph.
 *
 * @param problems where everything that is wrong with the graphs goes
 */
export function compileTree(source: GraphSource & { readonly revision?: string }, problems: string[]): WorkflowTree {
  const nodes = new Map<string, CompiledNode>();
  const root = compileBody(source, undefined, nodes, problems);
  return Object.freeze({
    root,
    nodes,
    get: (id: string) => nodes.get(id),
    hash: problems.length > 0 ? '' : sha256Hex(JSON.stringify(hashed(root, source.revision))),
  });
}

/** A definition without a revision is hashed as it was before there were any. */
function hashed(root: CompiledBody, revision: string | undefined): unknown {
  return revision === undefined ? shapeOf(root) : [shapeOf(root), revision];
}

/** What a node runs, as a graph; `undefined` for a node without a body. */
export function bodySource(node: WorkflowNode): GraphSource | undefined {
  switch (node.kind) {
    case 'group':
      return node.body;
    case 'parallel':
      return { nodes: node.branches, edges: {} };
    case 'loop':
      return graphSource(node.body);
    case 'map':
      return graphSource(node.each);
    case 'task':
    case 'decision':
    case 'workflow':
    case 'approval':
    case 'timer':
    case 'signal':
      return undefined;
  }
}

function graphSource(body: NodeBody): GraphBody {
  return 'kind' in body ? { nodes: { [SINGLE_BODY]: body }, edges: {} } : body;
}

function compileBody(
  source: GraphSource,
  parent: CompiledNode | undefined,
  nodes: Map<string, CompiledNode>,
  problems: string[],
): CompiledBody {
  const found: string[] = [];
  const graph = buildGraph(source, found);
  const where = parent === undefined ? '' : `in ${JSON.stringify(parent.id)}: `;
  for (const problem of found) problems.push(`${where}${problem}`);
  const body = new Map<string, CompiledNode>();
  for (const [localId, definition] of Object.entries(source.nodes as Record<string, WorkflowNode>)) {
    const id = parent === undefined ? localId : `${parent.id}/${localId}`;
    const node: { -readonly [Key in keyof CompiledNode]: CompiledNode[Key] } = {
      id,
      localId,
      kind: definition.kind,
      definition,
    };
    if (parent !== undefined) node.parent = parent;
    nodes.set(id, node);
    body.set(localId, node);
    const within = bodySource(definition);
    if (within !== undefined) node.body = compileBody(within, node, nodes, problems);
    for (const problem of choiceProblems(node, graph)) problems.push(problem);
    Object.freeze(node);
  }
  return Object.freeze({ graph, nodes: body });
}

/** A decision chooses among its followers. */
function choiceProblems({ id, localId, definition }: CompiledNode, graph: BodyGraph): readonly string[] {
  if (definition.kind !== 'decision') return [];
  const followers = graph.successors(localId);
  if (followers.length === 0) {
    return [`the decision ${JSON.stringify(id)} has nothing to choose from: no edge leaves it`];
  }
  const named = [...(definition.cases ?? []).flatMap(({ to }) => to), ...(definition.otherwise ?? [])];
  return named
    .filter((target) => !followers.includes(target))
    .map(
      (target) => `the decision ${JSON.stringify(id)} can lead to ${JSON.stringify(target)}, which does not follow it`,
    );
}

/** What the hash is of. A node without details is written as it was before there were any: stored hashes stay. */
function shapeOf({ graph, nodes }: CompiledBody): unknown {
  return [
    graph.entries,
    Array.from(nodes.values(), (node) => {
      const details = detailsOf(node);
      return [
        node.localId,
        node.kind,
        graph.successors(node.localId),
        ...(details === undefined && node.body === undefined ? [] : [details ?? null]),
        ...(node.body === undefined ? [] : [shapeOf(node.body)]),
      ];
    }),
  ];
}

/** What decides where an execution goes from a node, beyond its edges. What is code is not looked at. */
function detailsOf({ definition: node }: CompiledNode): unknown {
  switch (node.kind) {
    case 'decision':
      return node.cases === undefined
        ? undefined
        : [node.cases.map(({ when, to }) => [textOf(when), to]), node.otherwise ?? null];
    case 'parallel':
      return [node.join, node.onFailure];
    case 'loop':
      return [textOf(node.while), textOf(node.until), node.maxIterations];
    case 'map':
      return [textOf(node.over), node.as, node.concurrency ?? null, node.into, node.onFailure];
    case 'workflow':
      return [node.workflow.id, node.into ?? null];
    case 'signal':
      return [node.name, node.into ?? null];
    case 'task':
    case 'group':
    case 'approval':
    case 'timer':
      return undefined;
  }
}

/** The text of an expression or a key; whether there is a function. */
function textOf(value: unknown): string | boolean | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return `key ${value}`;
  return isExpression(value) ? value.text : true;
}
