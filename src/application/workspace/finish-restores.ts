import type { Workspace } from '../../domain/workspace/workspace.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { aloneIn } from './alone-in.js';
import { finishRestoreWhole } from './restore-workspace.js';
import { isOfThisHost, type WorkspaceServices } from './workspace-services.js';

/** What became of restores that were broken off. */
export interface FinishedRestores {
  /** The workspaces whose files are back, as they are now. */
  readonly finished: readonly Workspace[];
  /** Those whose files could not be put back. They are tried again by the next who works in them. */
  readonly failed: readonly { readonly workspaceId: string; readonly error: unknown }[];
}

/** Finishes restores that were begun and broken off, of workspaces of this host that nobody alive works in. */
export async function finishRestores(services: WorkspaceServices): Promise<FinishedRestores> {
  const finished: Workspace[] = [];
  const failed: { workspaceId: string; error: unknown }[] = [];
  for (const workspace of await services.workspaces.withPendingRestore()) {
    if (!isLeft(services, workspace)) continue;
    try {
      const done = await finishOne(services, workspace);
      if (done !== undefined) finished.push(done);
    } catch (error) {
      // Somebody works in it now, and has seen to it or will.
      if (!WaymarkError.is(error, 'WAYMARK_WORKSPACE_LOCKED')) failed.push({ workspaceId: workspace.id, error });
    }
  }
  return { finished, failed };
}

function finishOne(services: WorkspaceServices, { id }: Workspace): Promise<Workspace | undefined> {
  return aloneIn(services, id, async (now) =>
    now?.pendingRestore === undefined || now.pendingRestore === null ? undefined : finishRestoreWhole(services, now),
  );
}

/** Whether who began the restore of a workspace of this host will not finish it. */
function isLeft({ identity }: WorkspaceServices, workspace: Workspace): boolean {
  const { owner } = workspace;
  if (!isOfThisHost({ identity }, workspace)) return false;
  return owner === identity.self || identity.isGone(owner);
}
