import type { FileChange, FileCommit } from '../../domain/file/file-commit.js';
import type { ExecutionStatus } from '../../domain/execution/statuses.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { assertKeys, assertOptional, wholeNumber } from '../../domain/shared/options.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import type { WorkspaceQuery } from '../../domain/workspace/workspace.repository.port.js';
import type { VerbOptions } from '../shared/verb.js';
import { leaveWorkspace, prepareActivate, prepareDeactivate } from './activate-workspace.js';
import { aloneIn } from './alone-in.js';
import { type CleanedBackups, cleanBackups } from './clean-backups.js';
import { type CleanedOrphans, cleanOrphans } from './clean-orphans.js';
import { type CleanedWorkspaces, cleanWorkspaces } from './clean-workspaces.js';
import { prepareConclude, prepareLeaving, prepareRemoval } from './conclude-workspace.js';
import { diffWorkspace, type VerifiedWorkspace, verifyWorkspace } from './compare-workspace.js';
import { checkpointToFork, prepareCreate, prepareFork } from './create-workspace.js';
import { commitPrepared, type PreparedWorkspace } from './prepared-workspace.js';
import { type InspectedWorkspace, inspectWorkspace, presentWorkspace } from './inspect-workspace.js';
import { finishRestores, type FinishedRestores } from './finish-restores.js';
import { checkRestore, dryRestore, type RestoredWorkspace, restoreWorkspace } from './restore-whole.js';
import { finishRestoreWhole } from './restore-workspace.js';
import { prepareSnapshot } from './snapshot-workspace.js';
import { workspaceRemoved } from './workspace-errors.js';
import type {
  ActivateOptions,
  CleanBackupsOptions,
  CleanOrphansOptions,
  CleanWorkspacesOptions,
  CreateWorkspaceOptions,
  ForkWorkspaceOptions,
  RestoreWorkspaceOptions,
  SnapshotWorkspaceOptions,
} from './workspace-options.js';
import { findWorkspace, type WorkspaceServices } from './workspace-services.js';

/** How many workspaces a list has when nobody says. */
const DEFAULT_LIMIT = 100;
/** How many it may have. */
const MAX_PAGE = 1_000;

/**
 * Isolated working directories, each owned by one execution: made from a folder, a commit or another workspace; kept,
 * gone back to, forked, and removed when they are no longer needed. The process never changes into one of them.
 *
 * @example
 * const workspace = await waymark.workspaces.create({ executionId: run.id, from: { folder: './project' } });
 * await waymark.workspaces.activate(workspace.id);
 * const commit = await waymark.workspaces.snapshot(workspace.id, { message: 'before the build' });
 */
export class Workspaces {
  readonly #services: WorkspaceServices;

  constructor(services: WorkspaceServices) {
    this.#services = services;
  }

  /**
   * Makes a workspace. Recorded as `workspace.created` when its files are in place.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_SOURCE_NOT_FOUND`, `WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED`,
   *   `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_WORKSPACE_NOT_FOUND`, `WAYMARK_WORKSPACE_LOCKED` when somebody works in the
   *   one it is made from
   * @example
   * await waymark.workspaces.create({ from: { folder: './project' }, ignore: ['*.log'], keep: 'always' });
   */
  async create(options: CreateWorkspaceOptions = {}): Promise<Workspace> {
    const services = this.#services;
    return (await commitPrepared(services, await prepareCreate(services, options), options)).workspace;
  }

  /**
   * Makes a workspace with the files that another had at a checkpoint. Recorded as `workspace.created` and
   * `workspace.forked`.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_WITHOUT_FILES`, and what {@link create} throws
   * @example
   * const copy = await waymark.workspaces.fork(checkpointId, { executionId });
   */
  async fork(checkpointId: string, options: ForkWorkspaceOptions = {}): Promise<Workspace> {
    const services = this.#services;
    const from = await checkpointToFork(services, checkpointId);
    return (await commitPrepared(services, await prepareFork(services, from, options), options)).workspace;
  }

