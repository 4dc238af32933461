import type { JsonObject } from '../../domain/shared/json.js';
import type { TemplatePart } from '../expression/template.js';
import { runCommandStep } from './command-step.js';
import { nodeCommand } from './node-command.js';
import type { StepSurroundings, TemplateStep } from './shell-step.js';
import { withStateFile } from './state-file.js';
import { fillText, filledWith, type StepContext } from './step-text.js';

/** What a Node step runs: code of an ES module, or a file with its arguments. */
export type NodeSource =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'file'; readonly file: string; readonly args: readonly (readonly TemplatePart[])[] };

/** A Node step, taken apart. */
export interface NodeStep extends TemplateStep {
  readonly source: NodeSource;
}

/**
 * Runs a Node step, as the work of a node.
 *
 * @throws WaymarkError what `runCommandStep` throws, and `WAYMARK_EXPRESSION_FAILED`
 */
export async function runNodeStep(
  step: NodeStep,
  surroundings: StepSurroundings,
  context: StepContext,
): Promise<JsonObject> {
  return withStateFile(context, (values) =>
    runCommandStep(step, surroundings, context, (secrets) => {
      const { filling, cwd, env } = filledWith(step, surroundings.evaluator, context, secrets);
      const { source } = step;
      const work =
        source.kind === 'code' ? source : { ...source, args: source.args.map((parts) => fillText(parts, filling)) };
      return {
        cwd,
        env,
        values,
        command: (folder) => nodeCommand(work, folder, step.memoryBytes, context.environment),
      };
    }),
  );
}
