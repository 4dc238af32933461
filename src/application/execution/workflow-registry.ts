import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { isRecorded } from '../../domain/execution/recorded.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { isWorkflow, type Workflow } from '../../domain/workflow/workflow-definition.js';
import { workflowChanged, workflowNotRegistered } from './execution-errors.js';
import { recordedExecution } from './record/recording-errors.js';

/** The workflow definitions whose code is loaded. */
export class WorkflowRegistry {
  readonly #workflows = new Map<string, Workflow>();

  /** Makes a definition known, with those that it runs as parts. A later one of the same id takes its place. */
  register(workflow: Workflow): void {
    if (!isWorkflow(workflow)) {
      throw new InvalidArgumentError('This is not a workflow.', { hint: 'Make one with defineWorkflow({ … }).' });
    }
    if (this.#workflows.get(workflow.id) === workflow) return;
    this.#workflows.set(workflow.id, workflow);
    for (const node of workflow.nodes.values()) {
      if (node.kind === 'workflow' && isWorkflow(node.workflow)) this.register(node.workflow);
    }
  }

  /**
   * The definition that an execution runs on.
   *
   * @throws WaymarkError `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_WORKFLOW_CHANGED`, `WAYMARK_RECORDED_EXECUTION` for
   *   one that has none
   */
  for(execution: ExecutionSnapshot): Workflow {
    const workflow = this.latest(execution);
    if (workflow.graph.hash !== execution.workflowHash) throw workflowChanged(execution, workflow);
    return workflow;
  }

  /**
   * The definition as it is loaded now, though the execution began on another one: for an execution from the entry.
   *
   * @throws WaymarkError `WAYMARK_WORKFLOW_NOT_REGISTERED`, `WAYMARK_RECORDED_EXECUTION`
   */
  latest(execution: ExecutionSnapshot): Workflow {
    if (isRecorded(execution)) throw recordedExecution(execution);
    const workflow = this.#workflows.get(execution.workflowId);
    if (workflow === undefined) throw workflowNotRegistered(execution);
    return workflow;
  }

  /** What {@link for} gives, or `undefined` where its code is not loaded, or is another one's. */
  find(execution: ExecutionSnapshot): Workflow | undefined {
    const workflow = isRecorded(execution) ? undefined : this.#workflows.get(execution.workflowId);
    return workflow?.graph.hash === execution.workflowHash ? workflow : undefined;
  }
}
