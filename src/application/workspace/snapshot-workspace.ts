import { WorkspaceSnapshotCreated } from '../../domain/events/families/workspace.events.js';
import type { FileChange, FileCommit } from '../../domain/file/file-commit.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { nothing, type PreparedWorkspace, saveOf } from './prepared-workspace.js';
import { workspaceMissing, workspaceRemoved } from './workspace-errors.js';
import type { SnapshotWorkspaceOptions } from './workspace-options.js';
import { changed, named, type WorkspaceServices } from './workspace-services.js';

/** Files of a workspace that are a commit as soon as somebody's transaction says so. */
export interface PreparedSnapshot extends PreparedWorkspace {
  /** The commit; where nothing has changed, the one before it. */
  readonly commit: FileCommit;
  /** What is other than in the commit before it. */
  readonly changes: readonly FileChange[];
  /** Whether the files are those of the commit before: nothing is written or recorded then. */
  readonly unchanged: boolean;
}

/** How the files of a workspace are kept, for the engine. */
interface PrepareSnapshotOptions extends SnapshotWorkspaceOptions {
  /** Whether they are those that its execution begins with. */
  readonly isBeginning?: boolean;
}

/** Stores the files of a workspace. */
export async function prepareSnapshot(
  services: WorkspaceServices,
  found: Workspace,
  { message, signal, isBeginning = false }: PrepareSnapshotOptions,
): Promise<PreparedSnapshot> {
  const { files, folders, factory } = services;
  const { id, path, executionId, commitId, ignore } = found;
  if (found.status === 'removed') throw workspaceRemoved(found);
  if (!(await folders.find(id))) throw workspaceMissing(found);
  const prepared = await files.prepare(path, {
    workspaceId: id,
    index: folders.indexOf(id),
    ignore,
    ...(executionId === null ? {} : { executionId }),
    ...(commitId === null ? {} : { parentId: commitId }),
    ...(message === undefined ? {} : { message }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { commit, changes, unchanged } = prepared;
  const { fileCount, totalBytes } = commit;
  const source = isBeginning && found.sourceCommitId === null ? { sourceCommitId: commit.id } : {};
  const workspace = unchanged ? found : changed(services, found, { commitId: commit.id, ...source });
  const payload = { ...named(workspace), commitId: commit.id, fileCount, totalBytes };
  return {
    workspace,
    commit,
    changes,
    unchanged,
    events: (context) =>
      unchanged ? [] : [...prepared.events(context), factory.make(WorkspaceSnapshotCreated, payload, context)],
    save: unchanged ? nothing : saveOf(services, workspace, (scope) => prepared.save(scope)),
    done: nothing,
    undo: () => prepared.discard(),
  };
}
