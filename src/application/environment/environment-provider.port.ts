import type { EnvironmentSpec, Runtime } from '../../domain/environment/environment-spec.js';

/** What a provider is given to do its work with. */
export interface ProviderOptions {
  /** Ends what it runs, with every process that this has begun. */
  readonly signal?: AbortSignal;
  /** Told of each line that a package manager writes. */
  readonly onLine?: (line: string) => void;
}

/** What a package manager did. */
export interface ProviderResult {
  readonly exitCode: number;
  /** What is installed now: `name@version`, in ascending order. */
  readonly installed: readonly string[];
  /** The lock file's text after it, where the package manager has one. */
  readonly lock?: string;
}

/** What a process that runs in an environment is given. */
export interface Activation {
  readonly variables: Readonly<Record<string, string>>;
  /** Folders that come first in `PATH`. */
  readonly path: readonly string[];
  /** Folders of the environment that appear in a workspace under a name, as links: `node_modules`. */
  readonly links: Readonly<Record<string, string>>;
}

/**
 * Makes environments of one runtime. It works within the folder that it is given and nowhere else; who may do so when is
 * not its business.
 *
 * @throws WaymarkError `WAYMARK_ENVIRONMENT_FAILED` with the package manager's last words; `WAYMARK_RUNTIME_MISSING`
 */
export interface EnvironmentProvider {
  readonly runtime: Runtime;
  /** The exact version that a specification means here. */
  resolveVersion(spec: EnvironmentSpec, options?: ProviderOptions): Promise<string>;
  /** Makes an environment in an empty folder: from the lock where there is one, to the letter. */
  create(folder: string, spec: EnvironmentSpec, options?: ProviderOptions): Promise<ProviderResult>;
  /** Changes packages of what was made: each with a version or range, or `null` to take it away. */
  change(
    folder: string,
    spec: EnvironmentSpec,
    packages: Readonly<Record<string, string | null>>,
    options?: ProviderOptions,
  ): Promise<ProviderResult>;
  /**
   * What is installed: `name@version`, in ascending order. A workspace with copies of what {@link activation} links is
   * asked for as well.
   */
  installed(folder: string): Promise<readonly string[]>;
  /** What a process that runs in it is given. */
  activation(folder: string, spec: EnvironmentSpec): Activation;
}
