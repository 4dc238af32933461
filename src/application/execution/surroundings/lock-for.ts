import { WaymarkError } from '../../../domain/shared/errors.js';
import type { Workspace } from '../../../domain/workspace/workspace.js';
import { takeLock } from '../../workspace/activate-workspace.js';
import type { WorkspaceServices } from '../../workspace/workspace-services.js';

/**
 * Has the lock of a workspace for the work of a step.
 *
 * @returns gives it back; `undefined` for the workspace of a parent that somebody else works in: who sees to its files
 * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`
 */
export async function lockFor(
  services: WorkspaceServices,
  workspace: Workspace,
  isOwn: boolean,
): Promise<(() => Promise<void>) | undefined> {
  try {
    return await takeLock(services, workspace);
  } catch (error) {
    if (!isOwn && WaymarkError.is(error, 'WAYMARK_WORKSPACE_LOCKED')) return undefined;
    throw error;
  }
}
