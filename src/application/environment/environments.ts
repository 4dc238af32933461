import type { EnvironmentMode } from '../../domain/environment/environment-mode.js';
import type { EnvironmentRecord, EnvironmentSpec } from '../../domain/environment/environment-spec.js';
import { type InstalledDifference, installedDifference } from '../../domain/environment/installed-difference.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { assertOptional } from '../../domain/shared/options.js';
import { runWithContext } from '../context/run-with-context.js';
import { changeEnvironment, type DependencyOperation, type PackageChanges } from './change-environment.js';
import { ensureEnvironment, resolveEnvironment } from './ensure-environment.js';
import type { Environment } from './environment.js';
import type { KeptEnvironment } from './environment-folders.port.js';
import {
  assertEnvironmentOptions,
  type CheckpointEnvironmentOptions,
  type CompareEnvironmentOptions,
  ENVIRONMENT_OPTIONS,
  type EnvironmentOptions,
  type PruneEnvironmentsOptions,
} from './environment-options.js';
import type { EnvironmentServices } from './environment-services.js';
import { deleteEnvironment, pruneEnvironments, type PrunedEnvironments } from './prune-environments.js';
import {
  compareEnvironment,
  type EnvironmentComparison,
  installedIn,
  restoreEnvironment,
} from './restore-environment.js';
import { findEnvironment, syncEnvironment } from './sync-environment.js';

/**
 * Environments as hosts use them: runtimes with their packages, made once for each specification and shared.
 *
 * @example
 * await using environment = await waymark.environments.ensure({ runtime: 'node', packages: { typescript: '~5.9.0' } });
 * console.log(environment.activation.path);
 */
export class Environments {
  readonly #services: EnvironmentServices;

  constructor(services: EnvironmentServices) {
    this.#services = services;
  }

  /**
   * The environment of a specification: that which is there, or a new one. It is not removed before it is released, or
   * this instance is closed, or its process gone.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ENVIRONMENT`; WaymarkError `WAYMARK_RUNTIME_MISSING`,
   *   `WAYMARK_ENVIRONMENT_FAILED` with the package manager's last words, `WAYMARK_ENVIRONMENT_LOCK_TIMEOUT`; the
   *   signal's reason when it aborts
   * @example
   * await using environment = await waymark.environments.ensure({ runtime: 'python', packages: { requests: '>=2.32,<3' } });
   */
  ensure(spec: EnvironmentSpec, options: EnvironmentOptions = {}): Promise<Environment> {
    return this.#as(options, async () =>
      ensureEnvironment(this.#services, await resolveEnvironment(this.#services, spec, options), options),
    );
  }

  /** Every environment that is whole, in ascending order of their ids. Plain processes have none on disk. */
  list(): Promise<readonly KeptEnvironment[]> {
    return this.#services.folders.list();
  }