  /** @throws WaymarkError `WAYMARK_WORKSPACE_NOT_FOUND` */
  get(workspaceId: string): Promise<Workspace> {
    return findWorkspace(this.#services, workspaceId);
  }

  /** What there is of a workspace besides its row: whether its folder is there, how much it holds, and who works in it. */
  async inspect(workspaceId: string): Promise<InspectedWorkspace> {
    return inspectWorkspace(this.#services, await this.get(workspaceId));
  }

  /** The workspace of an execution that is not removed; `undefined` for one that has none. */
  async ofExecution(executionId: string): Promise<Workspace | undefined> {
    assertIdentifier(executionId, 'execution id');
    return this.#services.workspaces.ofExecution(executionId);
  }

  /**
   * Workspaces, newest first; 100 when no limit is given.
   *
   * @example
   * const preserved = await waymark.workspaces.list({ status: 'preserved' });
   */
  async list(query: Partial<WorkspaceQuery> = {}): Promise<readonly Workspace[]> {
    assertKeys(query, { executionId: true, status: true, before: true, limit: true }, 'workspace query');
    const limit = wholeNumber(query.limit ?? DEFAULT_LIMIT, 'limit', 1, MAX_PAGE);
    return this.#services.workspaces.list({ ...query, limit });
  }

  /**
   * The folder of a workspace.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_REMOVED`, `WAYMARK_WORKSPACE_MISSING`, `WAYMARK_WORKSPACE_OUTSIDE`
   */
  async path(workspaceId: string): Promise<string> {
    return (await presentWorkspace(this.#services, workspaceId)).path;
  }

  /**
   * Takes a workspace to work in, so that nobody else does: its lock is held until {@link deactivate}. That of a process
   * which is provably gone is taken over, and a restore that a crash left is finished. Recorded as `workspace.activated`.
   * A folder that is gone is made again from the last commit, recorded as `workspace.files_restored`.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED` says who works in it; `WAYMARK_WORKSPACE_REMOVED`,
   *   `WAYMARK_WORKSPACE_MISSING` when nothing of it was committed, `WAYMARK_WORKSPACE_OUTSIDE` when there is a link in its
   *   place
   */
  activate(workspaceId: string, options: ActivateOptions = {}): Promise<Workspace> {
    return this.#apply(workspaceId, options, (found) => prepareActivate(this.#services, found, options.previousPath));
  }

  /** Leaves a workspace: its lock is given back. Recorded as `workspace.deactivated`, with what was written meanwhile. */
  deactivate(workspaceId: string, options: Pick<VerbOptions, 'actor'> = {}): Promise<Workspace> {
    return this.#apply(workspaceId, options, (found) => prepareDeactivate(this.#services, found));
  }

  /**
   * Keeps the files of a workspace as a commit. Where nothing has changed since the last one, that one is given.
   * Recorded as `workspace.snapshot_created`, after the `file.…` of the commit.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`, `WAYMARK_WORKSPACE_REMOVED`, and with `WAYMARK_FILE_…` codes
   */
  async snapshot(workspaceId: string, options: SnapshotWorkspaceOptions = {}): Promise<FileCommit> {
    const services = this.#services;
    assertKeys(options, { message: true, signal: true, actor: true }, 'snapshot option');
    assertOptional(options.message, 'string', 'message');
    return this.#alone(workspaceId, async (found) => {
      // What may be half restored is nobody's commit.
      const whole = found.pendingRestore === null ? found : await finishRestoreWhole(services, found);
      const prepared = await prepareSnapshot(services, whole, options);
      return (prepared.unchanged ? prepared : await commitPrepared(services, prepared, options)).commit;
    });
  }

  /**
   * Makes a workspace have the files of a commit, as at a checkpoint: what was made since is taken away, and copied aside
   * first unless `backup` is false. What is ignored stays. A crash at any time is finished by the next who opens the store
   * or works in the workspace. Recorded as `file.restored`, `file.cleanup_completed` and `workspace.files_restored`, or as
   * `file.restore_failed` and `workspace.restore_failed`.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`, `WAYMARK_FILE_COMMIT_NOT_FOUND`, and with `WAYMARK_FILE_…` codes: the
   *   restore is tried again by the next who works in it
   * @example
   * const plan = await waymark.workspaces.restore(workspace.id, commit.id, { checkpointId, dryRun: true });
   * console.log(`${plan.restored.length} written, ${plan.removed.length} removed`);
   */
  async restore(workspaceId: string, commitId: string, options: RestoreWorkspaceOptions): Promise<RestoredWorkspace> {
    const services = this.#services;
    checkRestore(commitId, options);
    if (options.dryRun === true) return dryRestore(services, await this.get(workspaceId), commitId, options);
    return this.#alone(workspaceId, (found) => restoreWorkspace(services, found, commitId, options));
  }

  /**
   * Finishes the restores that were begun and broken off, of workspaces of this host that nobody alive works in. Opening a
   * store does it.
   */
  finishRestores(): Promise<FinishedRestores> {
    return finishRestores(this.#services);
  }

  /**
   * What is other in a workspace than in a commit; its last one when none is named.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_NO_COMMIT` when it has none
   * @example
   * for (const { change, path } of await waymark.workspaces.diff(workspace.id)) console.log(change, path);
   */
  async diff(workspaceId: string, { against }: { readonly against?: string } = {}): Promise<readonly FileChange[]> {
    return diffWorkspace(this.#services, await presentWorkspace(this.#services, workspaceId), against);
  }

  /**
   * Compares every file of a workspace with its last commit, byte for byte. Recorded as `workspace.verified`.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_NO_COMMIT` when it has none
   */
  async verify(workspaceId: string, options: Pick<VerbOptions, 'actor'> = {}): Promise<VerifiedWorkspace> {
    return verifyWorkspace(this.#services, await presentWorkspace(this.#services, workspaceId), options);
  }

  /**
   * What becomes of the workspace of an execution that has ended: it is left, or its folder is removed, as its `keep` says.
   * Recorded as `workspace.cleaned_up`.
   *
   * @returns the workspace after it; `undefined` for an execution without one
   */
  async conclude(
    executionId: string,
    status: ExecutionStatus,
    options: Pick<VerbOptions, 'actor'> = {},
  ): Promise<Workspace | undefined> {
    const own = await this.ofExecution(executionId);
    if (own === undefined) return undefined;
    return this.#apply(own.id, options, (found) => prepareConclude(this.#services, found, status));
  }

  /**
   * Removes the folder of a workspace, whoever it is for. Recorded as `workspace.cleaned_up`.
   *
   * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`, `WAYMARK_WORKSPACE_OUTSIDE`, `WAYMARK_WORKSPACE_REMOVED`
   */
  remove(workspaceId: string, options: Pick<VerbOptions, 'actor'> = {}): Promise<Workspace> {
    return this.#apply(workspaceId, options, (found) => {
      if (found.status === 'removed') throw workspaceRemoved(found);
      return prepareLeaving(this.#services, found, () => prepareRemoval(this.#services, found, 'batch_cleanup'));
    });
  }

  /**
   * Removes the folders of executions of this host that have ended, whether they were to be kept or not.
   *
   * @example
   * const { freedBytes } = await waymark.workspaces.clean({ olderThanMs: 7 * 86_400_000, dryRun: true });
   */
  clean(options: CleanWorkspacesOptions = {}): Promise<CleanedWorkspaces> {
    return cleanWorkspaces(this.#services, options);
  }

  /**
   * Removes the copies of what restores have overwritten or taken away; 30 days after, when nobody says. Nothing else does.
   *
   * @example
   * const { backups } = await waymark.workspaces.cleanBackups({ olderThanMs: 7 * 86_400_000, dryRun: true });
   */
  cleanBackups(options: CleanBackupsOptions = {}): Promise<CleanedBackups> {
    return cleanBackups(this.#services, options);
  }

  /**
   * Looks for what processes of this host that are provably gone have left behind. Those of executions that can be taken
   * up stay, and so do those that were to be kept. Recorded as `workspace.orphan_detected`, each, and
   * `workspace.orphan_cleanup_completed`; nothing for a dry run.
   */
  cleanOrphans(options: CleanOrphansOptions = {}): Promise<CleanedOrphans> {
    return cleanOrphans(this.#services, options);
  }

  /**
   * Leaves every workspace that this instance works in, but those in which work still goes on: their locks go with the
   * process. Idempotent.
   */
  async close(): Promise<void> {
    const { held, folders, onError } = this.#services;
    for (const id of held.ids) {
      if (held.work.isIn(id)) continue;
      try {
        await held.inTurn(id, async () => leaveWorkspace(this.#services, await this.get(id)));
      } catch (error) {
        // One that can't be left as it should be does not keep the others, or the store, from being closed.
        onError(error);
        held.remove(id);
        await folders.unlock(id).catch(onError);
      }
    }
  }

  /** A change in a transaction of its own. */
  async #apply(
    workspaceId: string,
    { actor }: Pick<VerbOptions, 'actor'>,
    prepare: (found: Workspace) => Promise<PreparedWorkspace>,
  ): Promise<Workspace> {
    const services = this.#services;
    assertIdentifier(workspaceId, 'workspace id');
    return services.held.inTurn(workspaceId, async () => {
      const prepared = await prepare(await this.get(workspaceId));
      return (await commitPrepared(services, prepared, actor === undefined ? {} : { actor })).workspace;
    });
  }

  /** Work on a workspace that nobody else may do at the same time, in this process or another. */
  async #alone<Result>(workspaceId: string, work: (found: Workspace) => Promise<Result>): Promise<Result> {
    const services = this.#services;
    const { id } = await this.get(workspaceId);
    return aloneIn(services, id, async () => work(await this.get(id)));
  }
}
