import type { Waymark } from '../../composition/waymark.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { loadWorkflows } from './load-workflow.js';
import { registerWorkflow } from './register-workflow.js';

/** The workflows that a command may have to run: of files that were named, and of those that executions name. */
export class WorkflowFiles {
  readonly #workflows: Workflow[] = [];
  /** Executions whose own file was looked at, whether it helped or not. */
  readonly #tried = new Set<string>();

  /** Loads every workflow that a file exports. @throws WaymarkError as `loadWorkflow` */
  async load(file: string): Promise<void> {
    this.#workflows.push(...(await loadWorkflows(file)));
  }

  /** Makes known what was loaded. */
  registerAll(waymark: Waymark): void {
    for (const workflow of this.#workflows) waymark.executions.register(workflow);
  }

  /**
   * Makes known the workflows of executions, from the files that they were started from. What can't be loaded is left:
   * whoever takes it up says what is missing.
   *
   * @returns the executions that it was new for, and may have helped
   */
  async registerFor(waymark: Waymark, executionIds: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const executionId of executionIds) {
      if (this.#tried.has(executionId)) continue;
      this.#tried.add(executionId);
      const execution = await waymark.executions.get(executionId);
      if (execution.workflowSource === null) continue;
      try {
        await registerWorkflow(waymark, execution, undefined);
        found.add(executionId);
      } catch (error) {
        if (!WaymarkError.is(error)) throw error;
      }
    }
    return found;
  }
}
