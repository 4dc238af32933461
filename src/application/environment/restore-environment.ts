import { identifyEnvironment } from '../../domain/environment/environment-identity.js';
import type { EnvironmentRecord } from '../../domain/environment/environment-spec.js';
import { type InstalledDifference, installedDifference } from '../../domain/environment/installed-difference.js';
import {
  EnvironmentMismatchDetected,
  EnvironmentRestored,
} from '../../domain/events/families/environment-dependencies.events.js';
import { ensureEnvironment, resolveEnvironment, reuseEnvironment, takeKept } from './ensure-environment.js';
import { type Environment, namesOf } from './environment.js';
import type { KeptEnvironment } from './environment-folders.port.js';
import { type CheckpointEnvironmentOptions, type CompareEnvironmentOptions, onBehalf } from './environment-options.js';
import { type EnvironmentServices, providerOf } from './environment-services.js';
import { syncEnvironment } from './sync-environment.js';

/** How the environment that is used compares with that of a checkpoint. */
export interface EnvironmentComparison extends InstalledDifference {
  /** Whether it is the same: another specification with the same packages is not. */
  readonly matches: boolean;
  /** Whether the environment that was compared is there at all. Where it is not, everything is missing. */
  readonly isThere: boolean;
}

/** Compares what is installed with what a checkpoint was made with, and records a mismatch. */
export async function compareEnvironment(
  services: EnvironmentServices,
  expected: EnvironmentRecord,
  options: CompareEnvironmentOptions,
): Promise<EnvironmentComparison> {
  const { recorder, factory } = services;
  const { checkpointId, environmentId = expected.environmentId, copyIn } = options;
  const compared =
    copyIn === undefined ? compare(services, expected, environmentId) : compareCopy(services, expected, copyIn);
  const { matches, missing, unexpected, current, isThere } = await compared;
  if (!matches) {
    const names = current === undefined ? { environmentId, specHash: expected.specHash } : namesOf(current);
    await recorder.record([
      factory.make(EnvironmentMismatchDetected, {
        ...names,
        ...onBehalf(options),
        checkpointId,
        expectedSpecHash: expected.specHash,
        missing: [...missing],
        unexpected: [...unexpected],
      }),
    ]);
  }
  return { matches, missing, unexpected, isThere };
}

/** Takes the environment that a checkpoint was made with: that which is there, or one that is made of its lock. */
export async function restoreEnvironment(
  services: EnvironmentServices,
  expected: EnvironmentRecord,
  options: CheckpointEnvironmentOptions,
): Promise<Environment> {
  const { recorder, factory } = services;
  const { spec } = expected;
  const since = factory.clock.monotonic();
  const { matches } = await compareEnvironment(services, expected, options);
  const environment = await take(services, expected, options);
  // Of a plain process nothing is on disk that could have been put back.
  if (matches || environment.path === null) return environment;
  try {
    await recorder.record([
      factory.make(EnvironmentRestored, {
        environmentId: environment.id,
        specHash: environment.specHash,
        ...onBehalf(options),
        checkpointId: options.checkpointId,
        from: spec.lock === undefined ? 'spec' : 'lock',
        durationMs: factory.clock.monotonic() - since,
      }),
    ]);
    return environment;
  } catch (error) {
    await environment.release();
    throw error;
  }
}

async function compare(services: EnvironmentServices, expected: EnvironmentRecord, environmentId: string) {
  const current = await services.folders.find(environmentId);
  if (current === undefined) {
    // A plain process is there wherever it is asked for.
    const isThere = expected.spec.runtime === 'process' && environmentId === expected.environmentId;
    return { matches: isThere, current, isThere, ...installedDifference(expected.installed, []) };
  }
  const difference = installedDifference(expected.installed, await installedIn(services, current));
  const isSame = difference.missing.length === 0 && difference.unexpected.length === 0;
  return { matches: isSame && saysTheSame(services, current, expected), current, isThere: true, ...difference };
}

/** A copy in a workspace: of what has none (programs that are found by their path), nothing can differ. */
async function compareCopy(services: EnvironmentServices, expected: EnvironmentRecord, copyIn: string) {
  const provider = providerOf(services, expected.spec.runtime);
  const isCopied = Object.keys(provider.activation(copyIn, expected.spec).links).length > 0;
  const present = isCopied ? await provider.installed(copyIn) : expected.installed;
  const difference = installedDifference(expected.installed, present);
  const matches = difference.missing.length === 0 && difference.unexpected.length === 0;
  return { matches, current: undefined, isThere: true, ...difference };
}

/** Whether two are of one specification: as it was asked for, or with the lock that came of it. */
function saysTheSame(
  { machine }: EnvironmentServices,
  { record, runtimeVersion }: KeptEnvironment,
  expected: EnvironmentRecord,
): boolean {
  if (record.specHash === expected.specHash) return true;
  const place = { ...machine, runtimeVersion };
  return identifyEnvironment(record.spec, place).specHash === identifyEnvironment(expected.spec, place).specHash;
}

async function take(
  services: EnvironmentServices,
  expected: EnvironmentRecord,
  options: CheckpointEnvironmentOptions,
): Promise<Environment> {
  const { environmentId, specHash, spec } = expected;
  if (await isIntact(services, environmentId, expected)) {
    const found = await reuseEnvironment(services, { id: environmentId, specHash }, options);
    if (found !== undefined) return found;
  }
  const made = await ensureEnvironment(services, await resolveEnvironment(services, spec, options), options);
  if (made.path === null) return made;
  try {
    // One that was there may have been altered since it was made: its lock says what it was.
    if (await isIntact(services, made.id, made.record)) return made;
    return takeKept(services, await syncEnvironment(services, made.id, options), () => made.release());
  } catch (error) {
    await made.release();
    throw error;
  }
}

/** Whether an environment is there, and has what a record says. */
async function isIntact(
  services: EnvironmentServices,
  environmentId: string,
  { specHash, installed }: EnvironmentRecord,
): Promise<boolean> {
  const kept = await services.folders.find(environmentId);
  if (kept === undefined || kept.record.specHash !== specHash) return false;
  const { missing, unexpected } = installedDifference(installed, await installedIn(services, kept));
  return missing.length === 0 && unexpected.length === 0;
}

/** What is installed in an environment, as its files tell. */
export function installedIn(
  services: EnvironmentServices,
  { record, path }: KeptEnvironment,
): Promise<readonly string[]> {
  return providerOf(services, record.spec.runtime).installed(path);
}
