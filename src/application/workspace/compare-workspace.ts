import { WorkspaceVerified } from '../../domain/events/families/workspace.events.js';
import type { FileChange } from '../../domain/file/file-commit.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { keptCommit } from '../file/kept-commit.js';
import type { VerbOptions } from '../shared/verb.js';
import { workspaceWithoutCommit } from './workspace-errors.js';
import { named, type WorkspaceServices } from './workspace-services.js';

/** What comparing a workspace with its commit came to. */
export interface VerifiedWorkspace {
  readonly commitId: string;
  readonly filesChecked: number;
  /** What differs: nothing when the workspace is as it was kept. */
  readonly changes: readonly FileChange[];
}

/** What is other than in a commit that is named by itself or by its checkpoint, or than in the last one. */
export async function diffWorkspace(
  services: WorkspaceServices,
  workspace: Workspace,
  against: string | undefined,
): Promise<readonly FileChange[]> {
  const { commits, storage, folders } = services;
  const { id, path, ignore } = workspace;
  const { treeHash } = await keptCommit(commits, await commitOf(services, workspace, against));
  return storage.compare(path, treeHash, { ignore, index: folders.indexOf(id) });
}

/** Compares every file with the last commit, byte for byte, and records what came of it. */
export async function verifyWorkspace(
  services: WorkspaceServices,
  workspace: Workspace,
  options: Pick<VerbOptions, 'actor'>,
): Promise<VerifiedWorkspace> {
  const { commits, storage, recorder, factory } = services;
  const { id: commitId, treeHash, fileCount } = await keptCommit(commits, await commitOf(services, workspace));
  // Without the index, so that a file whose times were set back is read like any other.
  const changes = await storage.compare(workspace.path, treeHash, { ignore: workspace.ignore });
  const filesChecked = fileCount + changes.filter(({ change }) => change === 'added').length;
  const payload = { ...named(workspace), filesChecked, mismatches: changes.length };
  await recorder.record([factory.make(WorkspaceVerified, payload, options)]);
  return { commitId, filesChecked, changes };
}

async function commitOf(
  { checkpointFiles }: WorkspaceServices,
  { id, commitId, sourceCommitId }: Workspace,
  against?: string,
): Promise<string> {
  if (against !== undefined) {
    assertIdentifier(against, 'commit id');
    return (await checkpointFiles.find(against))?.commitId ?? against;
  }
  const last = commitId ?? sourceCommitId;
  if (last === null) throw workspaceWithoutCommit(id);
  return last;
}
