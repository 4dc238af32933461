import type { JsonObject, JsonValue } from '../../domain/shared/json.js';
import type { CapturedText } from './captured-output.js';
import { commandFailed, outOfMemory } from './command-errors.js';
import { PROC, tellsOfMemory } from './group-memory.js';
import { reportLines } from './line-reporter.js';
import { type Command, type CommandResult, runCommand } from './run-command.js';
import { asMaskedJson, SecretMask } from './secret-mask.js';
import { type Environment, secretValues, stepVariables } from './step-environment.js';
import { stepFolder, type WantedFolder } from './step-folder.js';
import { jsonOutput, outputTooLarge, type OutputKinds } from './step-output.js';
import type { CommandContext } from './step-text.js';

/** What can be kept of a command. */
export const COMMAND_OUTPUTS = ['text', 'json', 'lines', 'exit-code'] as const;

/** See {@link COMMAND_OUTPUTS}. */
export type CommandOutput = (typeof COMMAND_OUTPUTS)[number];

/** What holds where a step says nothing of it. */
export const COMMAND_DEFAULTS = { maxOutput: 1_000_000, graceMs: 5_000 } as const;

/** What is the same for every command, whatever runs it. */
export interface CommandStep {
  readonly inheritEnv: boolean | readonly string[];
  /** The names of secrets that the step sees as variables, and in templates. */
  readonly secrets: readonly string[];
  /** The names of all secrets of the workflow, which are hidden in what the step writes. */
  readonly hidden: readonly string[];
  readonly maxOutput: number;
  /** How much memory all its processes together may use, in bytes; not limited when left out. */
  readonly memoryBytes?: number;
  /** The exit codes that are no failure. */
  readonly exitCodes: readonly number[];
  readonly graceMs: number;
  readonly output: OutputKinds<CommandOutput>;
}

/** Where commands are run. */
export interface CommandSurroundings {
  /** Where a step runs whose execution has no workspace: the folder of the workflow. */
  readonly folder: string;
  /** The environment of this process. */
  readonly environment: Environment;
  /** Where the system tells of processes; `/proc` when left out. */
  readonly proc?: string;
}

/** What is run, with the values of this try. */
export interface StepProgram {
  readonly cwd: WantedFolder;
  /** The variables that the step declares. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that nothing replaces. */
  readonly values: Readonly<Record<string, string>>;
  /** The program and its arguments, for the folder it is run in. */
  readonly command: (cwd: string) => Promise<Pick<Command, 'program' | 'args'>> | Pick<Command, 'program' | 'args'>;
}

/**
 * Runs a command as the work of a node: in the workspace and the environment of its execution where there are these.
 *
 * @param programOf what is run, given the values of the step's secrets
 * @throws WaymarkError `WAYMARK_COMMAND_FAILED` with the exit code and the command's last words;
 *   `WAYMARK_COMMAND_OUT_OF_MEMORY`, `WAYMARK_COMMAND_NOT_RUN`, `WAYMARK_SECRET_MISSING`, `WAYMARK_OUTPUT_NOT_JSON`,
 *   `WAYMARK_OUTPUT_TOO_LARGE`
 */
export async function runCommandStep(
  step: CommandStep,
  surroundings: CommandSurroundings,
  context: CommandContext,
  programOf: (secrets: Readonly<Record<string, string>>) => StepProgram,
): Promise<JsonObject> {
  const { environment, folder } = surroundings;
  const secrets = secretValues(environment, step.secrets);
  const hidden = [...Object.values(secrets), ...step.hidden.map((name) => environment[name] ?? '')];
  const program = programOf(secrets);
  const { workspace } = context;
  const base = workspace?.path ?? folder;
  const cwd = await stepFolder(program.cwd, base, workspace === undefined ? 'that of the workflow' : 'the workspace');
  const report = reportLines((message) => context.progress(undefined, message));
  const givesJson = Object.values(step.output).includes('json');
  const result = await runCommand({
    ...(await program.command(cwd)),
    cwd,
    env: stepVariables({ step, environment, secrets, program, context }),
    secrets: hidden,
    maxOutput: step.maxOutput,
    ...(await memoryLimit(step, surroundings, report)),
    signal: context.signal,
    graceMs: step.graceMs,
    onLine: (line, stream) => {
      context.heartbeat?.();
      // JSON is for the state, and nothing to read along.
      if (stream === 'stderr' || !givesJson) report(line);
    },
  });
  if (step.memoryBytes !== undefined) assertMemory(result, context.nodeId, step.memoryBytes);
  if (result.exitCode === null || !step.exitCodes.includes(result.exitCode)) {
    throw commandFailed(context.nodeId, result);
  }
  return outputOf(step, result, new SecretMask(hidden), context.nodeId);
}

/** Where the system does not tell of memory, the log does not keep silent about that. */
async function memoryLimit(
  { memoryBytes }: CommandStep,
  { proc = PROC }: CommandSurroundings,
  report: (line: string) => void,
): Promise<Pick<Command, 'memory'>> {
  if (memoryBytes === undefined) return {};
  if (await tellsOfMemory(proc)) return { memory: { bytes: memoryBytes, proc } };
  report(`The limit of ${memoryBytes} bytes of memory is not enforced: this system has no ${proc} to look at.`);
  return {};
}

function assertMemory(result: CommandResult, nodeId: string, limit: number): void {
  if (result.overMemory !== undefined) throw outOfMemory(nodeId, limit, result.overMemory);
  // Node gives up by itself when its heap is as large as it may be.
  const isHeapFull = result.exitCode !== 0 && /JavaScript heap out of memory/.test(result.stderr.text);
  if (isHeapFull) throw outOfMemory(nodeId, limit);
}

function outputOf(step: CommandStep, result: CommandResult, mask: SecretMask, nodeId: string): JsonObject {
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

function wholeOf(stdout: CapturedText, step: CommandStep, nodeId: string): string {
  if (stdout.dropped > 0) throw outputTooLarge(`The stdout of ${nodeId}`, step.maxOutput);
  return stdout.text;
}
