import type { CheckpointFilesRepository } from '../../domain/file/checkpoint-files.js';
import type { FileCommitRepository } from '../../domain/file/file-commit.repository.port.js';
import type { WorkspaceRepository } from '../../domain/workspace/workspace.repository.port.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import type { EventFactory } from '../context/event-factory.js';
import type { ProcessIdentity } from '../execution/process-identity.port.js';
import type { FileStorage } from './file-storage.port.js';

/** What the commits of files need. */
export interface FileServices {
  readonly storage: FileStorage;
  readonly commits: FileCommitRepository;
  /** Checkpoints refer to commits, and so do workspaces. */
  readonly links: CheckpointFilesRepository;
  readonly workspaces: WorkspaceRepository;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  readonly identity: ProcessIdentity;
}
