import { WaymarkError } from '../../domain/shared/errors.js';

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
