import { WorkspaceActivated, WorkspaceDeactivated } from '../../domain/events/families/workspace.events.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { nothing, type PreparedWorkspace, saveOf } from './prepared-workspace.js';
import { finishRestoreWhole } from './restore-workspace.js';
import { workspaceLocked, workspaceMissing, workspaceRemoved } from './workspace-errors.js';
import { assertPlace, changed, named, type WorkspaceServices } from './workspace-services.js';

/**
 * Takes a workspace to work in: its lock, and what a crash left of a restore is finished first. One that this instance
 * has already is given as it is.
 *
 * @param previousPath where the work was before
 * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`, `_REMOVED`, `_MISSING`, `_OUTSIDE`, and what a restore throws
 */
export async function prepareActivate(
  services: WorkspaceServices,
  found: Workspace,
  previousPath?: string,
): Promise<PreparedWorkspace> {
  const { folders, factory, held } = services;
  const { id, path } = found;
  assertPlace(services, found);
  if (held.has(id)) return unchangedWorkspace(found);
  const release = await takeLock(services, found);
  try {
    const whole = found.pendingRestore === null ? found : await finishRestoreWhole(services, found);
    if (whole.status === 'removed') throw workspaceRemoved(whole);
    if (!(await folders.find(id))) throw workspaceMissing(whole);
    const workspace = changed(services, whole, { status: 'open' });
    held.add(id, await folders.stamp(id, workspace.ignore));
    const payload = { ...named(workspace), path, ...(previousPath === undefined ? {} : { previousPath }) };
    return {
      workspace,
      events: (context) => [factory.make(WorkspaceActivated, payload, context)],
      save: saveOf(services, workspace),
      done: nothing,
      undo: async () => {
        held.remove(id);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Leaves a workspace. One that this instance does not work in is as it was. */
export async function prepareDeactivate(services: WorkspaceServices, found: Workspace): Promise<PreparedWorkspace> {
  const { folders, factory, held } = services;
  const { id, path, ignore } = found;
  const before = held.stampOf(id);
  if (before === undefined) return unchangedWorkspace(found);
  const { fileCount, totalBytes } = await folders.writtenSince(id, before, ignore);
  const workspace = changed(services, found, {});
  const payload = { ...named(workspace), path, filesWritten: fileCount, outputBytes: totalBytes };
  return {
    workspace,
    events: (context) => [factory.make(WorkspaceDeactivated, payload, context)],
    save: saveOf(services, workspace),
    done: async () => {
      held.remove(id);
      await folders.unlock(id);
    },
    undo: nothing,
  };
}

/** Nobody but this instance may be at work in a workspace. @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED` */
export async function assertNotBusy({ folders, identity }: WorkspaceServices, { id }: Workspace): Promise<void> {
  const lock = await folders.lockOf(id);
  if (lock === undefined || lock.owner === identity.self || identity.isGone(lock.owner)) return;
  throw workspaceLocked(id, lock, folders.lockPathOf(id));
}

/**
 * Has the lock of a workspace for work that is not its own: that of what is active is kept.
 *
 * @returns gives it back
 * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`
 */
export async function takeLock(
  { folders, held, factory }: WorkspaceServices,
  { id }: Workspace,
): Promise<() => Promise<void>> {
  if (held.has(id)) return nothing;
  const other = await folders.lock(id, factory.now());
  if (other !== undefined) throw workspaceLocked(id, other, folders.lockPathOf(id));
  return () => folders.unlock(id);
}

/** No change. */
function unchangedWorkspace(workspace: Workspace): PreparedWorkspace {
  return { workspace, events: () => [], save: nothing, done: nothing, undo: nothing };
}
