import type { Workspace } from '../../domain/workspace/workspace.js';
import type { FolderLock, FolderSize } from './workspace-folders.port.js';
import { workspaceMissing, workspaceRemoved } from './workspace-errors.js';
import { findWorkspace, type WorkspaceServices } from './workspace-services.js';

/** A workspace, and what there is of it on this machine. */
export interface InspectedWorkspace {
  readonly workspace: Workspace;
  readonly isThere: boolean;
  readonly size: FolderSize;
  /** Who works in it. */
  readonly lock?: FolderLock;
}

/** Looks at the folder of a workspace, and at its lock. Nothing is touched. */
export async function inspectWorkspace(services: WorkspaceServices, workspace: Workspace): Promise<InspectedWorkspace> {
  const { folders } = services;
  const { id } = workspace;
  const [isThere, lock] = [await folders.has(id), await folders.lockOf(id)];
  return { workspace, isThere, size: await folders.measure(id), ...(lock === undefined ? {} : { lock }) };
}

/**
 * A workspace whose folder is there.
 *
 * @throws WaymarkError `WAYMARK_WORKSPACE_NOT_FOUND`, `WAYMARK_WORKSPACE_REMOVED`, `WAYMARK_WORKSPACE_MISSING`
 */
export async function presentWorkspace(services: WorkspaceServices, workspaceId: string): Promise<Workspace> {
  const workspace = await findWorkspace(services, workspaceId);
  if (workspace.status === 'removed') throw workspaceRemoved(workspace);
  if (!(await services.folders.has(workspaceId))) throw workspaceMissing(workspace);
  return workspace;
}
