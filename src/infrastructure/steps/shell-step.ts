import { isAbsolute, relative, resolve } from 'node:path';
import type { ExpressionEvaluator } from '../../application/execution/expression-evaluator.port.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { JsonObject, JsonValue } from '../../domain/shared/json.js';
import type { TemplatePart } from '../expression/template.js';
import type { CapturedText } from './captured-output.js';
import { reportLines } from './line-reporter.js';
import { type CommandResult, runCommand, type ShellName } from './run-command.js';
import { asMaskedJson, SecretMask } from './secret-mask.js';
import type { ShellScript } from './shell-script.js';
import { baseEnvironment, type Environment, secretValues } from './step-environment.js';
import { jsonOutput, outputTooLarge, type OutputKinds } from './step-output.js';
import { type Filling, fillText, scopeOf, type StepContext, textOf } from './step-text.js';

/** How much of its last words a command's failure repeats. */
const MAX_REASON = 500;

/** What can be kept of a command. */
export const SHELL_OUTPUTS = ['text', 'json', 'lines', 'exit-code'] as const;

/** A shell step, taken apart. */
export interface ShellStep {
  readonly script: ShellScript;
  readonly shell: ShellName;
  /** Relative to the folder of the workflow. */
  readonly cwd: readonly TemplatePart[];
  readonly env: Readonly<Record<string, readonly TemplatePart[]>>;
  readonly inheritEnv: boolean | readonly string[];
  /** The names of secrets that the step sees as variables and in templates. */
  readonly secrets: readonly string[];
  /** The names of all secrets of the workflow, which are hidden in what the step writes. */
  readonly hidden: readonly string[];
  readonly maxOutput: number;
  /** The exit codes that are no failure. */
  readonly exitCodes: readonly number[];
  readonly graceMs: number;
  readonly output: OutputKinds<(typeof SHELL_OUTPUTS)[number]>;
}

/** Where steps are run. */
export interface StepSurroundings {
  readonly evaluator: ExpressionEvaluator;
  /** The folder of the workflow. */
  readonly folder: string;
  /** The environment of this process. */
  readonly environment: Environment;
}

/**
 * Runs a shell step, as the work of a node.
 *
 * @throws WaymarkError `WAYMARK_COMMAND_FAILED` with the exit code and the command's last words;
 *   `WAYMARK_COMMAND_NOT_RUN`, `WAYMARK_SECRET_MISSING`, `WAYMARK_EXPRESSION_FAILED`, `WAYMARK_OUTPUT_NOT_JSON`,
 *   `WAYMARK_OUTPUT_TOO_LARGE`
 */
export async function runShellStep(
  step: ShellStep,
  surroundings: StepSurroundings,
  context: StepContext,
): Promise<JsonObject> {
  const { environment, folder } = surroundings;
  const secrets = secretValues(environment, step.secrets);
  const filling: Filling = { evaluator: surroundings.evaluator, scope: scopeOf(context), secrets };
  const hidden = [...Object.values(secrets), ...step.hidden.map((name) => environment[name] ?? '')];
  const givesJson = Object.values(step.output).includes('json');
  const report = reportLines((message) => context.progress(undefined, message));
  const result = await runCommand({
    script: step.script.script,
    shell: step.shell,
    cwd: folderOf(step, folder, filling),
    env: variablesOf(step, environment, filling, context),
    secrets: hidden,
    maxOutput: step.maxOutput,
    signal: context.signal,
    graceMs: step.graceMs,
    onLine: (line, stream) => {
      context.heartbeat?.();
      // JSON is for the state, and nothing to read along.
      if (stream === 'stderr' || !givesJson) report(line);
    },
  });
  if (result.exitCode === null || !step.exitCodes.includes(result.exitCode)) {
    throw commandFailed(context.nodeId, result);
  }
  return outputOf(step, result, new SecretMask(hidden), context.nodeId);
}

