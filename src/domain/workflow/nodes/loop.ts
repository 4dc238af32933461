import type { JsonObject } from '../../shared/json.js';
import { type ConditionLike, toCondition } from './expression.js';
import type { NodeOptions } from './node-options.js';
import type { LoopNode, NodeBody } from './workflow-node.js';

/** A loop as it is declared. */
export interface LoopOptions<State extends object = JsonObject> extends NodeOptions<State> {
  /** A node, or a graph. */
  readonly body: NodeBody<State>;
  /** Goes on as long as it holds; looked at before each pass. A string is an expression. */
  readonly while?: ConditionLike<State>;
  /** Ends once it holds; looked at after each pass. A string is an expression. */
  readonly until?: ConditionLike<State>;
  /** One more pass than that is a failure: `WAYMARK_LOOP_LIMIT`. */
  readonly maxIterations: number;
}

/**
 * Declares a body that is run again and again, each pass with the state that the one before it left.
 *
 * @example
 * loop({
 *   body: { nodes: { draft: task(() => ({})), review: task(() => ({ approved: true })) }, edges: { draft: 'review' } },
 *   until: 'state.approved',
 *   maxIterations: 5,
 * });
 */
export function loop<State extends object = JsonObject>(options: LoopOptions<State>): LoopNode<State> {
  const { while: goesOn, until, ...rest } = options;
  return Object.freeze({
    ...rest,
    kind: 'loop',
    ...(goesOn === undefined ? {} : { while: toCondition(goesOn) }),
    ...(until === undefined ? {} : { until: toCondition(until) }),
  });
}
