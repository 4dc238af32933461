import { type Hash, sha256Hex } from '../shared/hash.js';
import type { EnvironmentSpec } from './environment-spec.js';

/** How much of the hash is in the id: enough that no two specifications on one machine share it. */
const ID_DIGITS = 16;

/** What a specification amounts to on one machine. */
export interface EnvironmentPlace {
  /** The exact version of the runtime; empty for plain processes. */
  readonly runtimeVersion: string;
  /** As `process.platform` and `process.arch` name them: what is installed may hold programs. */
  readonly platform: string;
  readonly arch: string;
}

/** By what an environment is known. */
export interface EnvironmentIdentity {
  readonly id: string;
  readonly specHash: Hash;
}

/**
 * The identity of the environment that a specification means on a machine: the same for all that say the same, whatever
 * the order of their keys.
 */
export function identifyEnvironment(spec: EnvironmentSpec, place: EnvironmentPlace): EnvironmentIdentity {
  const specHash = sha256Hex(
    JSON.stringify({
      arch: place.arch,
      lock: spec.lock ?? null,
      packages: sorted(spec.packages),
      platform: place.platform,
      runtime: spec.runtime,
      variables: sorted(spec.variables),
      version: place.runtimeVersion,
    }),
  );
  return { id: `env-${specHash.slice(0, ID_DIGITS)}`, specHash };
}

function sorted(record: Readonly<Record<string, string>> = {}): readonly (readonly [string, string])[] {
  return Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1));
}
