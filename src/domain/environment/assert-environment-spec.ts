import { z } from 'zod';
import { InvalidArgumentError } from '../shared/errors.js';
import { hasCredentials, maskCredentials } from './credentials.js';
import { type EnvironmentSpec, RUNTIMES } from './environment-spec.js';

/** The longest lock file that is taken, in UTF-16 code units. */
const MAX_LOCK = 32 * 1024 * 1024;

/**
 * The names of packages: those of npm, with their scope, and those of Python, with their extras. They begin with nothing
 * that a program could take for an option, and hold nothing that ends a line of a file.
 */
const PACKAGE = /^(?:@[a-z0-9~-][\w.~-]*\/)?[A-Za-z0-9][\w.~-]*(?:\[[\w.,\s-]*\])?$/;

/** An exact version, or the beginning of one. */
const VERSION = /^\d+(?:\.\d+){0,2}$/;

/** What a variable can be called. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What is wrong with a package, or a lock, that says who may have it. */
const SECRET = 'must not have a user, a password or a token in it';

const line = z
  .string()
  .max(1_000)
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'must not contain control characters');

const shape = z.strictObject({
  runtime: z.enum(RUNTIMES),
  version: z.string().regex(VERSION, 'must be a version or the beginning of one, as 20 or 3.11').optional(),
  packages: z
    .record(
      z.string().max(214).regex(PACKAGE, 'must be the name of a package'),
      line.min(1, 'must be a version or a range').refine((text) => !hasCredentials(text), SECRET),
    )
    .optional(),
  lock: z
    .string()
    .min(1)
    .max(MAX_LOCK)
    .refine((text) => !hasCredentials(text), SECRET)
    .optional(),
  variables: z
    .record(
      z.string().regex(VARIABLE, 'must be letters, digits and underscores'),
      z.string().refine((text) => !text.includes('\0'), 'must not contain NUL characters'),
    )
    .optional(),
});

const FORM = `Give a runtime (${RUNTIMES.join(', ')}) and, where it has them, version, packages, lock and variables.`;
const LOG_IN =
  'What an environment is made of is recorded. Leave credentials to .npmrc, to the configuration of pip or .netrc, or to environment variables of the process.';

/** What a plain process has none of. */
const NOT_OF_PROCESSES = ['version', 'packages', 'lock'] as const;

/**
 * A specification from outside, checked: a frozen copy without what says nothing (packages of which there are none). One
 * with credentials in its packages or its lock is refused: it is recorded as it is.
 *
 * @throws InvalidArgumentError `WAYMARK_INVALID_ENVIRONMENT` with what is wrong, and where
 * @example
 * const spec = assertEnvironmentSpec({ runtime: 'node', packages: { typescript: '~5.9.0' } });
 */
export function assertEnvironmentSpec(given: unknown): EnvironmentSpec {
  const parsed = shape.safeParse(given);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const problems = issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`);
    // What was taken for the name of a package may be an address.
    throw invalid(problems.map(maskCredentials), issues.some(({ message }) => message === SECRET) ? LOG_IN : FORM);
  }
  const { runtime, version, packages, lock, variables } = parsed.data;
  const surplus = NOT_OF_PROCESSES.filter((key) => parsed.data[key] !== undefined);
  if (runtime === 'process' && surplus.length > 0) {
    throw invalid(surplus.map((key) => `${key}: a plain process has none; it has variables`));
  }
  return Object.freeze({
    runtime,
    ...(version === undefined ? {} : { version }),
    ...(isEmpty(packages) ? {} : { packages: Object.freeze({ ...packages }) }),
    ...(lock === undefined ? {} : { lock }),
    ...(isEmpty(variables) ? {} : { variables: Object.freeze({ ...variables }) }),
  });
}

function isEmpty(record: object | undefined): boolean {
  return record === undefined || Object.keys(record).length === 0;
}

function invalid(problems: readonly string[], hint = FORM): InvalidArgumentError {
  return new InvalidArgumentError(`The specification of the environment is not valid: ${problems.join('; ')}.`, {
    code: 'WAYMARK_INVALID_ENVIRONMENT',
    hint,
    details: { problems },
  });
}
