import type { JsonObject } from '../../shared/json.js';
import type { SubworkflowNode } from './workflow-node.js';

/** A sub-workflow as it is declared. */
export type SubworkflowOptions<State extends object = JsonObject> = Omit<SubworkflowNode<State>, 'kind'>;

/**
 * Declares a node that runs another workflow, as an execution of its own with checkpoints of its own. Its output becomes
 * part of the state.
 *
 * @example
 * subworkflow<{ order: string }>({ workflow, input: (state) => ({ order: state.order }), into: 'invoice' });
 */
export function subworkflow<State extends object = JsonObject>(
  options: SubworkflowOptions<State>,
): SubworkflowNode<State> {
  return Object.freeze({ ...options, kind: 'workflow' });
}
