import type { AmbientContext } from '../../domain/events/event-context.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { FileCleanupCompleted, FileRestored, FileRestoreFailed } from '../../domain/events/families/file.events.js';
import { WorkspaceFilesRestored, WorkspaceRestoreFailed } from '../../domain/events/families/workspace.events.js';
import type { PendingRestore, Workspace } from '../../domain/workspace/workspace.js';
import { errorRecord } from '../context/error-record.js';
import { toldPaths } from '../file/file-events.js';
import type { Checkout, CheckoutOptions } from '../file/file-storage.port.js';
import { keptCommit, type KeptCommit } from '../file/kept-commit.js';
import { commitPrepared, nothing, type PreparedWorkspace, saveOf } from './prepared-workspace.js';
import { workspaceMissing } from './workspace-errors.js';
import { changed, named, type WorkspaceServices } from './workspace-services.js';

/** A workspace whose files are those of a commit again. */
export interface PreparedRestore extends PreparedWorkspace {
  readonly checkout: Checkout;
  /** Where what was overwritten or taken away is, where that was wanted and there was something. */
  readonly backupPath: string | undefined;
}

/**
 * Says what is to be restored, before any file is touched: from the transaction that saves it on, a crash is found and
 * the restore finished. The commit has to be there.
 */
export async function intendRestore(
  services: WorkspaceServices,
  found: Workspace,
  pending: PendingRestore,
): Promise<PreparedWorkspace> {
  await keptCommit(services.commits, pending.commitId);
  const workspace = changed(services, found, { pendingRestore: Object.freeze({ ...pending }) });
  return { workspace, events: () => [], save: saveOf(services, workspace), done: nothing, undo: nothing };
}

/**
 * Puts the files back that a workspace says are to be. Repeating it after a crash finishes it, with the same folder for
 * what it takes away. A folder that was removed is made again.
 *
 * A failure is recorded, and the intent stays: nobody works in what may be half restored.
 */
export async function prepareFinishRestore(
  services: WorkspaceServices,
  found: Workspace,
  signal?: AbortSignal,
): Promise<PreparedRestore> {
  const { pendingRestore } = found;
  if (pendingRestore === null) throw new RangeError(`Workspace ${found.id} has no restore that was begun.`);
  const { folders } = services;
  const progress = { hasBegun: false };
  let commit: KeptCommit;
  let checkout: Checkout;
  const aside = pendingRestore.backup ? folders.backupOf(found.id, found.updatedAt) : undefined;
  try {
    commit = await keptCommit(services.commits, pendingRestore.commitId);
    if (!(await folders.find(found.id))) await folders.make(found.id, { kind: 'empty' });
    checkout = await services.storage.checkout(found.path, commit.treeHash, {
      ...(await checkoutOptions(services, found, aside)),
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ files }) => {
        progress.hasBegun ||= files > 0;
      },
    });
  } catch (error) {
    await services.recorder.record(failureEvents(services, found, pendingRestore, error, progress.hasBegun));
    throw error;
  }
  const backupPath = checkout.backedUp.length > 0 ? aside : undefined;
  const workspace = changed(services, found, {
    // Whoever had the files put back is about to work on: an execution that had ended goes on from there.
    status: 'open',
    commitId: commit.id,
    pendingRestore: null,
  });
  return {
    workspace,
    checkout,
    backupPath,
    events: (context) => restoredEvents(services, workspace, { pendingRestore, checkout, backupPath }, context),
    save: saveOf(services, workspace),
    done: nothing,
    // What was put back stays so, and the intent with it: the next who works in it finds nothing left to do.
    undo: nothing,
  };
}

/** {@link prepareFinishRestore}, in a transaction of its own. */
export async function finishRestoreWhole(services: WorkspaceServices, found: Workspace): Promise<Workspace> {
  return (await commitPrepared(services, await prepareFinishRestore(services, found))).workspace;
}

/** Files that a workspace is to have again. */
export type WayBack = Pick<PendingRestore, 'commitId' | 'checkpointId'>;

/**
 * Makes the folder of a workspace again that was lost, with the files of its last commit. It is recorded as any restore,
 * to the last checkpoint with that commit, or to the commit itself where no checkpoint has it. The caller has the lock.
 *
 * @param back what is wanted in place of the last commit
 * @throws WaymarkError `WAYMARK_WORKSPACE_MISSING` when nothing of it was committed, and what a restore throws
 */
export async function restoreLost(services: WorkspaceServices, found: Workspace, back?: WayBack): Promise<Workspace> {
  const { commitId, checkpointId } = back ?? (await lastKept(services, found));
  const pending = { commitId, checkpointId, backup: false };
  const intended = await commitPrepared(services, await intendRestore(services, found, pending));
  return finishRestoreWhole(services, intended.workspace);
}

