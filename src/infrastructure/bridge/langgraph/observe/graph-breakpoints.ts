import {
  type BreakpointLike,
  type BreakpointMoment,
  EVERY_NODE,
  readBreakpoint,
} from '../../../../domain/execution/breakpoints.js';
import { assertCondition } from '../../../../application/execution/breakpoints/condition.js';
import type { ExpressionEvaluator } from '../../../../application/execution/expression-evaluator.port.js';
import { InvalidArgumentError } from '../../../../domain/shared/errors.js';
import { type Expression, isExpression } from '../../../../domain/workflow/nodes/expression.js';
import type { Graph } from './graph.js';

/** What the condition of a graph's breakpoint sees. */
export interface GraphBreakpointScope {
  /** The state of the graph. Not to be changed. */
  readonly state: Readonly<Record<string, unknown>>;
  /** The n-th time that the node is reached in the thread, from 1. */
  readonly occurrence: number;
}

/** A condition as a function: at once, and without side effects. */
export type GraphCondition = (scope: GraphBreakpointScope) => boolean;

/**
 * Where the runs of a graph are to stop: before a node, or as said in more words.
 *
 * @example
 * import type { GraphBreakpoint } from 'waymark/langgraph';
 *
 * const breakpoints: readonly GraphBreakpoint[] = [
 *   'pay',
 *   { node: 'plan', when: 'after', if: ({ state }) => Number(state['amount']) > 100 },
 *   { node: 'plan', if: 'occurrence == 2' },
 * ];
 */
export type GraphBreakpoint =
  | string
  | (Omit<Exclude<BreakpointLike, string>, 'if'> & {
      /** It stops only where this holds: an expression in CEL over `state` and `occurrence`, or a function of them. */
      readonly if?: string | Expression | GraphCondition;
    });

/** The same, checked. */
export interface CheckedBreakpoint {
  readonly node: string;
  readonly when: BreakpointMoment;
  readonly if: Expression | GraphCondition | undefined;
}

/**
 * Checks breakpoints against the nodes of a graph.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT`; `WAYMARK_UNKNOWN_NODE` for a node that the graph has not;
 *   `WAYMARK_INVALID_EXPRESSION`
 */
export function checkedBreakpoints(
  graph: Graph,
  expressions: ExpressionEvaluator,
  given: unknown = [],
): readonly CheckedBreakpoint[] {
  if (!Array.isArray(given)) {
    throw new InvalidArgumentError('The breakpoints must be a list: ["review", { node: "send", when: "after" }].');
  }
  if (given.length > 0) assertStops(graph);
  return given.map((each: unknown): CheckedBreakpoint => {
    const read = typeof each === 'string' ? ({ node: each, when: 'before' } as const) : readBreakpoint(each);
    assertNode(graph, read.node);
    const condition = 'condition' in read ? (read.condition as Expression | GraphCondition | undefined) : undefined;
    if (isExpression(condition)) assertCondition(expressions, read.node, condition);
    return { node: read.node, when: read.when, if: condition };
  });
}

/**
 * LangGraph hands over what drives a run through a method of its own: without it nobody would be asked where to stop.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT`
 */
export function assertStops({ _runLoop: run }: Partial<Graph>): void {
  if (typeof run === 'function') return;
  throw new InvalidArgumentError('Runs of this graph can not be stopped: its LangGraph works in another way.', {
    hint: 'Use LangGraph 1.4, or its own interruptBefore and interruptAfter, which are recorded too.',
  });
}

function assertNode(graph: Graph, node: string): void {
  const known = Object.keys(graph.nodes).filter((name) => !isOwnNode(graph, name));
  if (node === EVERY_NODE || known.includes(node)) return;
  const within = node.includes('/') ? ' A sub-graph stops at its own nodes: compile it with interruptBefore.' : '';
  throw new InvalidArgumentError(`The graph has no node ${JSON.stringify(node)} to stop at.`, {
    code: 'WAYMARK_UNKNOWN_NODE',
    hint: `Its nodes are ${known.join(', ')}.${within}`,
  });
}

/** How LangGraph marks the nodes that it adds to a graph. */
const HIDDEN = 'langsmith:hidden';

/** Whether a node is LangGraph's own: nobody stops at it. */
export function isOwnNode({ nodes }: Pick<Graph, 'nodes'>, name: string): boolean {
  const tags = Object.hasOwn(nodes, name) ? nodes[name]?.tags : undefined;
  return name === '__start__' || tags?.includes(HIDDEN) === true;
}
