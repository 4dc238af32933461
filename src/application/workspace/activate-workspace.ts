import { WorkspaceActivated, WorkspaceDeactivated } from '../../domain/events/families/workspace.events.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { commitPrepared, nothing, type PreparedWorkspace, saveOf, unchangedWorkspace } from './prepared-workspace.js';
import { finishRestoreWhole, restoreLost, type WayBack } from './restore-workspace.js';
import { workspaceLocked, workspaceRemoved } from './workspace-errors.js';
import { changed, named, type WorkspaceServices } from './workspace-services.js';

/**
 * Takes a workspace to work in: its lock, and what a crash left of a restore is finished first. A folder that is gone is
 * made again from the last commit. One that this instance has already is given as it is.
 *
 * @param previousPath where the work was before
 * @param back where whoever takes it goes back to: one that was removed is made again for that
 * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`, `_REMOVED`, `_OUTSIDE`, `_MISSING` where nothing of it was committed,
 *   and what a restore throws
 */
export async function prepareActivate(
  services: WorkspaceServices,
  found: Workspace,
  previousPath?: string,
  back?: WayBack,
): Promise<PreparedWorkspace> {
  const { folders, factory, held } = services;
  const { id, path } = found;
  if (held.has(id)) {
    held.work.assertNoneLeft(found);
    return unchangedWorkspace(found);
  }
  const release = await takeLock(services, found);
  try {
    const whole = found.pendingRestore === null ? found : await finishRestoreWhole(services, found);
    if (whole.status === 'removed' && back === undefined) throw workspaceRemoved(whole);
    const there = (await folders.find(id)) ? whole : await restoreLost(services, whole, back);
    const workspace = changed(services, there, { status: 'open' });
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

/**
 * Leaves a workspace. One that this instance does not work in is as it was. Where it can't be told what was written,
 * because somebody put something else in the place of its folder, that is reported, and nothing is counted.
 */
export async function prepareDeactivate(services: WorkspaceServices, found: Workspace): Promise<PreparedWorkspace> {
  const { folders, factory, held } = services;
  const { id, path, ignore } = found;
  const before = held.stampOf(id);
  if (before === undefined) return unchangedWorkspace(found);
  held.work.assertNoneLeft(found);
  const { fileCount, totalBytes } = await folders.writtenSince(id, before, ignore).catch((error: unknown) => {
    services.onError(error);
    return { fileCount: 0, totalBytes: 0 };
  });
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

/** Leaves a workspace whatever comes of telling so: this process works in it no more. Never rejects. */
export async function leaveWorkspace(services: WorkspaceServices, found: Workspace): Promise<void> {
  const { folders, held, onError } = services;
  try {
    await commitPrepared(services, await prepareDeactivate(services, found));
  } catch (error) {
    onError(error);
  }
  if (!held.has(found.id)) return;
  held.remove(found.id);
  await folders.unlock(found.id).catch(onError);
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
  { id }: Pick<Workspace, 'id'>,
): Promise<() => Promise<void>> {
  if (held.has(id)) return nothing;
  const other = await folders.lock(id, factory.now());
  if (other !== undefined) throw workspaceLocked(id, other, folders.lockPathOf(id));
  return () => folders.unlock(id);
}
