import type { ExecutionRepository } from '../../domain/execution/execution.repository.port.js';
import type { CheckpointFilesRepository } from '../../domain/file/checkpoint-files.js';
import type { FileCommitRepository } from '../../domain/file/file-commit.repository.port.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import type { WorkspaceRepository } from '../../domain/workspace/workspace.repository.port.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import type { EventFactory } from '../context/event-factory.js';
import type { ProcessIdentity } from '../execution/process-identity.port.js';
import type { FileStorage } from '../file/file-storage.port.js';
import type { Files } from '../file/files.js';
import type { HeldWorkspaces } from './held-workspaces.js';
import { hostOf, workspaceNotFound } from './workspace-errors.js';
import type { WorkspaceFolders } from './workspace-folders.port.js';

/** What the work on workspaces needs. */
export interface WorkspaceServices {
  /** Their paths follow from their ids, whatever the rows say: `PlacedWorkspaces`. */
  readonly workspaces: WorkspaceRepository;
  readonly commits: FileCommitRepository;
  readonly checkpointFiles: CheckpointFilesRepository;
  readonly executions: Pick<ExecutionRepository, 'find'>;
  readonly files: Pick<Files, 'prepare'>;
  readonly storage: Pick<FileStorage, 'checkout' | 'compare' | 'entries'>;
  readonly folders: WorkspaceFolders;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  readonly identity: ProcessIdentity;
  /** Those that this process works in. */
  readonly held: HeldWorkspaces;
  /** Told of what fails without keeping anybody from leaving a workspace, or an execution from its end. Must not throw. */
  readonly onError: (error: unknown) => void;
}

/** @throws WaymarkError `WAYMARK_INVALID_ID`, `WAYMARK_WORKSPACE_NOT_FOUND` */
export async function findWorkspace({ workspaces }: WorkspaceServices, id: string): Promise<Workspace> {
  assertIdentifier(id, 'workspace id');
  const found = await workspaces.find(id);
  if (found === undefined) throw workspaceNotFound(id);
  return found;
}

/** Whether a workspace is of this host: the folder of another one is not here, whatever the path says. */
export function isOfThisHost({ identity }: Pick<WorkspaceServices, 'identity'>, { owner }: Workspace): boolean {
  return hostOf(owner) === hostOf(identity.self);
}

/** The part of a payload that names the workspace. */
export function named({ id, executionId }: Pick<Workspace, 'id' | 'executionId'>): {
  readonly workspaceId: string;
  readonly executionId?: string;
} {
  return { workspaceId: id, ...(executionId === null ? {} : { executionId }) };
}

/** A workspace after a change of now, by this process. */
export function changed(services: WorkspaceServices, workspace: Workspace, change: Partial<Workspace>): Workspace {
  const { factory, identity } = services;
  return Object.freeze({ ...workspace, owner: identity.self, updatedAt: factory.now(), ...change });
}