async function lastKept({ checkpointFiles }: WorkspaceServices, found: Workspace): Promise<WayBack> {
  const { executionId } = found;
  const commitId = found.commitId ?? found.sourceCommitId;
  if (commitId === null) throw workspaceMissing(found);
  const links = executionId === null ? [] : await checkpointFiles.ofExecution(executionId);
  return { commitId, checkpointId: links.findLast((link) => link.commitId === commitId)?.checkpointId ?? commitId };
}

/** What a restore would do. Nothing is touched or recorded. */
export async function tryRestore(services: WorkspaceServices, found: Workspace, commitId: string): Promise<Checkout> {
  const { treeHash, totalBytes } = await keptCommit(services.commits, commitId);
  if (!(await services.folders.has(found.id))) {
    const restored: string[] = [];
    for await (const { kind, path } of services.storage.entries(treeHash)) if (kind !== 'folder') restored.push(path);
    return { restored, removed: [], backedUp: [], errors: [], totalBytes };
  }
  return services.storage.checkout(found.path, treeHash, {
    ...(await checkoutOptions(services, found, undefined)),
    dryRun: true,
  });
}

/** That somebody asked what going back would take away. */
export function triedEvents(
  { factory }: WorkspaceServices,
  { executionId }: Workspace,
  checkpointId: string,
  checkout: Checkout,
  context: AmbientContext,
): readonly DomainEvent[] {
  if (executionId === null) return [];
  return [
    factory.make(FileCleanupCompleted, cleanupOf(executionId, checkpointId, checkout, { dryRun: true }), context),
  ];
}

async function checkoutOptions(
  services: WorkspaceServices,
  found: Workspace,
  backup: string | undefined,
): Promise<CheckoutOptions> {
  return { ...(await backOptions(services, found)), ...(backup === undefined ? {} : { backup }) };
}

/** How files are put back into a workspace: what was kept since goes, also where it is ignored by now. */
export async function backOptions(
  { folders, commits }: Pick<WorkspaceServices, 'folders' | 'commits'>,
  { id, ignore, commitId }: Pick<Workspace, 'id' | 'ignore' | 'commitId'>,
): Promise<CheckoutOptions> {
  const base = commitId === null ? undefined : (await commits.find(commitId))?.treeHash;
  return {
    ignore,
    index: folders.indexOf(id),
    removeOthers: true,
    ...(base === undefined || base === null ? {} : { base }),
  };
}

interface Restored {
  readonly pendingRestore: PendingRestore;
  readonly checkout: Checkout;
  readonly backupPath: string | undefined;
}

function restoredEvents(
  { factory }: WorkspaceServices,
  workspace: Workspace,
  { pendingRestore: { commitId, checkpointId }, checkout, backupPath }: Restored,
  context?: AmbientContext,
): readonly DomainEvent[] {
  const { restored, removed, totalBytes } = checkout;
  const filesRestored = restored.length;
  const whole = factory.make(
    WorkspaceFilesRestored,
    { ...named(workspace), checkpointId, commitId, filesRestored, filesRemoved: removed.length, totalBytes },
    context,
  );
  const files = factory.make(
    FileRestored,
    { commitId, filesRestored, totalBytes, paths: [...toldPaths(restored)], checkpointId },
    context,
  );
  if (workspace.executionId === null) return [files, whole];
  const told = cleanupOf(workspace.executionId, checkpointId, checkout, { dryRun: false, backupPath });
  const cleaned = factory.make(FileCleanupCompleted, told, context);
  return [files, cleaned, whole];
}

/** What became of the files that the checkpoint does not have. */
function cleanupOf(
  executionId: string,
  checkpointId: string,
  { removed, backedUp, errors }: Checkout,
  { dryRun, backupPath }: { readonly dryRun: boolean; readonly backupPath?: string | undefined },
): ConstructorParameters<typeof FileCleanupCompleted>[0] {
  return {
    executionId,
    checkpointId,
    deleted: removed.length,
    backedUp: backedUp.length,
    skipped: errors.length,
    ...(backupPath === undefined ? {} : { backupPath }),
    dryRun,
    errors: [...toldPaths(errors)],
  };
}

function failureEvents(
  { factory }: WorkspaceServices,
  workspace: Workspace,
  { commitId, checkpointId }: PendingRestore,
  thrown: unknown,
  partiallyRestored: boolean,
): readonly DomainEvent[] {
  const error = errorRecord(thrown);
  return [
    factory.make(FileRestoreFailed, { commitId, error, partiallyRestored }),
    factory.make(WorkspaceRestoreFailed, { ...named(workspace), checkpointId, error }),
  ];
}
