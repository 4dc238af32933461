import { delimiter } from 'node:path';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { CommandContext } from './step-text.js';

/** What a program can hardly do without. Everything else of the environment a step has to ask for. */
const BASE = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TERM',
] as const;

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a step sees of this process's environment: little, or all of it, or what it names beside that.
 *
 * @param inherit `true` for all of it, or names
 */
export function baseEnvironment(
  environment: Environment,
  inherit: boolean | readonly string[],
): Record<string, string> {
  const names = inherit === true ? Object.keys(environment) : [...BASE, ...(inherit === false ? [] : inherit)];
  const result: Record<string, string> = {};
  for (const name of names) {
    const value = environment[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/**
 * The values of secrets, from this process's environment.
 *
 * @throws WaymarkError `WAYMARK_SECRET_MISSING` when one is not set, or empty
 */
export function secretValues(environment: Environment, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => {
      const value = environment[name];
      if (value !== undefined && value !== '') return [name, value];
      throw new WaymarkError('WAYMARK_SECRET_MISSING', `The secret ${name} is not in the environment.`, {
        hint: `Set ${name} in the environment of the process that runs the workflow.`,
        details: { name },
      });
    }),
  );
}

/** What the variables of a command are made of. */
export interface VariableSources {
  readonly step: { readonly inheritEnv: boolean | readonly string[] };
  /** The environment of this process. */
  readonly environment: Environment;
  readonly secrets: Readonly<Record<string, string>>;
  /** What the step declares, and what nothing replaces. */
  readonly program: {
    readonly env: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, string>>;
  };
  readonly context: CommandContext;
}

/**
 * All that a command sees of the environment. What the step declares comes before the variables of its execution's
 * environment, and these before those of this process; the folders of the environment come first in `PATH`.
 *
 * @throws WaymarkError `WAYMARK_COMMAND_NOT_RUN` for a value that no variable can hold
 */
export function stepVariables(sources: VariableSources): Record<string, string> {
  const { step, environment, secrets, program, context } = sources;
  const variables: Record<string, string> = {
    ...baseEnvironment(environment, step.inheritEnv),
    ...context.environment?.variables,
    ...secrets,
    ...program.env,
    WAYMARK_EXECUTION_ID: context.executionId,
    WAYMARK_NODE_ID: context.nodeId,
    WAYMARK_ATTEMPT: String(context.attempt),
    WAYMARK_IDEMPOTENCY_KEY: context.idempotencyKey,
    ...(context.workspace === undefined ? {} : { WAYMARK_WORKSPACE: context.workspace.path }),
    ...program.values,
  };
  const folders = context.environment?.path ?? [];
  if (folders.length > 0) {
    const others = variables['PATH'];
    variables['PATH'] = [...folders, ...(others === undefined || others === '' ? [] : [others])].join(delimiter);
  }
  for (const [name, value] of Object.entries(variables)) assertValue(name, value);
  return variables;
}

function assertValue(name: string, value: unknown): void {
  const problem = typeof value === 'string' ? 'holds a NUL character' : 'is no text';
  if (typeof value === 'string' && !value.includes('\0')) return;
  throw new WaymarkError('WAYMARK_COMMAND_NOT_RUN', `The value of ${name} ${problem}.`, {
    hint: 'A variable of an environment holds text without NUL characters; leave it out, or encode the value.',
    details: { name },
  });
}
