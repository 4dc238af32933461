import type { Bind } from 'inversify';
import { HeldWorkspaces } from '../../application/workspace/held-workspaces.js';
import { PlacedWorkspaces } from '../../application/workspace/placed-workspaces.js';
import { Workspaces } from '../../application/workspace/workspaces.js';
import { LocalWorkspaceFolders } from '../../infrastructure/workspace/local-workspace-folders.js';
import type { StorageConfig } from '../configuration.js';
import type { ExecutionsSetup } from '../executions-configuration.js';
import { storeFile } from '../spill-place.js';
import { TOKENS } from '../tokens.js';

/** Workspaces, and their folders on this machine. */
export function bindWorkspaces(
  bind: Bind,
  storage: StorageConfig,
  { onError }: Pick<ExecutionsSetup, 'onError'>,
): void {
  const store = storeFile(storage);
  bind(TOKENS.WorkspaceFolders)
    .toResolvedValue(
      ({ path }, identity) => new LocalWorkspaceFolders({ home: path, store, identity }),
      [TOKENS.WorkspacesHome, TOKENS.ProcessIdentity],
    )
    .inSingletonScope();
  bind(TOKENS.WorkspaceServices)
    .toResolvedValue(
      (
        rows,
        commits,
        checkpointFiles,
        executions,
        files,
        storage,
        folders,
        recorder,
        factory,
        identity,
        scheduler,
      ) => ({
        workspaces: new PlacedWorkspaces(rows, folders),
        commits,
        checkpointFiles,
        executions,
        files,
        storage,
        folders,
        recorder,
        factory,
        identity,
        held: new HeldWorkspaces(scheduler),
        onError,
      }),
      [
        TOKENS.WorkspaceRepository,
        TOKENS.FileCommitRepository,
        TOKENS.CheckpointFilesRepository,
        TOKENS.ExecutionRepository,
        TOKENS.Files,
        TOKENS.FileStorage,
        TOKENS.WorkspaceFolders,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.ProcessIdentity,
        TOKENS.Scheduler,
      ],
    )
    .inSingletonScope();
  bind(TOKENS.Workspaces)
    .toResolvedValue((services) => new Workspaces(services), [TOKENS.WorkspaceServices])
    .inSingletonScope();
}

/**
 * Finishes the restores that a crash left, where the store can be written to. What fails is recorded, and does not keep
 * the store from being opened: nobody can work in such a workspace until it is done.
 */
export async function finishRestoresOnOpen(
  workspaces: Workspaces,
  storage: StorageConfig,
  onError: (error: unknown) => void,
): Promise<void> {
  if (storage.kind !== 'memory' && storage.mode === 'ro') return;
  await workspaces.finishRestores().catch(onError);
}
