import { WorkspaceCleanedUp } from '../../domain/events/families/workspace.events.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { AmbientContext } from '../../domain/events/event-context.js';
import type { ExecutionStatus } from '../../domain/execution/statuses.js';
import type { Workspace } from '../../domain/workspace/workspace.js';
import { assertNotBusy, prepareDeactivate, takeLock } from './activate-workspace.js';
import { nothing, type PreparedWorkspace, saveOf, unchangedWorkspace } from './prepared-workspace.js';
import type { FolderSize } from './workspace-folders.port.js';
import { changed, named, type WorkspaceServices } from './workspace-services.js';

/** Why a workspace is no longer needed, as its event says it. */
export type CleanUpReason = 'completed' | 'failed_preserved' | 'batch_cleanup' | 'orphan';

/** A workspace that was removed, or left. */
export interface PreparedRemoval extends PreparedWorkspace {
  /** What removing it frees; nothing for one that is left. */
  readonly freed: FolderSize;
}

const NOTHING: FolderSize = { fileCount: 0, totalBytes: 0 };

/**
 * What becomes of a workspace whose execution has ended: it is left for those who want to look at it, or its folder is
 * removed. Where this instance works in it, that is over too.
 */
export function prepareConclude(
  services: WorkspaceServices,
  found: Workspace,
  status: ExecutionStatus,
): Promise<PreparedRemoval> {
  return prepareLeaving(services, found, () => prepareStaying(services, found, status));
}

function prepareStaying(
  services: WorkspaceServices,
  found: Workspace,
  status: ExecutionStatus,
): Promise<PreparedRemoval> {
  return staysAfter(found, status)
    ? preparePreserve(services, found, status === 'completed' ? 'completed' : 'failed_preserved')
    : prepareRemoval(services, found, 'completed');
}

/**
 * {@link prepareConclude} for an execution that ends whatever becomes of its folder. What keeps that from being left or
 * removed as it should be is reported, and the workspace stays as it is: `clean` finds it, because its execution is over.
 */
export async function prepareEnd(
  services: WorkspaceServices,
  found: Workspace,
  status: ExecutionStatus,
): Promise<PreparedRemoval> {
  const prepared = await prepareLeaving(services, found, async () => {
    try {
      return await prepareStaying(services, found, status);
    } catch (error) {
      services.onError(error);
      return { ...unchangedWorkspace(found), freed: NOTHING };
    }
  });
  // What was put aside and can't be removed is found by the search for orphans.
  return { ...prepared, done: () => prepared.done().catch(services.onError) };
}

/** What becomes of a workspace, and that this instance works in it no more, where it did. */
export async function prepareLeaving(
  services: WorkspaceServices,
  found: Workspace,
  prepare: () => Promise<PreparedRemoval>,
): Promise<PreparedRemoval> {
  const left = services.held.has(found.id) ? await prepareDeactivate(services, found) : undefined;
  const prepared = await prepare();
  if (left === undefined) return prepared;
  return {
    ...prepared,
    events: (context) => [...left.events(context), ...prepared.events(context)],
    done: async () => {
      try {
        await prepared.done();
      } finally {
        await left.done();
      }
    },
  };
}

/** Whether a workspace stays when its execution has ended. */
export function staysAfter({ keep }: Workspace, status: ExecutionStatus): boolean {
  return keep === 'always' || (keep === 'unless-completed' && status !== 'completed');
}

/**
 * Removes the folder of a workspace: it is put aside, where it is whole until this is committed. Only then it is removed.
 * Its commit is nobody's root any more: what checkpoints go back to is held by them.
 *
 * @throws WaymarkError `WAYMARK_WORKSPACE_LOCKED`, `WAYMARK_WORKSPACE_OUTSIDE`
 */
export async function prepareRemoval(
  services: WorkspaceServices,
  found: Workspace,
  reason: CleanUpReason,
  before: (context?: AmbientContext) => readonly DomainEvent[] = () => [],
): Promise<PreparedRemoval> {
  const { folders, factory } = services;
  const release = await takeLock(services, found);
  try {
    const aside = await folders.putAside(found.id);
    const freed = aside ?? NOTHING;
    const workspace = changed(services, found, { status: 'removed', commitId: null, pendingRestore: null });
    const payload = {
      ...named(workspace),
      reason,
      filesRemoved: freed.fileCount,
      freedBytes: freed.totalBytes,
      preserved: false,
    };
    return {
      workspace,
      freed,
      events: (context) => [...before(context), factory.make(WorkspaceCleanedUp, payload, context)],
      save: saveOf(services, workspace),
      done: async () => {
        try {
          await aside?.remove();
        } finally {
          await release();
        }
      },
      undo: async () => {
        try {
          await aside?.giveBack();
        } finally {
          await release();
        }
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Leaves the folder of a workspace that is no longer needed. */
export async function preparePreserve(
  services: WorkspaceServices,
  found: Workspace,
  reason: CleanUpReason,
  before: (context?: AmbientContext) => readonly DomainEvent[] = () => [],
): Promise<PreparedRemoval> {
  const { factory } = services;
  await assertNotBusy(services, found);
  const workspace = changed(services, found, { status: 'preserved' });
  const payload = { ...named(workspace), reason, filesRemoved: 0, freedBytes: 0, preserved: true };
  return {
    workspace,
    freed: NOTHING,
    events: (context) => [...before(context), factory.make(WorkspaceCleanedUp, payload, context)],
    save: saveOf(services, workspace),
    done: nothing,
    undo: nothing,
  };
}
