import type { FileCommit } from '../../../domain/file/file-commit.js';
import type { Workspace } from '../../../domain/workspace/workspace.js';
import { keptCommit } from '../../file/kept-commit.js';
import { backOptions, finishRestoreWhole, intendRestore } from '../../workspace/restore-workspace.js';
import type { ArrangementParts } from './arrangement-parts.js';
import { renewCopy } from './attach-environment.js';
import { takeRecorded } from './begin-surroundings.js';
import { countOf } from './files-to-restore.js';
import type { HeldSurroundings } from './held-surroundings.js';
import { lockFor } from './lock-for.js';
import type { ArrangedStep, FilesToRestore } from './surroundings.port.js';
import type { SurroundingsServices } from './surroundings-services.js';

/** Files that are put back once the step is durable. */
export interface Restoring {
  readonly commit: FileCommit;
}

/** Where what is around an execution goes back to. */
interface WayBackAround {
  readonly held: HeldSurroundings;
  readonly checkpointId: string;
  /** Whether somebody wants to go back; one that is taken over only finds again what was there. */
  readonly isWished: boolean;
  /** Whether another execution that is run here works in the workspace. */
  readonly isInUse: boolean;
}

/**
 * Has the files of a checkpoint put back when the step is durable, and takes its environment. That they are to be put
 * back is written with the step.
 */
export async function goBackAround(
  services: SurroundingsServices,
  step: ArrangedStep,
  { held, checkpointId, isWished, isInUse }: WayBackAround,
  parts: ArrangementParts,
): Promise<{ readonly held: HeldSurroundings; readonly restoring: Restoring | undefined }> {
  const link = await services.links.find(checkpointId);
  const environment = link?.environment ?? undefined;
  let now = held;
  if (environment !== undefined && environment.specHash !== held.record?.specHash) {
    const current = held.record?.environmentId;
    const taken = await takeRecorded(services, step.snapshot.id, environment, checkpointId, current);
    const before = held.environment;
    parts.whenDiscarded(() => taken.release());
    parts.whenCommitted(async () => before?.release());
    const { mode } = environment;
    now = { ...held, record: { ...taken.record, ...(mode === undefined ? {} : { mode }) }, environment: taken };
  }
  const { workspace, isOwn } = now;
  // Whoever goes back in the workspace of a parent leaves its files to the parent.
  if (workspace === undefined || (isWished ? !isOwn : isInUse)) return { held: now, restoring: undefined };
  const commit = await commitToHave(services, workspace, link?.commitId ?? null, isWished);
  if (commit === undefined) return { held: now, restoring: undefined };
  const { workspaces } = services;
  // One that was exchanged is put in its place when work begins there.
  const withCopy = (): Promise<HeldSurroundings> =>
    now === held ? renewCopy(services, step, now, checkpointId, parts) : Promise.resolve(now);
  if (!isWished && (await isAsKept(services, workspace, commit.id))) {
    return { held: await withCopy(), restoring: { commit } };
  }
  const release = await lockFor(workspaces, workspace, isOwn);
  if (release === undefined) return { held: now, restoring: undefined };
  parts.whenDiscarded(release);
  now = await withCopy();
  const pending = { commitId: commit.id, checkpointId, backup: true };
  const intended = parts.add(await intendRestore(workspaces, workspace, pending), 'around');
  const restored = { ...intended.workspace, environmentId: now.record?.environmentId ?? workspace.environmentId };
  parts.whenCommitted(async () => {
    try {
      await finishRestoreWhole(workspaces, restored);
    } finally {
      await release();
    }
  });
  return {
    held: { ...now, workspace: { ...restored, status: 'open', pendingRestore: null, commitId: commit.id } },
    restoring: { commit },
  };
}

/**
 * The files to have: those of the checkpoint, for who wishes to go back there. Who takes an execution over finds those
 * that were kept last, be it with a checkpoint of a sub-workflow that works in the same workspace: what that completed is
 * not done again. What somebody kept without a checkpoint may be half done.
 */
async function commitToHave(
  { links, commits }: SurroundingsServices,
  { commitId, pendingRestore }: Workspace,
  linked: string | null,
  isWished: boolean,
): Promise<FileCommit | undefined> {
  const last = isWished ? linked : (pendingRestore?.commitId ?? commitId ?? linked);
  let found = last === null ? undefined : await commits.find(last);
  if (isWished || last === linked) return found;
  const kept = new Set(await links.linkedCommits());
  while (found !== undefined && !kept.has(found.id)) {
    found = found.parentId === null ? undefined : await commits.find(found.parentId);
  }
  return found ?? (linked === null ? undefined : commits.find(linked));
}

/** Whether nothing would have to be put back. */
async function isAsKept(services: SurroundingsServices, workspace: Workspace, commitId: string): Promise<boolean> {
  if (workspace.pendingRestore !== null) return false;
  return countOf(await filesToRestore(services, workspace, commitId)) === 0;
}

/** What going back to a checkpoint would do to files. Nothing is touched. */
export async function wayBackTo(
  services: SurroundingsServices,
  checkpointId: string,
): Promise<FilesToRestore | undefined> {
  const link = await services.links.find(checkpointId);
  if (link === undefined || link.workspaceId === null || link.commitId === null) return undefined;
  const workspace = await services.workspaces.workspaces.find(link.workspaceId);
  // The files of a parent stay as they are.
  if (workspace?.executionId !== link.executionId) return undefined;
  return filesToRestore(services, workspace, link.commitId);
}

async function filesToRestore(
  { workspaces: { commits, storage, folders } }: SurroundingsServices,
  workspace: Workspace,
  commitId: string,
): Promise<FilesToRestore> {
  const { id, path, status } = workspace;
  const { treeHash } = await keptCommit(commits, commitId);
  if (status === 'removed' || !(await folders.has(id))) {
    const restored: string[] = [];
    for await (const entry of storage.entries(treeHash)) if (entry.kind !== 'folder') restored.push(entry.path);
    return { restored, removed: [] };
  }
  const options = { ...(await backOptions({ commits, folders }, workspace)), dryRun: true };
  const { restored, removed } = await storage.checkout(path, treeHash, options);
  return { restored, removed };
}
