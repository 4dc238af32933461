import { tmpdir } from 'node:os';
import type { ProviderOptions } from '../../application/environment/environment-provider.port.js';
import type { Runtime } from '../../domain/environment/environment-spec.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Environment } from '../steps/step-environment.js';
import { runPackageCommand } from './package-command.js';

/** A runtime that is there. */
export interface FoundRuntime {
  /** Its exact version, without a `v`. */
  readonly version: string;
  /** The program: absolute. */
  readonly program: string;
}

/**
 * Asks a program which version it is, and where.
 *
 * @param args what makes it print that as JSON
 * @returns `undefined` when it is not there, or can't tell
 */
export async function askRuntime(
  program: string,
  args: readonly string[],
  environment: Environment,
  { signal }: ProviderOptions,
): Promise<FoundRuntime | undefined> {
  try {
    const given = signal === undefined ? {} : { signal };
    const { stdout } = await runPackageCommand({ program, args, cwd: tmpdir(), variables: {}, environment, ...given });
    return JSON.parse(stdout) as FoundRuntime;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** The first that has a version, or the beginning of one; the first of all when none is asked for. */
export function chooseRuntime(
  runtime: Runtime,
  wanted: string | undefined,
  found: readonly FoundRuntime[],
): FoundRuntime {
  const chosen = found.find(({ version }) => wanted === undefined || `${version}.`.startsWith(`${wanted}.`));
  if (chosen !== undefined) return chosen;
  const there = [...new Set(found.map(({ version }) => version))];
  const what = `${runtime}${wanted === undefined ? '' : ` ${wanted}`}`;
  throw new WaymarkError(
    'WAYMARK_RUNTIME_MISSING',
    `There is no ${what} here; there is ${there.length === 0 ? 'none' : there.join(', ')}.`,
    {
      hint: 'Install it so that it is on PATH, or ask for a version that is there.',
      details: { runtime, ...(wanted === undefined ? {} : { wanted }), found: there },
    },
  );
}
