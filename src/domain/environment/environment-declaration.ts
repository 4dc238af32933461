import { unknownKeys, type KeysOf } from '../shared/options.js';
import { hasCredentials } from './credentials.js';
import { ENVIRONMENT_MODES, type EnvironmentMode } from './environment-mode.js';
import { RUNTIMES, type EnvironmentSpec } from './environment-spec.js';

/**
 * The environment that each execution of a definition runs in. The work of its nodes finds it as `context.environment`.
 *
 * @example
 * defineWorkflow({
 *   id: 'check',
 *   version: '1',
 *   environment: { spec: { runtime: 'node', packages: { typescript: '~5.9.0' }, variables: { CI: 'true' } } },
 *   nodes: { check: shell({ run: 'tsc --noEmit' }) },
 *   edges: {},
 * });
 */
export interface EnvironmentDeclaration {
  readonly spec: EnvironmentSpec;
  /** `shared` when left out. */
  readonly mode?: EnvironmentMode;
}

const KEYS: KeysOf<EnvironmentDeclaration> = { spec: true, mode: true };
const SPEC_KEYS: KeysOf<EnvironmentSpec> = {
  runtime: true,
  version: true,
  packages: true,
  lock: true,
  variables: true,
};

/** What the name of a variable is made of. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What is wrong with the environment of a definition, each with the key it is about. */
export function environmentProblems(given: unknown): readonly string[] {
  if (!isObject(given)) return ['its environment is not an object { spec }'];
  const problems = unknownKeys(given, KEYS).map((key) => `there is no option environment.${key}`);
  const { spec, mode } = given;
  if (mode !== undefined && !(ENVIRONMENT_MODES as readonly unknown[]).includes(mode)) {
    problems.push(`its environment.mode must be one of ${ENVIRONMENT_MODES.join(', ')}`);
  }
  return [...problems, ...specProblems(spec)];
}

/** The declaration, frozen with all that it holds. It was checked. */
export function frozenEnvironment(given: EnvironmentDeclaration): EnvironmentDeclaration {
  const { packages, variables } = given.spec;
  const spec = Object.freeze({
    ...given.spec,
    ...(packages === undefined ? {} : { packages: Object.freeze({ ...packages }) }),
    ...(variables === undefined ? {} : { variables: Object.freeze({ ...variables }) }),
  });
  return Object.freeze({ ...given, spec });
}

function specProblems(spec: unknown): readonly string[] {
  const at = 'environment.spec';
  if (!isObject(spec)) return [`its ${at} is not an object { runtime }`];
  const problems = unknownKeys(spec, SPEC_KEYS).map((key) => `there is no option ${at}.${key}`);
  const { runtime, version, packages, lock, variables } = spec;
  if (!(RUNTIMES as readonly unknown[]).includes(runtime)) {
    problems.push(`its ${at}.runtime must be one of ${RUNTIMES.join(', ')}`);
  }
  if (version !== undefined && !isText(version)) {
    problems.push(`its ${at}.version must be a text, and not an empty one`);
  }
  if (lock !== undefined && !isText(lock)) problems.push(`its ${at}.lock must be the text of a lock file`);
  if (packages !== undefined && !isTexts(packages)) problems.push(`its ${at}.packages must be versions by name`);
  // A definition is recorded, and shown.
  const secret =
    'must not have a user, a password or a token in it: leave them to .npmrc, or to the configuration of pip';
  if (isText(lock) && hasCredentials(lock)) problems.push(`its ${at}.lock ${secret}`);
  for (const [name, wanted] of Object.entries(isObject(packages) ? packages : {})) {
    if (isText(wanted) && hasCredentials(wanted)) problems.push(`its ${at}.packages.${name} ${secret}`);
  }
  if (variables === undefined) return problems;
  if (!isObject(variables)) return [...problems, `its ${at}.variables must be texts by name`];
  for (const [name, value] of Object.entries(variables)) {
    if (!VARIABLE.test(name)) {
      problems.push(`its ${at}.variables has ${JSON.stringify(name)}, which no variable can be called`);
    }
    if (typeof value !== 'string' || value.includes('\0')) {
      problems.push(`its ${at}.variables.${name} must be a text without NUL characters`);
    }
  }
  return problems;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.entries(value).every((pair) => pair.every(isText));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
