import { conditionText } from '../../domain/workflow/nodes/expression.js';
import type { WorkflowNode } from '../../domain/workflow/nodes/workflow-node.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import type { CompiledBody, CompiledNode } from '../../domain/workflow/workflow-tree.js';
import type { NodeSpan, SpanStatus } from './node-span.js';

/** How a node stands in a drawing of a run; `pending` has not been reached. */
export type GraphStatus = SpanStatus | 'pending';

/** A node of a drawing. */
export interface GraphNode {
  /** Its id: within other nodes the path of local ids. */
  readonly id: string;
  readonly localId: string;
  readonly name: string;
  readonly kind: string;
  /** What it does beyond its kind: the condition of a loop, the policy of a join. */
  readonly detail: string | null;
  /** `null` in the drawing of a definition. */
  readonly status: GraphStatus | null;
  /** How often it was reached, what was rolled back left out. */
  readonly occurrences: number;
  /** How long its last occurrence took, in milliseconds. */
  readonly durationMs: number | null;
  /** What is within it. */
  readonly body: Graph | null;
}

/** What follows what. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** When it is taken: the case of a decision. */
  readonly label: string | null;
  /** Whether a run went this way; `null` in the drawing of a definition. */
  readonly taken: boolean | null;
}

/** Nodes and what follows them: a workflow's, or what is within a node. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/**
 * A workflow as a graph to draw: its nodes, with what is within them, and what follows what.
 *
 * @example
 * console.log(toMermaid(graphOfWorkflow(workflow)));
 */
export function graphOfWorkflow(workflow: Workflow): Graph {
  return graphOfBody(workflow.tree.root, undefined);
}

/**
 * A run as a graph to draw: with its definition every node, what was not reached included; without one, what the log
 * tells of.
 */
export function graphOfRun(spans: readonly NodeSpan[], workflow: Workflow | undefined): Graph {
  const last = new Map<string, NodeSpan>();
  const counts = new Map<string, Set<number>>();
  for (const span of spans) {
    if (span.rolledBack) continue;
    last.set(span.nodeId, span);
    const reached = counts.get(span.nodeId) ?? new Set();
    counts.set(span.nodeId, span.status === 'skipped' ? reached : reached.add(span.occurrence));
  }
  const run: Run = { last, occurrencesOf: (nodeId) => counts.get(nodeId)?.size ?? 0 };
  return workflow === undefined ? observed(spans, run) : graphOfBody(workflow.tree.root, run);
}

interface Run {
  readonly last: ReadonlyMap<string, NodeSpan>;
  readonly occurrencesOf: (nodeId: string) => number;
}

function graphOfBody({ graph, nodes }: CompiledBody, run: Run | undefined): Graph {
  const all = graph.nodeIds.flatMap((localId) => nodes.get(localId) ?? []);
  return {
    nodes: all.map((node) => graphNode(node, run)),
    edges: all.flatMap((node) =>
      graph.successors(node.localId).flatMap((to): readonly GraphEdge[] => {
        const target = nodes.get(to);
        if (target === undefined) return [];
        const taken = run === undefined ? null : wasTaken(run, node.id, target.id);
        return [{ from: node.id, to: target.id, label: labelOf(node.definition, to), taken }];
      }),
    ),
  };
}

function graphNode(node: CompiledNode, run: Run | undefined): GraphNode {
  const span = run?.last.get(node.id);
  return {
    id: node.id,
    localId: node.localId,
    name: node.definition.name ?? node.localId,
    kind: node.kind,
    detail: detailOf(node.definition),
    status: run === undefined ? null : (span?.status ?? 'pending'),
    occurrences: run?.occurrencesOf(node.id) ?? 0,
    durationMs: span?.durationMs ?? null,
    body: node.body === undefined ? null : graphOfBody(node.body, run),
  };
}

/** Whether a run went from one node to another: both were reached, and neither was passed over. */
function wasTaken({ last }: Run, from: string, to: string): boolean {
  const [one, other] = [last.get(from), last.get(to)];
  return one?.status === 'completed' && other !== undefined && other.status !== 'skipped';
}

/** When a decision leads to a follower, in words: each of its cases that does. */
function labelOf(node: WorkflowNode, to: string): string | null {
  if (node.kind !== 'decision' || node.cases === undefined) return null;
  const cases = node.cases
    .filter((each) => each.to.includes(to))
    .map(({ when }) => conditionText(when) ?? 'a condition');
  const labels = [...cases, ...(node.otherwise?.includes(to) === true ? ['otherwise'] : [])];
  return labels.length === 0 ? null : labels.join(' or ');
}

