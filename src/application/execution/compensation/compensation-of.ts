import type { CompensationWork } from '../../../domain/workflow/nodes/node-options.js';
import type { WorkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';

/** The compensation of a node's own, with how it is tried; `undefined` where it has none. */
export function compensationOf(definition: WorkflowNode | undefined): CompensationWork | undefined {
  const compensate = definition?.compensate;
  return typeof compensate === 'function' ? { run: compensate } : compensate;
}
