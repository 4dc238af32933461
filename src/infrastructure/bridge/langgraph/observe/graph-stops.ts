import { asHeld } from '../../../../application/execution/breakpoints/condition.js';
import type { ExpressionEvaluator } from '../../../../application/execution/expression-evaluator.port.js';
import { type BreakpointMoment, EVERY_NODE } from '../../../../domain/execution/breakpoints.js';
import { isExpression } from '../../../../domain/workflow/nodes/expression.js';
import { asJson } from './as-json.js';
import type { Graph, GraphLoop } from './graph.js';
import { type CheckedBreakpoint, type GraphBreakpointScope, isOwnNode } from './graph-breakpoints.js';
import { stateOf } from './graph-state.js';

/** That a run stopped at a node, or would have. */
export interface GraphStop {
  readonly node: string;
  readonly when: BreakpointMoment;
  /** The condition that held, as text. */
  readonly condition?: string;
  /** Why the condition could not be told. */
  readonly error?: unknown;
}

/** What a run is to stop at. */
export interface StopsAsked {
  readonly breakpoints: readonly CheckedBreakpoint[];
  /** What LangGraph was asked to stop at, with the run or when the graph was compiled. */
  readonly before: unknown;
  readonly after: unknown;
  /** What evaluates conditions that are texts. */
  readonly expressions: ExpressionEvaluator;
  /** Whether it is to stop after one superstep. */
  readonly isStep: boolean;
}

/** What LangGraph takes for the list of nodes to stop at: it asks for each task whether that is in the list. */
interface NodeList {
  readonly length: number;
  includes(node: string): boolean;
}

/**
 * Where one run of a graph stops.
 *
 * LangGraph asks, between two supersteps, whether the nodes that ended or that come next are in a list. It is given a list
 * that answers from the state: where a condition does not hold, the run goes on as if nobody had asked.
 */
export class GraphStops {
  readonly #graph: Graph;
  readonly #asked: StopsAsked;
  /** The n-th time that a node is reached next. */
  readonly #nextOccurrence: (node: string) => number;
  /** What was told of nodes in this superstep: a condition is asked once. */
  #told = new Map<string, GraphStop | undefined>();
  #loop: GraphLoop | undefined;
  #firstStep: number | undefined;
  #step: number | undefined;

  constructor(graph: Graph, asked: StopsAsked, nextOccurrence: (node: string) => number) {
    this.#graph = graph;
    this.#asked = asked;
    this.#nextOccurrence = nextOccurrence;
  }

  /** What drives the run is there. */
  attach(loop: GraphLoop): void {
    this.#loop = loop;
  }

  /** A superstep of the graph itself begins. */
  superstep(step: number): void {
    this.#firstStep ??= step;
    if (this.#step !== step) this.#told = new Map();
    this.#step = step;
  }

  /** Whether it stopped when a superstep had ended, before the graph said which checkpoint holds that. */
  get isAfterStep(): boolean {
    return this.#loop?.status === 'interrupt_after';
  }

  /** What LangGraph is to be given in the place of a list that it was to have. */
  list(when: BreakpointMoment, given: unknown, attempt: <Result>(work: () => Result) => Result | undefined): unknown {
    const { breakpoints, isStep } = this.#asked;
    const isAsked = breakpoints.some((breakpoint) => breakpoint.when === when) || (isStep && when === 'before');
    if (given === EVERY_NODE || !isAsked) return given;
    const list: NodeList = { length: 1, includes: (node) => attempt(() => this.#stopsAt(when, node)) === true };
    return list;
  }

  /**
   * The breakpoints that a run stands at which has stopped: of the nodes that have just ended, and of those that come next,
   * because going on passes these.
   */
  standingAt(next: readonly string[]): readonly GraphStop[] {
    const ended = this.isAfterStep ? Object.values(this.#loop?.tasks ?? {}) : [];
    const names = (nodes: readonly string[]): readonly string[] => [...new Set(nodes)];
    return [
      ...names(ended.map(({ name }) => name)).map((node) => this.#stop('after', node)),
      ...names(next).map((node) => this.#stop('before', node)),
    ].filter((stop) => stop !== undefined);
  }

  #stopsAt(when: BreakpointMoment, node: string): boolean {
    const loop = this.#loop;
    if (loop === undefined || isOwnNode(this.#graph, node)) return false;
    const isOneStepOn = this.#firstStep !== undefined && loop.step > this.#firstStep;
    if (when === 'before' && this.#asked.isStep && isOneStepOn) return true;
    // LangGraph asks as well when a task that still runs calls another.
    const hasEnded = Object.values(loop.tasks).some(({ name, writes }) => name === node && writes.length > 0);
    return (when === 'before' || hasEnded) && this.#stop(when, node) !== undefined;
  }

  #stop(when: BreakpointMoment, node: string): GraphStop | undefined {
    const key = `${when} ${node}`;
    if (!this.#told.has(key)) this.#told.set(key, isOwnNode(this.#graph, node) ? undefined : this.#tell(when, node));
    return this.#told.get(key);
  }

  #tell(when: BreakpointMoment, node: string): GraphStop | undefined {
    const native = this.#asked[when];
    if (native === EVERY_NODE || (Array.isArray(native) && native.includes(node))) return { node, when };
    for (const breakpoint of this.#asked.breakpoints) {
      if (breakpoint.when !== when || (breakpoint.node !== node && breakpoint.node !== EVERY_NODE)) continue;
      const condition = breakpoint.if;
      const text = isExpression(condition) ? { condition: condition.text } : {};
      try {
        if (this.#holds(condition, when, node)) return { node, when, ...text };
      } catch (error) {
        return { node, when, ...text, error };
      }
    }
    return undefined;
  }

  #holds(condition: CheckedBreakpoint['if'], when: BreakpointMoment, node: string): boolean {
    if (condition === undefined) return true;
    const state = this.#loop === undefined ? {} : stateOf(this.#graph, this.#loop);
    const reached = this.#nextOccurrence(node);
    const scope: GraphBreakpointScope = { state, occurrence: when === 'before' ? reached : reached - 1 };
    const held: unknown = isExpression(condition)
      ? this.#asked.expressions.evaluate(condition.text, { state: asJson(state), occurrence: scope.occurrence })
      : condition(scope);
    return asHeld(held, { node, when });
  }
}
