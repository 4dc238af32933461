import type { JsonObject } from '../../shared/json.js';
import type { NodeOptions } from './node-options.js';
import type { FailurePolicy, JoinPolicy, ParallelNode, WorkflowNode } from './workflow-node.js';

/** A parallel node as it is declared. */
export interface ParallelOptions<State extends object = JsonObject> extends NodeOptions<State> {
  readonly branches: Readonly<Record<string, WorkflowNode<State>>>;
  /** When it is done: when `all` branches are (as it is when left out), `any` one is, or so many are. */
  readonly join?: JoinPolicy;
  /** `fail-fast` when left out: the first failure cancels what runs beside it. `collect` lets that settle first. */
  readonly onFailure?: FailurePolicy;
}

/**
 * Declares branches that run side by side. Each sets keys of its own.
 *
 * @example
 * parallel({ branches: { mail: task(() => ({})), call: task(() => ({})) }, join: 'any' });
 */
export function parallel<State extends object = JsonObject>(options: ParallelOptions<State>): ParallelNode<State> {
  return Object.freeze({ join: 'all', onFailure: 'fail-fast', ...options, kind: 'parallel' });
}
