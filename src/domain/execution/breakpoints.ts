import { InvalidArgumentError } from '../shared/errors.js';
import { assertKeys, assertOptional, type KeysOf, oneOf } from '../shared/options.js';
import { type ConditionScope, type Expression, isExpression, toCondition } from '../workflow/nodes/expression.js';

/** Whether a breakpoint stops before a node's work begins, or when its result is recorded. */
export type BreakpointMoment = 'before' | 'after';

/** What the condition of a breakpoint sees. */
export interface BreakpointScope extends ConditionScope {
  /** The n-th time that the node is reached, from 1. */
  readonly occurrence: number;
}

/** Where an execution is to stop, as it is kept with it. */
export interface Breakpoint {
  /** The node's id, `refine/draft` within other nodes; {@link EVERY_NODE} for every one. */
  readonly node: string;
  readonly when: BreakpointMoment;
  /** It stops only where this holds. */
  readonly if?: Expression;
  /** Belongs to a step that is under way: gone when the execution stands still. */
  readonly once?: true;
}

/** A breakpoint as it is kept: an id alone stops before that node. */
export type StoredBreakpoint = string | Breakpoint;

/**
 * A breakpoint as it may be written: a node's id, or what to stop at in more words.
 *
 * @example
 * await waymark.executions.start(workflow, {}, {
 *   breakpoints: ['review', { node: 'refine/draft', when: 'after', if: 'state.score < 0.5' }],
 * });
 */
export type BreakpointLike =
  | string
  | {
      /** The node's id, `refine/draft` within other nodes; `*` for every one. */
      readonly node: string;
      /** `before` when left out. */
      readonly when?: BreakpointMoment;
      /** It stops only where this expression in CEL holds, over `state`, `input` and `occurrence`. */
      readonly if?: string | Expression;
    };

/** Stands for every node. */
export const EVERY_NODE = '*';

/** Stops before every node but the ones that a step lets go. */
export const STEP_BREAKPOINT: Breakpoint = Object.freeze({ node: EVERY_NODE, when: 'before', once: true });

/** A node that is reached, or was completed. */
export interface ReachedNode {
  /** Its address: see `Progress`. */
  readonly at: string;
  readonly nodeId: string;
  readonly scope: () => BreakpointScope;
}

/** That a node is stopped at. */
export interface BreakpointHit {
  readonly at: string;
  readonly nodeId: string;
  readonly breakpoint: Breakpoint;
  /** Why its condition could not be told: then it stops. */
  readonly error?: unknown;
}

/** Tells whether a condition holds. It may throw. */
export type Holds = (condition: Expression, scope: BreakpointScope, breakpoint: Breakpoint) => boolean;

/** The breakpoint with everything in words. */
export function asBreakpoint(stored: StoredBreakpoint): Breakpoint {
  return typeof stored === 'string' ? { node: stored, when: 'before' } : stored;
}

/** Without those of a step: what stays when the execution stands still. */
export function lastingBreakpoints(breakpoints: readonly StoredBreakpoint[]): readonly StoredBreakpoint[] {
  return isStepping(breakpoints)
    ? breakpoints.filter((stored) => typeof stored === 'string' || stored.once !== true)
    : breakpoints;
}

/** Whether a step is under way. */
export function isStepping(breakpoints: readonly StoredBreakpoint[]): boolean {
  return breakpoints.some((stored) => typeof stored === 'object' && stored.once === true);
}

/** The ids of the nodes that breakpoints name, once each, in order. */
export function breakpointNodes(breakpoints: readonly StoredBreakpoint[]): readonly string[] {
  return [...new Set(lastingBreakpoints(breakpoints).map((stored) => asBreakpoint(stored).node))];
}

/**
 * The breakpoint that stops at a node, or `undefined` where it goes on: of several, the first that holds.
 *
 * A condition that can't be told stops: whoever set it wants to look, and does not want to miss it for a mistake.
 */
export function hitAt(
  breakpoints: readonly StoredBreakpoint[],
  when: BreakpointMoment,
  { at, nodeId, scope }: ReachedNode,
  holds: Holds,
): BreakpointHit | undefined {
  for (const breakpoint of breakpoints.map(asBreakpoint)) {
    if (breakpoint.when !== when || (breakpoint.node !== nodeId && breakpoint.node !== EVERY_NODE)) continue;
    const hit = { at, nodeId, breakpoint };
    if (breakpoint.if === undefined) return hit;
    try {
      if (holds(breakpoint.if, scope(), breakpoint)) return hit;
    } catch (error) {
      return { ...hit, error };
    }
  }
  return undefined;
}

const KEYS: KeysOf<Exclude<BreakpointLike, string>> = { node: true, when: true, if: true };
const MOMENTS = ['before', 'after'] as const satisfies readonly BreakpointMoment[];

/**
 * Breakpoints as they are kept. What says no more than a node's id is that id.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT` for anything but a list of breakpoints,
 *   `WAYMARK_BREAKPOINT_FUNCTION` for a function as a condition: it can't be kept
 */
export function toStoredBreakpoints(given: unknown): readonly StoredBreakpoint[] {
  if (!Array.isArray(given)) throw noList();
  return given.map(toStored);
}

function toStored(given: unknown): StoredBreakpoint {
  if (typeof given === 'string') return given;
  const { node, when, condition } = readBreakpoint(given);
  if (typeof condition === 'function') {
    throw new InvalidArgumentError(
      `The condition of the breakpoint at ${node} is a function, which can't be kept with the execution.`,
      { code: 'WAYMARK_BREAKPOINT_FUNCTION', hint: 'Write it as an expression: { node, if: "state.total > 10" }.' },
    );
  }
  if (condition !== undefined) return Object.freeze({ node, when, if: condition });
  return when === 'before' ? node : Object.freeze({ node, when });
}

/**
 * What a breakpoint says that is an object. Its condition is an expression, or a function, which is for whoever can use
 * one.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT`
 */
export function readBreakpoint(given: unknown): {
  readonly node: string;
  readonly when: BreakpointMoment;
  readonly condition: Expression | ((scope: never) => unknown) | undefined;
} {
  if (typeof given !== 'object' || given === null) throw noList();
  assertKeys(given, KEYS, 'part of a breakpoint');
  const { node, when = 'before', if: condition } = given as Partial<Record<'node' | 'when' | 'if', unknown>>;
  if (typeof node !== 'string') throw noList();
  const moment = oneOf(when, MOMENTS, 'moment of a breakpoint');
  if (condition === undefined || typeof condition === 'function') {
    return { node, when: moment, condition: condition as ((scope: never) => unknown) | undefined };
  }
  const expression = toCondition(condition);
  if (!isExpression(expression)) assertOptional(condition, 'string', 'condition of a breakpoint');
  return { node, when: moment, condition: expression as Expression };
}

function noList(): InvalidArgumentError {
  return new InvalidArgumentError(
    'The breakpoints must be a list of node ids, or of { node, when, if }: ["review", { node: "send", when: "after" }].',
  );
}