function detailOf(node: WorkflowNode): string | null {
  switch (node.kind) {
    case 'loop': {
      const [asLongAs, until] = [node.while, node.until].map((condition) => conditionText(condition) ?? 'a condition');
      const parts = [
        ...(node.while === undefined ? [] : [`while ${asLongAs}`]),
        ...(node.until === undefined ? [] : [`until ${until}`]),
        `at most ${node.maxIterations} times`,
      ];
      return parts.join(', ');
    }
    case 'map': {
      const over = typeof node.over === 'string' ? node.over : (conditionText(node.over) ?? 'a list');
      return `each of ${over}${node.concurrency === undefined ? '' : `, ${node.concurrency} at once`}`;
    }
    case 'parallel':
      return typeof node.join === 'string' ? node.join : `at least ${node.join.atLeast}`;
    case 'workflow':
      return `${node.workflow.name} ${node.workflow.version}`;
    case 'signal':
      return node.name;
    case 'task':
    case 'decision':
    case 'group':
    case 'approval':
    case 'timer':
      return null;
  }
}

/** A graph of what happened: a node followed another when its start followed from the other's end. */
function observed(spans: readonly NodeSpan[], run: Run): Graph {
  const kept = spans.filter(({ rolledBack }) => !rolledBack);
  const ended = new Map(kept.flatMap((span) => (span.endedEventId === null ? [] : [[span.endedEventId, span.nodeId]])));
  const edges = new Map<string, { readonly from: string; readonly to: string }>();
  for (const { nodeId: to, causationId } of kept) {
    const from = causationId === null ? undefined : ended.get(causationId);
    if (from === undefined || from === to || outerOf(from) !== outerOf(to)) continue;
    edges.set(JSON.stringify([from, to]), { from, to });
  }
  const ids = new Set(run.last.keys());
  // What is within a node whose own start the log no longer has is shown at the top.
  const childrenOf = (outer: string): readonly string[] =>
    [...ids].filter((id) => (ids.has(outerOf(id)) ? outerOf(id) : '') === outer);
  const within = (outer: string): Graph => {
    const children = childrenOf(outer);
    const caused = [...edges.values()].filter(({ from, to }) => children.includes(from) && children.includes(to));
    return {
      nodes: children.map((id) => {
        const span = run.last.get(id) as NodeSpan;
        const inner = childrenOf(id);
        return {
          id,
          localId: id.slice(id.lastIndexOf('/') + 1),
          name: span.name === id ? id.slice(id.lastIndexOf('/') + 1) : span.name,
          kind: span.kind,
          detail: null,
          status: span.status,
          occurrences: run.occurrencesOf(id),
          durationMs: span.durationMs,
          body: inner.length === 0 ? null : within(id),
        };
      }),
      edges: (caused.length > 0 ? caused : inTurn(kept.filter(({ nodeId }) => children.includes(nodeId)))).map(
        ({ from, to }) => ({ from, to, label: null, taken: true }),
      ),
    };
  };
  return within('');
}

function outerOf(nodeId: string): string {
  const end = nodeId.lastIndexOf('/');
  return end < 0 ? '' : nodeId.slice(0, end);
}

/**
 * What came after what, where the log does not say what followed from what: LangGraph runs nodes in steps, and a script one
 * after another. What ran at once is a step; each node of it comes before each of the next one.
 */
function inTurn(spans: readonly NodeSpan[]): readonly { readonly from: string; readonly to: string }[] {
  const edges = new Map<string, { readonly from: string; readonly to: string }>();
  let before: Set<string> = new Set();
  let step: Set<string> = new Set();
  let stepEnd = -1;
  for (const { nodeId, startedPosition, endedPosition } of spans) {
    if (step.size > 0 && startedPosition > stepEnd) {
      before = step;
      step = new Set();
      stepEnd = -1;
    }
    step.add(nodeId);
    stepEnd = Math.max(stepEnd, endedPosition ?? Infinity);
    for (const from of before) if (from !== nodeId) edges.set(JSON.stringify([from, nodeId]), { from, to: nodeId });
  }
  return [...edges.values()];
}
