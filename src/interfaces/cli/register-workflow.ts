import type { Waymark } from '../../composition/waymark.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { loadWorkflow } from './load-workflow.js';

/**
 * Loads the code of an execution's workflow, from the file that was named or else from where the execution was started
 * from, and makes it known. An execution that recorded no file is left to the verb, which says what is missing.
 *
 * @throws WaymarkError as {@link loadWorkflow}
 */
export async function registerWorkflow(
  waymark: Waymark,
  execution: ExecutionSnapshot,
  file: string | undefined,
): Promise<void> {
  const source = file ?? execution.workflowSource;
  // What a store says is data from outside: of its URLs only a file of this machine is loaded.
  if (source === null || (file === undefined && !source.startsWith('file:///'))) return;
  try {
    waymark.executions.register(await loadWorkflow(source, { workflowId: execution.workflowId }));
  } catch (error) {
    if (file !== undefined || !WaymarkError.is(error, 'WAYMARK_WORKFLOW_FILE_NOT_FOUND')) throw error;
    throw new WaymarkError(error.code, `Execution ${execution.id} was started from a file that is gone: ${source}.`, {
      cause: error,
      hint: 'Name the file that has the workflow now with --workflow FILE.',
      details: { ...error.details, executionId: execution.id },
    });
  }
}
