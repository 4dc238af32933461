import type { ExecutionSnapshot } from '../../domain/execution/execution.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { isWorkflow, type Workflow } from '../../domain/workflow/workflow-definition.js';
import { workflowChanged, workflowNotRegistered } from './execution-errors.js';

/** The workflow definitions whose code is loaded. */
export class WorkflowRegistry {
  readonly #workflows = new Map<string, Workflow>();

  /** Makes a definition known. A later one of the same id takes its place. */
  register(workflow: Workflow): void {
    if (!isWorkflow(workflow)) {
      throw new InvalidArgumentError('This is not a workflow.', { hint: 'Make one with defineWorkflow({ … }).' });
    }
    this.#workflows.set(workflow.id, workflow);
  }

  /**
   * The definition that an execution runs on.
   *
   * @throws WaymarkError `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_WORKFLOW_CHANGED`
   */
  for(execution: ExecutionSnapshot): Workflow {
    const workflow = this.#workflows.get(execution.workflowId);
    if (workflow === undefined) throw workflowNotRegistered(execution);
    if (workflow.graph.hash !== execution.workflowHash) throw workflowChanged(execution, workflow);
    return workflow;
  }
}