  /**
   * An environment as it is kept.
   *
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_FOUND`
   */
  async get(environmentId: string): Promise<KeptEnvironment> {
    assertIdentifier(environmentId, 'environment id');
    return findEnvironment(this.#services, environmentId);
  }

  /** Whether a process uses an environment: this one, or another that is not provably gone. */
  async isUsed(environmentId: string): Promise<boolean> {
    const { record } = await this.get(environmentId);
    return this.#services.folders.isUsed(record.environmentId);
  }

  /**
   * Which packages of an environment are not those that were installed when it was made, by the names and versions that
   * their own files tell. What else is in these files is not looked at: {@link sync} makes all of them anew.
   *
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_FOUND`
   */
  async verify(environmentId: string): Promise<InstalledDifference> {
    const kept = await this.get(environmentId);
    return installedDifference(kept.record.installed, await installedIn(this.#services, kept));
  }

  /**
   * Puts the folders of an environment where what runs in a workspace looks for them: `node_modules`, as a link to what all
   * share, or as a copy that may be written to. Again is as good as once.
   *
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_ATTACHED` when something else is there
   * @example
   * await using environment = await waymark.environments.ensure({ runtime: 'node', packages: { typescript: '~5.9.0' } });
   * await waymark.environments.attach(environment, '/srv/site', { mode: 'copied' });
   */
  attach(
    { id, activation }: Pick<Environment, 'id' | 'activation'>,
    folder: string,
    { mode = 'shared' }: { readonly mode?: EnvironmentMode } = {},
  ): Promise<void> {
    return this.#services.links.attach(id, activation.links, folder, mode);
  }

  /**
   * Makes what is installed what the lock says, whatever somebody did to it: anew, in a folder beside what there is. Who
   * uses the old one keeps it; {@link prune} removes it when they have released it. One whose sync failed is as it was.
   *
   * @returns the environment with its new path, which who asks for it gets from now on
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_FOUND`, and as {@link ensure}
   */
  sync(environmentId: string, options: EnvironmentOptions = {}): Promise<KeptEnvironment> {
    return this.#as(options, () => syncEnvironment(this.#services, environmentId, options));
  }

  /**
   * The environment with further packages: another one, made of the lock of this one and the change. This one stays.
   *
   * @param packages each with a version or range
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_FOUND`, and as {@link ensure}
   * @example
   * await using wider = await waymark.environments.add('env-0123456789abcdef', { chalk: '^5.0.0' });
   */
  add(
    environmentId: string,
    packages: Readonly<Record<string, string>>,
    options: EnvironmentOptions = {},
  ): Promise<Environment> {
    return this.#change(environmentId, 'add', packages, options);
  }

  /** {@link add} for packages that it has, in other versions: the newest that fits. */
  update(
    environmentId: string,
    packages: Readonly<Record<string, string>>,
    options: EnvironmentOptions = {},
  ): Promise<Environment> {
    return this.#change(environmentId, 'update', packages, options);
  }

  /** {@link add} the other way round: the environment without some packages. */
  remove(environmentId: string, packages: readonly string[], options: EnvironmentOptions = {}): Promise<Environment> {
    const changes = Object.fromEntries(packages.map((name) => [name, null]));
    return this.#change(environmentId, 'remove', changes, options);
  }

  /**
   * Removes an environment.
   *
   * @throws WaymarkError `WAYMARK_ENVIRONMENT_NOT_FOUND`; `WAYMARK_ENVIRONMENT_IN_USE`; `WAYMARK_ENVIRONMENT_LOCK_TIMEOUT`
   */
  delete(environmentId: string, options: EnvironmentOptions = {}): Promise<void> {
    return this.#as(options, () => deleteEnvironment(this.#services, environmentId, options));
  }

  /**
   * Removes environments that are over the limits, those first that were not taken for longest, and what processes that
   * died had left half made, or {@link sync} replaced. What a process uses stays. Without limits nothing else is removed.
   *
   * @param options with `dryRun` nothing is removed: the result is what would be
   * @example
   * await waymark.environments.prune({ maxAgeMs: 30 * 86_400_000, maxBytes: 2 ** 31, maxCount: 20 });
   */
  prune(options: PruneEnvironmentsOptions = {}): Promise<PrunedEnvironments> {
    const keys = { ...ENVIRONMENT_OPTIONS, maxAgeMs: true, maxBytes: true, maxCount: true, dryRun: true } as const;
    assertOptional(options.dryRun, 'boolean', 'dryRun');
    return this.#as(options, () => pruneEnvironments(this.#services, options), keys);
  }

  /**
   * Compares what is installed now with what a checkpoint was made with. A mismatch is recorded as
   * `environment.mismatch_detected`, and is no failure. With `copyIn` it is the copy in a workspace that is compared.
   */
  compare(record: EnvironmentRecord, options: CompareEnvironmentOptions): Promise<EnvironmentComparison> {
    assertOptional(options.copyIn, 'string', 'copyIn');
    return this.#atCheckpoint(options, () => compareEnvironment(this.#services, record, options), { copyIn: true });
  }

  /**
   * Takes the environment that a checkpoint was made with: that which is there, or one made of its lock. What was not the
   * same before is recorded: `environment.mismatch_detected`, then `environment.restored`.
   *
   * @throws WaymarkError as {@link ensure}
   */
  restore(record: EnvironmentRecord, options: CheckpointEnvironmentOptions): Promise<Environment> {
    return this.#atCheckpoint(options, () => restoreEnvironment(this.#services, record, options));
  }

  /** Takes the marks of this instance away: others may remove what it used. Idempotent. */
  close(): Promise<void> {
    return this.#services.folders.close();
  }

  #change(
    environmentId: string,
    operation: DependencyOperation,
    changes: PackageChanges,
    options: EnvironmentOptions,
  ): Promise<Environment> {
    return this.#as(options, () => changeEnvironment(this.#services, environmentId, operation, changes, options));
  }

  #atCheckpoint<Result>(
    options: CheckpointEnvironmentOptions,
    work: () => Promise<Result>,
    more: Readonly<Record<string, true>> = {},
  ): Promise<Result> {
    const keys = { ...ENVIRONMENT_OPTIONS, checkpointId: true, environmentId: true, ...more } as const;
    const checked = (): Promise<Result> => {
      assertIdentifier(options.checkpointId, 'checkpoint id');
      return work();
    };
    return this.#as(options, checked, keys);
  }

  #as<Result>(
    options: EnvironmentOptions,
    work: () => Promise<Result>,
    keys: Readonly<Record<string, true>> = ENVIRONMENT_OPTIONS,
  ): Promise<Result> {
    return runWithContext({ actor: options.actor }, async () => {
      assertEnvironmentOptions(options, keys);
      return work();
    });
  }
}
