import type { ProviderOptions } from '../../application/environment/environment-provider.port.js';
import { maskCredentials } from '../../domain/environment/credentials.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { runCommand } from '../steps/run-command.js';
import { baseEnvironment, type Environment } from '../steps/step-environment.js';

/** How much is kept of what a package manager writes to each stream, in UTF-16 code units. */
const MAX_OUTPUT = 8 * 1024 * 1024;
/** How much of its last words a failure repeats. */
const MAX_REASON = 1_000;
/** How long it has between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 5_000;

/** The variables by which people tell package managers where their registries are, and how these are reached. */
const OF_PACKAGE_MANAGERS = /^(?:npm_config_|NPM_|PIP_|UV_|SSL_CERT_|NODE_EXTRA_CA_CERTS$|(?:https?|no|all)_proxy$)/i;
/**
 * What npm says to a script that it runs: of the script's package, whose part it would take our folder for, and of how much
 * is to be told, which after `npm test --silent` would be nothing, not even why it failed.
 */
const OF_A_SCRIPT = /^npm_config_(?:local_prefix|prefix|global_prefix|loglevel)$/i;

/** A command of a package manager. Nothing in it comes from outside: packages are written to files. */
export interface PackageCommand extends ProviderOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** What it sees beside what it can't do without. */
  readonly variables: Readonly<Record<string, string>>;
  /** The environment of this process. */
  readonly environment: Environment;
}

/** What it did. */
export interface PackageResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/**
 * Runs a command of a package manager in its own process group, which is ended when the signal aborts.
 *
 * What it writes is handed on without the credentials in addresses: its environment may have some. What it printed is
 * given as it is.
 *
 * @throws WaymarkError `WAYMARK_ENVIRONMENT_FAILED` with its last words when it fails; `WAYMARK_COMMAND_NOT_RUN`; the
 *   signal's reason when it aborts
 */
export async function runPackageCommand(command: PackageCommand): Promise<PackageResult> {
  const { program, args, cwd, variables, environment, onLine } = command;
  const inherited = Object.keys(environment).filter(
    (name) => OF_PACKAGE_MANAGERS.test(name) && !OF_A_SCRIPT.test(name),
  );
  const { exitCode, endedBy, stdout, stderr } = await runCommand({
    program,
    args,
    cwd,
    env: { ...baseEnvironment(environment, inherited), ...variables },
    secrets: [],
    maxOutput: MAX_OUTPUT,
    signal: command.signal ?? new AbortController().signal,
    graceMs: GRACE_MS,
    onLine: (line) => onLine?.(maskCredentials(line)),
  });
  if (exitCode === 0) return { exitCode, stdout: stdout.text };
  const words = stderr.text.trim() || stdout.text.trim();
  throw failed(program, args, exitCode ?? endedBy ?? 'an unknown signal', maskCredentials(words));
}

function failed(program: string, args: readonly string[], end: number | string, words: string): WaymarkError {
  const last = words.slice(-MAX_REASON);
  const how = typeof end === 'number' ? `with exit code ${end}` : `by ${end}`;
  return new WaymarkError(
    'WAYMARK_ENVIRONMENT_FAILED',
    `The packages could not be installed: ${program} ended ${how}${last === '' ? '' : `: ${last}`}`,
    {
      hint: 'Correct the packages or the lock file, or see whether the registry can be reached from here.',
      details: { program, args, end, words: last },
    },
  );
}
