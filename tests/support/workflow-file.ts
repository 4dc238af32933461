import type { Workflow } from '../../src/index.js';
import { CelExpressionEvaluator } from '../../src/infrastructure/expression/cel-expression-evaluator.js';
import { parseWorkflowFile } from '../../src/infrastructure/pipeline/parse-workflow-file.js';
import { InvalidWorkflowFileError } from '../../src/infrastructure/pipeline/problems.js';
import { readWorkflowDocument } from '../../src/infrastructure/pipeline/workflow-document.js';

/** A workflow from the text of a file, whose steps are run in `folder`. */
export function workflowFrom(
  text: string,
  { folder = '/', environment = {} }: { readonly folder?: string; readonly environment?: Record<string, string> } = {},
): Workflow {
  const document = readWorkflowDocument(text, 'pipeline.yaml');
  return parseWorkflowFile(document, {
    evaluator: new CelExpressionEvaluator(),
    folder,
    environment: { PATH: process.env['PATH'] ?? '', ...environment },
  });
}

/** What is wrong with the text of a file, each as `line:column: step: message`. */
export function problemsOf(text: string): readonly string[] {
  try {
    workflowFrom(text);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidWorkflowFileError)) throw error;
    return error.problems.map(({ line, column, step, message }) =>
      [`${line}:${column}`, ...(step === undefined ? [] : [step]), message].join(': '),
    );
  }
}

/** A file with these steps, each line of which is further in. */
export function fileOf(steps: string, head = ''): string {
  return `id: p\nversion: 1\n${head}steps:\n${steps.replaceAll(/^/gm, '  ')}\n`;
}
