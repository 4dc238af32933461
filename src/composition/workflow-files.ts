import type { Workflow } from '../domain/workflow/workflow-definition.js';
import { CelExpressionEvaluator } from '../infrastructure/expression/cel-expression-evaluator.js';
import * as files from '../infrastructure/pipeline/load-workflow-file.js';

export { workflowFileJsonSchema } from '../infrastructure/pipeline/workflow-file-schema.js';

/** How to load a workflow from a file of YAML or JSON. */
export interface LoadWorkflowFileOptions {
  /** Where variables and secrets of steps come from; the environment of this process when left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads a workflow from a file of YAML or JSON. Its steps are run in the folder of the file.
 *
 * @throws InvalidWorkflowFileError `WAYMARK_INVALID_WORKFLOW_FILE` with the place of everything that is wrong;
 *   WaymarkError `WAYMARK_WORKFLOW_FILE_NOT_FOUND`
 * @example
 * const pipeline = await loadWorkflowFile('pipeline.yaml');
 * const run = await waymark.executions.start(pipeline, { publish: false });
 */
export function loadWorkflowFile(path: string, options: LoadWorkflowFileOptions = {}): Promise<Workflow> {
  const environment = options.environment ?? process.env;
  return files.loadWorkflowFile(path, { evaluator: new CelExpressionEvaluator(), environment });
}
