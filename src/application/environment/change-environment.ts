import { assertEnvironmentSpec } from '../../domain/environment/assert-environment-spec.js';
import type { EnvironmentSpec } from '../../domain/environment/environment-spec.js';
import {
  EnvironmentDependenciesAdded,
  EnvironmentDependenciesRemoved,
  EnvironmentDependenciesUpdated,
  EnvironmentDependencyOperationFailed,
} from '../../domain/events/families/environment-dependencies.events.js';
import { EnvironmentInvalidated } from '../../domain/events/families/environment.events.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { errorRecord } from '../context/error-record.js';
import { ensureEnvironment, resolveEnvironment } from './ensure-environment.js';
import { type Environment, namesOf } from './environment.js';
import type { KeptEnvironment } from './environment-folders.port.js';
import { type EnvironmentOptions, onBehalf, providerOptions } from './environment-options.js';
import { type EnvironmentServices, providerOf } from './environment-services.js';
import { findEnvironment } from './sync-environment.js';

const CHANGED = {
  add: EnvironmentDependenciesAdded,
  update: EnvironmentDependenciesUpdated,
  remove: EnvironmentDependenciesRemoved,
} as const;

/** How many workspaces are read at a time. */
const PAGE = 500;

/** What can be done to the packages of an environment. */
export type DependencyOperation = keyof typeof CHANGED;

/** Packages by name: each with a version or range, or `null` to take it away. */
export type PackageChanges = Readonly<Record<string, string | null>>;

/**
 * Changes the packages of an environment. Others rely on what it is, so what comes of it is another one: made of the lock
 * of the old one and the change.
 *
 * @returns the environment of the changed specification
 */
export async function changeEnvironment(
  services: EnvironmentServices,
  environmentId: string,
  operation: DependencyOperation,
  changes: PackageChanges,
  options: EnvironmentOptions,
): Promise<Environment> {
  const { recorder, factory } = services;
  const old = await findEnvironment(services, environmentId);
  const spec = assertEnvironmentSpec(changedSpec(old.record.spec, changes));
  assertPresent(old, operation, Object.keys(changes));
  const packages = named(changes);
  const since = factory.clock.monotonic();
  // One that was changed like this before is taken as it is.
  let exitCode = 0;
  let environment: Environment;
  try {
    const provider = providerOf(services, spec.runtime);
    const resolved = await resolveEnvironment(services, spec, options);
    environment = await ensureEnvironment(services, resolved, options, async (folder) => {
      await provider.create(folder, old.record.spec, providerOptions(options));
      const result = await provider.change(folder, spec, changes, providerOptions(options));
      ({ exitCode } = result);
      return result;
    });
  } catch (error) {
    const about = { ...namesOf(old), ...onBehalf(options), operation, packages };
    const durationMs = factory.clock.monotonic() - since;
    const failed = { ...about, error: errorRecord(error), durationMs };
    await recorder.record([factory.make(EnvironmentDependencyOperationFailed, failed)]);
    throw error;
  }
  const { id, specHash } = environment;
  const durationMs = factory.clock.monotonic() - since;
  const about = { environmentId: id, specHash, ...onBehalf(options), packages };
  try {
    await recorder.record([
      factory.make(CHANGED[operation], { ...about, durationMs, exitCode }),
      ...(id === environmentId ? [] : [await invalidated(services, old, specHash, options)]),
    ]);
  } catch (error) {
    await environment.release();
    throw error;
  }
  return environment;
}

async function invalidated(
  services: EnvironmentServices,
  old: KeptEnvironment,
  newSpecHash: string,
  options: EnvironmentOptions,
) {
  const affectedWorkspaces = [...(await workspacesIn(services, old.record.environmentId))];
  return services.factory.make(EnvironmentInvalidated, {
    ...namesOf(old),
    ...onBehalf(options),
    newSpecHash,
    reason: 'dependency_change',
    affectedWorkspaces,
  });
}

/** The workspaces that use an environment, the newest first. */
async function workspacesIn({ workspaces }: EnvironmentServices, environmentId: string): Promise<readonly string[]> {
  const found: string[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await workspaces.list({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    for (const each of page) {
      if (each.environmentId === environmentId && each.status !== 'removed') found.push(each.id);
    }
    before = page.at(-1)?.id;
    if (page.length < PAGE) return found;
  }
}

/** The old lock stays: it says from what the new environment is made, and what is changed is what the packages say. */
function changedSpec(spec: EnvironmentSpec, changes: PackageChanges): EnvironmentSpec {
  const packages = Object.entries({ ...spec.packages, ...changes });
  return {
    ...spec,
    packages: Object.fromEntries(packages.filter((pair): pair is [string, string] => pair[1] !== null)),
  };
}

/** @throws InvalidArgumentError when something is to be changed that is not there, or added that is */
function assertPresent({ record }: KeptEnvironment, operation: DependencyOperation, names: readonly string[]): void {
  if (names.length === 0) throw new InvalidArgumentError(`Name at least one package to ${operation}.`);
  if (operation === 'add') return;
  const present = new Set([
    ...Object.keys(record.spec.packages ?? {}).map(normal),
    ...record.installed.map((each) => normal(each.slice(0, each.indexOf('@', 1)))),
  ]);
  const absent = names.filter((name) => !present.has(normal(name)));
  if (absent.length === 0) return;
  throw new InvalidArgumentError(
    `Environment ${record.environmentId} has no ${absent.join(', ')}, so there is nothing to ${operation}.`,
    { hint: 'Add it, or look at what is installed with waymark env list --json.' },
  );
}

/** Python takes `a_b`, `A.b` and `a-b` for one name, with or without extras. */
function normal(name: string): string {
  return name
    .replace(/\[.*\]$/, '')
    .replaceAll(/[-_.]+/g, '-')
    .toLowerCase();
}

function named(changes: PackageChanges): string[] {
  return Object.entries(changes)
    .map(([name, version]) => (version === null ? name : `${name}@${version}`))
    .toSorted();
}
