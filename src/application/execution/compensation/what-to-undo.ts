import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import type { WorkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';
import { isWorkflow, type Workflow } from '../../../domain/workflow/workflow-definition.js';

/** The ids of the nodes of a workflow that have a compensation, or run a sub-workflow in which something has one. */
export function compensableIn(workflow: Workflow): readonly string[] {
  const found = [...workflow.tree.nodes.values()].filter(({ definition }) => isCompensable(definition));
  return found.map(({ id }) => id);
}

function isCompensable(definition: WorkflowNode): boolean {
  if (definition.compensate !== undefined) return true;
  if (definition.kind !== 'workflow' || !isWorkflow(definition.workflow)) return false;
  return [...definition.workflow.nodes.values()].some(isCompensable);
}

/**
 * What is to be compensated when an execution goes back to where only `kept` is completed: what was completed last comes
 * first. What was compensated before, and is completed still, is not compensated again.
 */
export function toUndo(
  { completed, compensated, compensable }: Pick<ExecutionSnapshot, 'completed' | 'compensated' | 'compensable'>,
  kept: readonly NodeOccurrence[],
): readonly NodeOccurrence[] {
  if (compensable.length === 0) return [];
  const passed = new Set([...kept, ...compensated].map(keyOf));
  const nodes = new Set(compensable);
  return completed.filter((node) => nodes.has(node.nodeId) && !passed.has(keyOf(node))).toReversed();
}

/** An occurrence as text. */
export function keyOf({ nodeId, occurrence }: NodeOccurrence): string {
  return `${nodeId}/${occurrence}`;
}
