import { InvalidWorkflowError } from '../../../domain/workflow/invalid-workflow.error.js';
import { isExpression } from '../../../domain/workflow/nodes/expression.js';
import type { WorkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';
import { isWorkflow, type Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExpressionEvaluator } from '../expression-evaluator.port.js';

/** Definitions whose expressions can all be evaluated. */
const CHECKED = new WeakSet<Workflow>();

/**
 * Refuses a definition with an expression that can never be evaluated.
 *
 * @throws InvalidWorkflowError `WAYMARK_INVALID_WORKFLOW` with all that is wrong with them
 */
export function assertExpressions(expressions: ExpressionEvaluator, workflow: Workflow): void {
  // What is no definition at all is refused elsewhere.
  if (!isWorkflow(workflow) || CHECKED.has(workflow)) return;
  const problems: string[] = [];
  for (const [id, node] of workflow.nodes) {
    for (const [what, condition] of conditionsOf(node)) {
      const problem = isExpression(condition) ? expressions.check(condition.text) : undefined;
      if (problem !== undefined) problems.push(`the ${what} of the node ${JSON.stringify(id)} ${problem}`);
    }
  }
  if (problems.length > 0) throw new InvalidWorkflowError(workflow.id, problems);
  CHECKED.add(workflow);
}

function conditionsOf(node: WorkflowNode): readonly (readonly [string, unknown])[] {
  switch (node.kind) {
    case 'decision':
      return (node.cases ?? []).map(({ when }, index) => [`condition of case ${index + 1}`, when] as const);
    case 'loop':
      return [
        ['condition while', node.while],
        ['condition until', node.until],
      ];
    case 'map':
      return [['list', node.over]];
    case 'task':
    case 'group':
    case 'parallel':
    case 'workflow':
    case 'approval':
    case 'timer':
    case 'signal':
      return [];
  }
}
