import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { assertKeys, type KeysOf, oneOf, wholeNumber } from '../../domain/shared/options.js';
import type { NodeContext } from '../../domain/workflow/nodes/node-context.js';
import type { TaskOptions } from '../../domain/workflow/nodes/task.js';
import { COMMAND_DEFAULTS, COMMAND_OUTPUTS, type CommandOutput, type CommandStep } from './command-step.js';
import type { WantedFolder } from './step-folder.js';

/** Something of a command that is the same for every execution, or is told by what the node is given. */
export type FromContext<Value, State extends object> = Value | ((context: NodeContext<State>) => Value);

/** What every node may be told that runs a command, beside what tasks are told. */
export interface CommandOptions<State extends object = JsonObject> extends Omit<TaskOptions<State>, 'run'> {
  /**
   * The folder it runs in, relative to the workspace of the execution, or to the working directory of this process where
   * it has none; that folder itself when left out. One that a function returns stays within that.
   */
  readonly cwd?: FromContext<string, State>;
  /** Variables of its environment. A value never becomes a part of a script: this is how values get to it. */
  readonly env?: FromContext<Readonly<Record<string, string>>, State>;
  /** What it sees of the environment of this process: `true` for all of it, or names; what programs hardly do without else. */
  readonly inheritEnv?: boolean | readonly string[];
  /** Variables of the environment of this process that it sees, and that are hidden in all that is recorded. */
  readonly secrets?: readonly string[];
  /** What is kept of its stdout, by keys of the state; nothing when left out. */
  readonly output?: Readonly<Record<string, CommandOutput>>;
  /** How many UTF-16 code units of each stream are kept: the last; 1,000,000 when left out. */
  readonly maxOutput?: number;
  /** How much memory its processes may use together, in bytes; not limited when left out. */
  readonly memoryBytes?: number;
  /** The exit codes that are no failure; `[0]` when left out. */
  readonly exitCodes?: readonly number[];
  /** How long it has between SIGTERM and SIGKILL, in milliseconds; 5,000 when left out. */
  readonly graceMs?: number;
}

/** The compiler keeps it complete. */
export const COMMAND_OPTION_KEYS: KeysOf<CommandOptions> = {
  name: true,
  compensate: true,
  retry: true,
  timeoutMs: true,
  heartbeatMs: true,
  onFailure: true,
  cwd: true,
  env: true,
  inheritEnv: true,
  secrets: true,
  output: true,
  maxOutput: true,
  memoryBytes: true,
  exitCodes: true,
  graceMs: true,
};

/** Options taken apart: those of the node, and those of its command. */
export interface TakenOptions<State extends object> {
  readonly node: Omit<TaskOptions<State>, 'run'>;
  readonly step: CommandStep;
  readonly cwd: FromContext<string, State>;
  readonly env: FromContext<Readonly<Record<string, string>>, State>;
}

/**
 * Checks the options of a command. Those of its node are looked at by `defineWorkflow`.
 *
 * @param keys the options that there are
 * @param what how a person calls one of them
 * @throws InvalidArgumentError `WAYMARK_INVALID_ARGUMENT`
 */
export function takeOptions<State extends object>(
  options: CommandOptions<State>,
  keys: Readonly<Record<string, true>>,
  what: string,
): TakenOptions<State> {
  assertKeys(options, keys, what);
  const { name, compensate, retry, timeoutMs, heartbeatMs, onFailure, cwd = '.', env = {}, ...command } = options;
  const node = { name, compensate, retry, timeoutMs, heartbeatMs, onFailure };
  if (typeof cwd !== 'string' && typeof cwd !== 'function') throw invalid('cwd', 'a path or a function');
  if (typeof env !== 'function') assertTexts(env);
  return {
    node: Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined)),
    step: stepOf(command),
    cwd,
    env,
  };
}

/** The folder of a try. */
export function folderWanted<State extends object>(
  cwd: FromContext<string, State>,
  context: NodeContext<State>,
): WantedFolder {
  return typeof cwd === 'string' ? { path: cwd, isFixed: true } : { path: cwd(context), isFixed: false };
}

/** A value of a try. */
export function valueOf<Value, State extends object>(
  given: FromContext<Value, State>,
  context: NodeContext<State>,
): Value {
  return typeof given === 'function' ? (given as (context: NodeContext<State>) => Value)(context) : given;
}

/** A text that a command can't do without. @throws InvalidArgumentError */
export function assertText(value: unknown, option: string): void {
  if (typeof value !== 'string' || value.trim() === '') throw invalid(option, 'a text, and not an empty one');
}

/** A list of texts. @throws InvalidArgumentError */
export function assertList(value: unknown, option: string): void {
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!isList) throw invalid(option, 'a list of texts');
}

function stepOf(options: CommandOptions): CommandStep {
  const { inheritEnv = false, secrets = [], output = {}, exitCodes = [0] } = options;
  const { maxOutput = COMMAND_DEFAULTS.maxOutput, graceMs = COMMAND_DEFAULTS.graceMs, memoryBytes } = options;
  if (typeof inheritEnv !== 'boolean') assertList(inheritEnv, 'inheritEnv');
  assertList(secrets, 'secrets');
  assertTexts(output, 'output');
  for (const kind of Object.values(output)) oneOf(kind, COMMAND_OUTPUTS, 'kind of an output');
  if (!Array.isArray(exitCodes)) throw invalid('exitCodes', 'a list of exit codes');
  for (const code of exitCodes as readonly unknown[]) wholeNumber(code, 'exit code', 0, 255);
  wholeNumber(maxOutput, 'maxOutput', 1);
  wholeNumber(graceMs, 'graceMs', 0);
  if (memoryBytes !== undefined) wholeNumber(memoryBytes, 'memoryBytes', 1);
  const limit = memoryBytes === undefined ? {} : { memoryBytes };
  return { inheritEnv, secrets, hidden: secrets, maxOutput, ...limit, exitCodes, graceMs, output };
}

function assertTexts(value: unknown, option = 'env'): void {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord || !Object.values(value).every((item) => typeof item === 'string')) {
    throw invalid(option, 'texts by name');
  }
}

function invalid(option: string, must: string): InvalidArgumentError {
  return new InvalidArgumentError(`The option ${option} of a command must be ${must}.`);
}
