import {
  type BreakpointHit,
  hitAt,
  type Holds,
  isStepping,
  lastingBreakpoints,
  type ReachedNode,
  type StoredBreakpoint,
} from '../../../domain/execution/breakpoints.js';
import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import { addressOf } from '../../../domain/execution/standing.js';
import { type ReachedBy, reachedNode } from './reached-node.js';

/** What a run may begin with, by the addresses of nodes. */
export interface Released {
  /** Nodes whose breakpoints are not to stop it again. */
  readonly passed: ReadonlySet<string>;
  /** While a step is under way: the nodes that may start. The same, when left out. */
  readonly step?: ReadonlySet<string>;
}

/**
 * Watches one run for its breakpoints: which of the nodes that are ready may start, and whether the run is to stop.
 *
 * A breakpoint before a node holds that node, and what is beside it goes on. One after a node stops the run: what runs
 * settles, and nothing more is started. A step lets its nodes go, and holds all others.
 */
export class BreakpointWatch {
  readonly #holds: Holds;
  readonly #passed: Set<string>;
  readonly #step: ReadonlySet<string>;
  /** Nodes that are held, by their addresses: once reached, they are not let go when the state changes. */
  #held = new Map<string, BreakpointHit>();
  readonly #after: BreakpointHit[] = [];
  readonly #seen = new WeakSet<NodeAttempt>();
  #given: readonly StoredBreakpoint[];
  #breakpoints: readonly StoredBreakpoint[];
  #isStepping: boolean;

  constructor(breakpoints: readonly StoredBreakpoint[], { passed, step = passed }: Released, holds: Holds) {
    this.#given = breakpoints;
    this.#breakpoints = lastingBreakpoints(breakpoints);
    this.#isStepping = isStepping(breakpoints);
    this.#passed = new Set(passed);
    this.#step = step;
    this.#holds = holds;
  }

  /** Whether there is anything to watch for. */
  get isIdle(): boolean {
    return this.#breakpoints.length === 0 && !this.#isStepping;
  }

  /** Whether a breakpoint after a node was reached: nothing more is to be started. */
  get isStopping(): boolean {
    return this.#after.length > 0;
  }

  /** Whether it is to stand still for whoever looks at it: stopped after a node, or at the end of a step. */
  get isHeld(): boolean {
    return this.#isStepping || this.isStopping;
  }

  /** Whether a node that is ready may start. */
  mayStart(node: ReachedNode): boolean {
    if (this.isIdle) return true;
    if (this.isStopping || (this.#isStepping && !this.#step.has(node.at))) return false;
    if (this.#hitBefore(node) !== undefined) return false;
    // Tried again, it is not stopped at again.
    this.#passed.add(node.at);
    return true;
  }

  /** The results of nodes are recorded, or will be with the step: each is looked at once. */
  completed(nodes: readonly NodeAttempt[], by: ReachedBy): void {
    if (this.isIdle) return;
    for (const node of nodes) {
      if (this.#seen.has(node)) continue;
      this.#seen.add(node);
      const hit = hitAt(this.#breakpoints, 'after', reachedNode(by, addressOf(node), node.occurrence), this.#holds);
      if (hit !== undefined) this.#after.push(hit);
    }
  }

  /**
   * The breakpoints that a run stands at which has stopped. Going on passes all of them: after a stop behind a node, those
   * before the nodes that are ready too.
   */
  standingAt(ready: readonly ReachedNode[]): readonly BreakpointHit[] {
    const before = ready.map((node) => this.#hitBefore(node)).filter((hit) => hit !== undefined);
    return [...this.#after, ...before];
  }

  /** The breakpoints as the execution has them now. Where they are others, nodes that are held by none of them may start. */
  follow(breakpoints: readonly StoredBreakpoint[]): void {
    if (breakpoints === this.#given) return;
    this.#given = breakpoints;
    this.#breakpoints = lastingBreakpoints(breakpoints);
    this.#isStepping = isStepping(breakpoints);
    this.#held = new Map();
  }

  #hitBefore(node: ReachedNode): BreakpointHit | undefined {
    if (this.#breakpoints.length === 0 || this.#passed.has(node.at)) return undefined;
    const held = this.#held.get(node.at) ?? hitAt(this.#breakpoints, 'before', node, this.#holds);
    if (held !== undefined) this.#held.set(node.at, held);
    return held;
  }
}
