import { WorkspaceCreated, WorkspaceForked } from '../../domain/events/families/workspace.events.js';
import { checkpointWithoutFiles } from '../file/file-commit.errors.js';
import { keptCommit } from '../file/kept-commit.js';
import type { CheckpointFiles } from '../../domain/file/checkpoint-files.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { assertNotBusy } from './activate-workspace.js';
import { type PreparedWorkspace, saveOf } from './prepared-workspace.js';
import { strategyUnsupported, workspaceLocked } from './workspace-errors.js';
import type { FolderSize, FolderSource } from './workspace-folders.port.js';
import { type CreateWorkspaceOptions, checkCreateOptions, type ForkWorkspaceOptions } from './workspace-options.js';
import { findWorkspace, named, type WorkspaceServices } from './workspace-services.js';

/** Where the files of a new workspace come from, and what its row says of that. */
interface Origin {
  readonly source: FolderSource;
  readonly row: Partial<Pick<Workspace, 'sourceCommitId' | 'parentWorkspaceId' | 'commitId'>>;
}

/**
 * Makes the folder of a new workspace. Until it is committed this process has its lock, so that no search for what was
 * left behind takes it for that.
 */
export async function prepareCreate(
  services: WorkspaceServices,
  options: CreateWorkspaceOptions,
): Promise<PreparedWorkspace> {
  checkCreateOptions(options);
  return prepareNew(services, options, await originOf(services, options));
}

/** What was around an execution at a checkpoint. @throws WaymarkError `WAYMARK_CHECKPOINT_WITHOUT_FILES` */
export async function checkpointToFork(
  { checkpointFiles }: WorkspaceServices,
  checkpointId: string,
): Promise<CheckpointFiles> {
  assertIdentifier(checkpointId, 'checkpoint id');
  const found = await checkpointFiles.find(checkpointId);
  if (found === undefined) throw checkpointWithoutFiles(checkpointId);
  return found;
}

/**
 * Makes a workspace with the files that another had at a checkpoint. Of a copied checkpoint nobody had it: then it is made,
 * and not forked, in the likeness of the one that the files were kept of.
 */
export async function prepareFork(
  services: WorkspaceServices,
  from: CheckpointFiles,
  options: ForkWorkspaceOptions,
): Promise<PreparedWorkspace> {
  checkCreateOptions(options);
  const { checkpointId, commitId, workspaceId } = from;
  if (commitId === null) throw checkpointWithoutFiles(checkpointId);
  const likeId = workspaceId ?? (await services.commits.find(commitId))?.workspaceId ?? null;
  const parent = likeId === null ? undefined : await services.workspaces.find(likeId);
  const { ignore = parent?.ignore ?? [], keep = parent?.keep, ...rest } = options;
  const wanted: CreateWorkspaceOptions = { ...rest, ignore, ...(keep === undefined ? {} : { keep }) };
  const origin = await originOf(services, { ...wanted, from: { commitId } });
  if (workspaceId === null) return prepareNew(services, wanted, origin);
  const row = { ...origin.row, parentWorkspaceId: workspaceId };
  const prepared = await prepareNew(services, wanted, { ...origin, row });
  const { workspace, size } = prepared;
  const payload = {
    ...named(workspace),
    parentWorkspaceId: workspaceId,
    checkpointId,
    filesCopied: size.fileCount,
    totalBytes: size.totalBytes,
  };
  return {
    ...prepared,
    events: (context) => [...prepared.events(context), services.factory.make(WorkspaceForked, payload, context)],
  };
}

async function prepareNew(
  services: WorkspaceServices,
  { executionId, strategy = 'copy', ignore = [], keep = 'unless-completed' }: CreateWorkspaceOptions,
  { source, row }: Origin,
): Promise<PreparedWorkspace & { readonly size: FolderSize }> {
  const { folders, factory, identity } = services;
  const id = factory.ids.next();
  const path = folders.pathOf(id);
  const now = factory.now();
  const other = await folders.lock(id, now);
  // Nobody else can know of the id, unless ids are given twice.
  if (other !== undefined) throw workspaceLocked(id, other, folders.lockPathOf(id));
  let size: FolderSize;
  try {
    size = await folders.make(id, source);
  } catch (error) {
    await folders.unlock(id);
    throw error;
  }
  const workspace: Workspace = Object.freeze({
    id,
    executionId: executionId ?? null,
    path,
    strategy,
    status: 'open',
    keep,
    ignore: Object.freeze([...ignore]),
    sourceCommitId: null,
    parentWorkspaceId: null,
    commitId: null,
    environmentId: null,
    pendingRestore: null,
    owner: identity.self,
    createdAt: now,
    updatedAt: now,
    ...row,
  });
  const { sourceCommitId, parentWorkspaceId } = workspace;
  const payload = {
    ...named(workspace),
    path,
    strategy,
    ...size,
    ...(sourceCommitId === null ? {} : { sourceCommitId }),
    ...(parentWorkspaceId === null ? {} : { parentWorkspaceId }),
  };
  return {
    workspace,
    size,
    events: (context) => [factory.make(WorkspaceCreated, payload, context)],
    save: saveOf(services, workspace),
    done: () => folders.unlock(id),
    undo: async () => {
      await (await folders.putAside(id))?.remove();
      await folders.unlock(id);
    },
  };
}

async function originOf(services: WorkspaceServices, options: CreateWorkspaceOptions): Promise<Origin> {
  const { from } = options;
  if (from === undefined) return { source: { kind: 'empty' }, row: {} };
  if ('folder' in from) return { source: copyOf(from.folder, options), row: {} };
  if ('commitId' in from) return originOfCommit(services, from.commitId, options);
  const parent = await findWorkspace(services, from.workspaceId);
  if (services.held.work.isLeft(parent.id)) await services.held.work.untilLeft(parent);
  await assertNotBusy(services, parent);
  const copied = { ...options, ignore: options.ignore ?? parent.ignore };
  return { source: copyOf(parent.path, copied), row: { parentWorkspaceId: parent.id } };
}

function copyOf(
  folder: string,
  { strategy = 'copy', ignore = [], withIgnored = false, readOnly = [], signal }: CreateWorkspaceOptions,
): FolderSource {
  return { kind: 'folder', folder, strategy, ignore, withIgnored, readOnly, signal };
}

/** The store has contents, and no folder: they are written out, or linked to where nobody may write. */
async function originOfCommit(
  { commits, storage }: WorkspaceServices,
  commitId: string,
  { strategy = 'copy', readOnly = [], signal }: CreateWorkspaceOptions,
): Promise<Origin> {
  const { treeHash, fileCount, totalBytes } = await keptCommit(commits, commitId);
  if (strategy === 'reflink' || strategy === 'worktree') {
    throw strategyUnsupported(strategy, 'a commit is not a folder', 'Use copy, or hardlink with readOnly patterns.');
  }
  const linkReadOnly = strategy === 'hardlink' ? readOnly : [];
  const fill = async (folder: string): Promise<FolderSize> => {
    await storage.checkout(folder, treeHash, {
      removeOthers: false,
      ...(linkReadOnly.length === 0 ? {} : { linkReadOnly }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { fileCount, totalBytes };
  };
  return { source: { kind: 'filled', fill }, row: { sourceCommitId: commitId, commitId } };
}