/** A folder that the author names may be anywhere; one that the state has a say in stays below the workflow's. */
function folderOf(step: ShellStep, folder: string, filling: Filling): string {
  const cwd = resolve(folder, fillText(step.cwd, filling));
  const fromFolder = relative(folder, cwd);
  const isWithin = fromFolder === '' || (!fromFolder.startsWith('..') && !isAbsolute(fromFolder));
  if (isWithin || step.cwd.every((part) => part.kind === 'text')) return cwd;
  throw new WaymarkError('WAYMARK_COMMAND_NOT_RUN', `The folder ${cwd} is not within that of the workflow.`, {
    hint: 'A cwd with a template stays within the folder of the workflow; write one that leads out of it without templates.',
    details: { cwd, folder },
  });
}

function variablesOf(
  step: ShellStep,
  environment: Environment,
  filling: Filling,
  context: StepContext,
): Record<string, string> {
  const own = Object.entries(step.env).map(([name, parts]) => [name, fillText(parts, filling)] as const);
  const values = step.script.variables.map((variable): readonly [string, string] => [
    variable.name,
    'secret' in variable
      ? (filling.secrets[variable.secret] ?? '')
      : textOf(filling.evaluator.evaluate(variable.expression, filling.scope)),
  ]);
  const variables: Record<string, string> = {
    ...baseEnvironment(environment, step.inheritEnv),
    ...filling.secrets,
    ...Object.fromEntries(own),
    WAYMARK_EXECUTION_ID: context.executionId,
    WAYMARK_NODE_ID: context.nodeId,
    WAYMARK_ATTEMPT: String(context.attempt),
    WAYMARK_IDEMPOTENCY_KEY: context.idempotencyKey,
    ...Object.fromEntries(values),
  };
  for (const [name, value] of Object.entries(variables)) {
    if (!value.includes('\0')) continue;
    throw new WaymarkError('WAYMARK_COMMAND_NOT_RUN', `The value of ${name} holds a NUL character.`, {
      hint: 'No variable of an environment can hold one; leave it out, or encode the value.',
      details: { name },
    });
  }
  return variables;
}

function outputOf(step: ShellStep, result: CommandResult, mask: SecretMask, nodeId: string): JsonObject {
  const output: Record<string, JsonValue> = {};
  for (const [key, kind] of Object.entries(step.output)) {
    if (kind === 'exit-code') output[key] = result.exitCode;
    else if (kind === 'json') {
      const text = wholeOf(result.stdout, step, nodeId);
      output[key] = mask.hideIn(jsonOutput(asMaskedJson(text), `The stdout of ${nodeId}`)) as JsonValue;
    } else {
      const text = result.stdout.text.replace(/\r?\n$/, '');
      if (kind === 'text') output[key] = text;
      else output[key] = text === '' ? [] : text.split(/\r?\n/);
    }
  }
  return output;
}

function wholeOf(stdout: CapturedText, step: ShellStep, nodeId: string): string {
  if (stdout.dropped > 0) throw outputTooLarge(`The stdout of ${nodeId}`, step.maxOutput);
  return stdout.text;
}

function commandFailed(nodeId: string, { exitCode, endedBy, stdout, stderr }: CommandResult): WaymarkError {
  const said = stderr.text.trim() === '' ? stdout.text.trim() : stderr.text.trim();
  const lastLine = said.slice(said.lastIndexOf('\n') + 1).slice(0, MAX_REASON);
  const how = exitCode === null ? `was ended by ${endedBy}` : `ended with exit code ${exitCode}`;
  return new WaymarkError(
    'WAYMARK_COMMAND_FAILED',
    `The command of ${nodeId} ${how}${lastLine === '' ? '' : `: ${lastLine}`}.`,
    {
      hint: 'What it wrote is in its progress: waymark log --execution ID.',
      details: { nodeId, exitCode, signal: endedBy, stderr: stderr.text.slice(-MAX_REASON) },
    },
  );
}
