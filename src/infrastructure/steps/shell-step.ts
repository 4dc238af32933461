import type { ExpressionEvaluator } from '../../application/execution/expression-evaluator.port.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { TemplatePart } from '../expression/template.js';
import { type CommandStep, type CommandSurroundings, runCommandStep } from './command-step.js';
import { shellCommand, type ShellName } from './shell-command.js';
import type { ShellScript } from './shell-script.js';
import { filledWith, type StepContext, textOf } from './step-text.js';

/** The keys that every command has which is written with templates. */
export interface TemplateStep extends CommandStep {
  /** Relative to the workspace, or to the folder of the workflow. */
  readonly cwd: readonly TemplatePart[];
  readonly env: Readonly<Record<string, readonly TemplatePart[]>>;
}

/** A shell step, taken apart. */
export interface ShellStep extends TemplateStep {
  readonly script: ShellScript;
  readonly shell: ShellName;
}

/** Where steps are run. */
export interface StepSurroundings extends CommandSurroundings {
  readonly evaluator: ExpressionEvaluator;
}

/**
 * Runs a shell step, as the work of a node.
 *
 * @throws WaymarkError what `runCommandStep` throws, and `WAYMARK_EXPRESSION_FAILED`
 */
export async function runShellStep(
  step: ShellStep,
  surroundings: StepSurroundings,
  context: StepContext,
): Promise<JsonObject> {
  return runCommandStep(step, surroundings, context, (secrets) => {
    const { filling, cwd, env } = filledWith(step, surroundings.evaluator, context, secrets);
    const values = step.script.variables.map((variable): readonly [string, string] => [
      variable.name,
      'secret' in variable
        ? (secrets[variable.secret] ?? '')
        : textOf(filling.evaluator.evaluate(variable.expression, filling.scope)),
    ]);
    return {
      cwd,
      env,
      values: Object.fromEntries(values),
      command: () => shellCommand(step.shell, step.script.script),
    };
  });
}
