import type { Hash } from '../shared/hash.js';
import type { EnvironmentMode } from './environment-mode.js';

/** What can run in an environment. `process` is nothing but variables and folders for `PATH`. */
export const RUNTIMES = ['node', 'python', 'process'] as const;

/** See {@link RUNTIMES}. */
export type Runtime = (typeof RUNTIMES)[number];

/**
 * What an environment is to have. Two specifications that say the same have the same hash, whatever the order of their
 * keys: the environment of one is that of the other.
 */
export interface EnvironmentSpec {
  readonly runtime: Runtime;
  /** The runtime's version: an exact one, or the beginning of one (`20`, `3.11`). That of this process or of PATH when left out. */
  readonly version?: string;
  /** Packages by name, each with a version or range as its package manager takes it. Without credentials: it is recorded. */
  readonly packages?: Readonly<Record<string, string>>;
  /** The lock file's text (`package-lock.json`, or pinned requirements): what is installed is what it says, to the letter. */
  readonly lock?: string;
  /** Variables that what runs in it sees. Not for secrets: they are kept as they are. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What a checkpoint keeps of the environment it was made in: enough to tell another from it, and to make it again. */
export interface EnvironmentRecord {
  readonly environmentId: string;
  /** Identifies the specification: SHA-256 over its canonical JSON with the resolved runtime version and platform. */
  readonly specHash: Hash;
  readonly spec: EnvironmentSpec;
  /** What was installed: `name@version`, in ascending order. */
  readonly installed: readonly string[];
  /** How it was put into the workspace: `shared` when left out. */
  readonly mode?: EnvironmentMode;
}
