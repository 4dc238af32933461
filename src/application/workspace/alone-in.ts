import type { Workspace } from '../../domain/workspace/workspace.js';
import { takeLock } from './activate-workspace.js';
import type { WorkspaceServices } from './workspace-services.js';

/**
 * Does work on a workspace that nobody else does any on at the same time, in this process or another. What was known of it
 * before is to be asked again: the work is given the row as it is by then.
 *
 * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`, `WAYMARK_WORK_GOES_ON`
 */
export function aloneIn<Result>(
  services: WorkspaceServices,
  id: string,
  work: (now: Workspace | undefined) => Promise<Result>,
): Promise<Result> {
  return services.held.inTurn(id, async () => {
    services.held.work.assertNoneLeft({ id, path: services.folders.pathOf(id) });
    const release = await takeLock(services, { id });
    try {
      return await work(await services.workspaces.find(id));
    } finally {
      await release();
    }
  });
}
