import { join } from 'node:path';
import type { Bind } from 'inversify';
import { Files } from '../../application/file/files.js';
import { LocalFileStorage } from '../../infrastructure/file/local-file-storage.js';
import type { StorageConfig } from '../configuration.js';
import { storeFile } from '../spill-place.js';
import { TOKENS } from '../tokens.js';
import type { WorkspacesHome } from '../workspaces-configuration.js';

/** Files under versions, and where they are. */
export function bindFiles(bind: Bind, home: WorkspacesHome, storage: StorageConfig): void {
  const store = storeFile(storage);
  bind(TOKENS.WorkspacesHome).toConstantValue(home);
  bind(TOKENS.FileStorage)
    .toResolvedValue(
      ({ path }) => new LocalFileStorage({ folder: join(path, 'files'), own: { home: path, store } }),
      [TOKENS.WorkspacesHome],
    )
    .inSingletonScope();
  bind(TOKENS.Files)
    .toResolvedValue(
      (storage, commits, links, workspaces, recorder, factory, identity) =>
        new Files({ storage, commits, links, workspaces, recorder, factory, identity }),
      [
        TOKENS.FileStorage,
        TOKENS.FileCommitRepository,
        TOKENS.CheckpointFilesRepository,
        TOKENS.WorkspaceRepository,
        TOKENS.EventRecorder,
        TOKENS.EventFactory,
        TOKENS.ProcessIdentity,
      ],
    )
    .inSingletonScope();
}
