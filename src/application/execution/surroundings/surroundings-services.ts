import type { CheckpointFilesRepository } from '../../../domain/file/checkpoint-files.js';
import type { FileCommitRepository } from '../../../domain/file/file-commit.repository.port.js';
import type { EventRecorder } from '../../audit/event-recorder.js';
import type { EventFactory } from '../../context/event-factory.js';
import type { EnvironmentLinks } from '../../environment/environment-links.port.js';
import type { Environments } from '../../environment/environments.js';
import type { WorkspaceServices } from '../../workspace/workspace-services.js';

/** What the surroundings of executions are made of. */
export interface SurroundingsServices {
  readonly workspaces: WorkspaceServices;
  readonly environments: Pick<Environments, 'ensure' | 'restore' | 'compare'>;
  readonly environmentLinks: EnvironmentLinks;
  readonly links: CheckpointFilesRepository;
  readonly commits: FileCommitRepository;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  /** Told of what fails in the background. Must not throw. */
  readonly onError: (error: unknown) => void;
}
