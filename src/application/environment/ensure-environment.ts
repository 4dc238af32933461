import { assertEnvironmentSpec } from '../../domain/environment/assert-environment-spec.js';
import { type EnvironmentIdentity, identifyEnvironment } from '../../domain/environment/environment-identity.js';
import type { EnvironmentSpec } from '../../domain/environment/environment-spec.js';
import {
  EnvironmentCreated,
  EnvironmentCreationFailed,
  EnvironmentCreationStarted,
  EnvironmentReused,
} from '../../domain/events/families/environment.events.js';
import { errorRecord } from '../context/error-record.js';
import {
  type Environment,
  type InstalledRuntime,
  namesOf,
  packagesOf,
  plainRecord,
  takenEnvironment,
} from './environment.js';
import type { KeptEnvironment } from './environment-folders.port.js';
import { type EnvironmentOptions, onBehalf, providerOptions } from './environment-options.js';
import type { ProviderResult } from './environment-provider.port.js';
import { type EnvironmentServices, providerOf } from './environment-services.js';
import { withEnvironmentLock } from './with-environment-lock.js';

/** A specification that was checked, and the environment that it means here. */
export interface ResolvedEnvironment {
  readonly spec: EnvironmentSpec;
  readonly runtimeVersion: string;
  readonly identity: EnvironmentIdentity;
}

/** How an environment gets into its empty folder. */
export type Build = (folder: string) => Promise<ProviderResult>;

/** Finds out which environment a specification means on this machine. */
export async function resolveEnvironment(
  services: EnvironmentServices,
  given: unknown,
  options: EnvironmentOptions,
): Promise<ResolvedEnvironment> {
  const spec = assertEnvironmentSpec(given);
  const runtimeVersion = await providerOf(services, spec.runtime).resolveVersion(spec, providerOptions(options));
  return { spec, runtimeVersion, identity: identifyEnvironment(spec, { ...services.machine, runtimeVersion }) };
}

/** Takes the environment of a specification, and makes it where it is not there. */
export async function ensureEnvironment(
  services: EnvironmentServices,
  resolved: ResolvedEnvironment,
  options: EnvironmentOptions,
  build: Build = (folder) =>
    providerOf(services, resolved.spec.runtime).create(folder, resolved.spec, providerOptions(options)),
): Promise<Environment> {
  const { spec, identity } = resolved;
  if (spec.runtime === 'process') return plainEnvironment(services, resolved);
  const { runtime } = spec;
  const found =
    (await reuseEnvironment(services, identity, options)) ?? (await reuseEquivalent(services, resolved, options));
  if (found !== undefined) return found;
  return withEnvironmentLock(services, identity, 'create', options, async () => {
    // Whoever held the lock before may have made it.
    const made = await reuseEnvironment(services, identity, options);
    return made ?? makeEnvironment(services, { ...resolved, runtime }, options, build);
  });
}

/** Takes an environment where it is there, and whole. */
export async function reuseEnvironment(
  services: EnvironmentServices,
  { id, specHash }: EnvironmentIdentity,
  options: EnvironmentOptions,
): Promise<Environment | undefined> {
  const { folders, recorder, factory } = services;
  // In this order: whoever removes it makes it unfindable first, and looks for marks then.
  const release = await folders.use(id);
  try {
    const kept = await folders.find(id);
    if (kept === undefined || kept.record.specHash !== specHash) {
      await release();
      return undefined;
    }
    await folders.touch(id);
    const { path, createdAt } = kept;
    const ageMs = Math.max(0, factory.clock.now() - Date.parse(createdAt));
    await recorder.record([factory.make(EnvironmentReused, { ...namesOf(kept), ...onBehalf(options), path, ageMs })]);
    return takeKept(services, kept, release);
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Takes the environment whose lock a specification repeats: a specification without a lock has one once its environment
 * is made, and says the same as before.
 */
async function reuseEquivalent(
  services: EnvironmentServices,
  { spec, identity }: ResolvedEnvironment,
  options: EnvironmentOptions,
): Promise<Environment | undefined> {
  if (spec.lock === undefined) return undefined;
  for (const kept of await services.folders.list()) {
    const { record, runtimeVersion } = kept;
    const place = { ...services.machine, runtimeVersion };
    if (identifyEnvironment(record.spec, place).specHash !== identity.specHash) continue;
    const found = await reuseEnvironment(services, { id: record.environmentId, specHash: record.specHash }, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An environment that is kept, as whoever takes it gets it. */
export function takeKept(
  services: EnvironmentServices,
  { record, path }: KeptEnvironment,
  release: () => Promise<void>,
): Environment {
  const activation = providerOf(services, record.spec.runtime).activation(path, record.spec);
  return takenEnvironment(record, path, activation, release);
}

/** Nothing is on disk of it, nobody waits for it, and nothing happened that the log would tell. */
function plainEnvironment(services: EnvironmentServices, { spec, identity }: ResolvedEnvironment): Environment {
  const record = plainRecord(identity.id, identity.specHash, spec);
  const activation = providerOf(services, spec.runtime).activation(services.folders.path(identity.id), spec);
  return takenEnvironment(record, null, activation, () => Promise.resolve());
}

type ToMake = ResolvedEnvironment & { readonly runtime: InstalledRuntime };

/** Makes an environment. The lock is held. */
async function makeEnvironment(
  services: EnvironmentServices,
  { spec, identity, runtime, runtimeVersion }: ToMake,
  options: EnvironmentOptions,
  build: Build,
): Promise<Environment> {
  const { folders, recorder, factory } = services;
  const { id: environmentId, specHash } = identity;
  const packages = packagesOf(spec);
  const about = { environmentId, specHash, ...onBehalf(options), runtime, packages };
  const since = factory.clock.monotonic();
  const { source = 'api' } = options;
  await recorder.record([factory.make(EnvironmentCreationStarted, { ...about, runtimeVersion, source })]);
  let kept: KeptEnvironment;
  const release = await folders.use(environmentId);
  try {
    const path = await folders.begin(environmentId);
    const { installed, lock } = await build(path);
    const record = { environmentId, specHash, spec: lockedSpec(spec, lock), installed };
    kept = await folders.finish({ record, runtimeVersion, path, createdAt: factory.now() });
  } catch (error) {
    const durationMs = factory.clock.monotonic() - since;
    const cleanedUp = await cleanUp(services, environmentId, release);
    const failed = { ...about, error: errorRecord(error), durationMs, cleanedUp };
    await recorder.record([factory.make(EnvironmentCreationFailed, failed)]);
    throw error;
  }
  const durationMs = factory.clock.monotonic() - since;
  try {
    await recorder.record([
      factory.make(EnvironmentCreated, { ...about, runtimeVersion, path: kept.path, durationMs }),
    ]);
  } catch (error) {
    // It is there, and the next one takes it.
    await release();
    throw error;
  }
  return takeKept(services, kept, release);
}

/** With the lock that the package manager wrote. Credentials that are in it are not recorded either. */
function lockedSpec(spec: EnvironmentSpec, lock: string | undefined): EnvironmentSpec {
  if (lock === undefined) return spec;
  // Where nothing is installed, pip's is empty.
  if (lock !== '') assertEnvironmentSpec({ ...spec, lock });
  return { ...spec, lock };
}

/** Takes away what there is of an environment that could not be made. Whoever comes next does it where this fails. */
async function cleanUp(
  { folders }: EnvironmentServices,
  environmentId: string,
  release: () => Promise<void>,
): Promise<boolean> {
  await release();
  return folders.discard(environmentId).then(
    () => true,
    () => false,
  );
}
