import type { EnvironmentSpec, EnvironmentRecord, Runtime } from '../../domain/environment/environment-spec.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { KeptEnvironment } from './environment-folders.port.js';
import type { Activation } from './environment-provider.port.js';

/** An environment that somebody has taken. It is not removed before they, or their process, are done with it. */
export interface Environment extends AsyncDisposable {
  readonly id: string;
  readonly specHash: Hash;
  /** Its folder: absolute. `null` for a plain process, which has nothing on disk. */
  readonly path: string | null;
  /** What a checkpoint keeps of it. */
  readonly record: EnvironmentRecord;
  /** What a process that runs in it is given. */
  readonly activation: Activation;
  /** Whoever took it is done with it. Idempotent. */
  release(): Promise<void>;
}

/** The runtimes whose environments are on disk. */
export type InstalledRuntime = Exclude<Runtime, 'process'>;

/** A taken environment. */
export function takenEnvironment(
  record: EnvironmentRecord,
  path: string | null,
  activation: Activation,
  release: () => Promise<void>,
): Environment {
  const { environmentId: id, specHash } = record;
  return Object.freeze({ id, specHash, path, record, activation, release, [Symbol.asyncDispose]: release });
}

/** What a checkpoint keeps of an environment that is plain variables: nothing is installed. */
export function plainRecord(environmentId: string, specHash: Hash, spec: EnvironmentSpec): EnvironmentRecord {
  return Object.freeze({ environmentId, specHash, spec, installed: Object.freeze([]) });
}

/** The packages of a specification: each as name and version. */
export function packagesOf({ packages = {} }: EnvironmentSpec): string[] {
  return Object.entries(packages)
    .map(([name, version]) => `${name}@${version}`)
    .toSorted();
}

/** By what events name an environment that is kept. */
export function namesOf({ record }: Pick<KeptEnvironment, 'record'>): {
  readonly environmentId: string;
  readonly specHash: Hash;
} {
  return { environmentId: record.environmentId, specHash: record.specHash };
}
