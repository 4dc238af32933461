import { WaymarkError } from '../../domain/shared/errors.js';
import type { Workspace, WorkspaceStrategy } from '../../domain/workspace/workspace.js';
import type { FolderLock } from './workspace-folders.port.js';

/** `WAYMARK_WORKSPACE_NOT_FOUND` */
export function workspaceNotFound(workspaceId: string): WaymarkError {
  return new WaymarkError('WAYMARK_WORKSPACE_NOT_FOUND', `There is no workspace ${workspaceId}.`, {
    hint: 'List them: waymark workspace list.',
    details: { workspaceId },
  });
}

/** `WAYMARK_WORKSPACE_LOCKED`: somebody else works in it, as far as anybody can tell. */
export function workspaceLocked(
  workspaceId: string,
  { owner, pid, host, since }: FolderLock,
  path: string,
): WaymarkError {
  const who = pid === 0 ? 'somebody who can not be made out' : `process ${pid} on ${host} since ${since}`;
  return new WaymarkError('WAYMARK_WORKSPACE_LOCKED', `Workspace ${workspaceId} is being worked in by ${who}.`, {
    hint: `Wait until that is over, or fork the execution for a workspace of its own. If nobody works in it, remove ${path}.`,
    details: { workspaceId, owner, pid, host, since, path },
  });
}

/** `WAYMARK_WORK_GOES_ON`: what was told to stop has not, so that nobody else may have the folder. */
export function workGoesOn(
  { id, path }: Pick<Workspace, 'id' | 'path'>,
  work: readonly { readonly executionId: string; readonly name: string }[],
  cause?: unknown,
): WaymarkError {
  const names = work.map(({ executionId, name }) => `${name} of execution ${executionId}`);
  return new WaymarkError('WAYMARK_WORK_GOES_ON', `Work still goes on in workspace ${id}: ${names.join(', ')}.`, {
    hint: 'Nothing was changed. Do it again when that has ended: work ends when it heeds its signal, a command when its processes are ended. Or fork the execution for a workspace of its own.',
    details: { workspaceId: id, path, work: names },
    cause,
  });
}

/** `WAYMARK_WORKSPACE_REMOVED`: its folder was removed when it was no longer needed. */
export function workspaceRemoved({ id, commitId }: Workspace): WaymarkError {
  return new WaymarkError('WAYMARK_WORKSPACE_REMOVED', `Workspace ${id} was removed.`, {
    hint: 'Restore a commit into it, which makes its folder again, or make a workspace from one.',
    details: { workspaceId: id, commitId },
  });
}

/** `WAYMARK_WORKSPACE_MISSING`: its folder is not where it should be, and what is done does not make it again. */
export function workspaceMissing({ id, path, owner, commitId }: Workspace): WaymarkError {
  const host = hostOf(owner);
  return new WaymarkError('WAYMARK_WORKSPACE_MISSING', `The folder of workspace ${id} is not there: ${path}.`, {
    hint: `It was last worked in on ${host}. There, or with a commit restored into it, it can be gone on with.`,
    details: { workspaceId: id, path, host, commitId },
  });
}

/**
 * `WAYMARK_WORKSPACE_OUTSIDE`: what is in its place, or what its id names, is no folder of a workspace, so that nothing
 * there is touched.
 *
 * @param mend what to do
 */
export function workspaceOutside(workspaceId: string, path: string, why: string, mend: string): WaymarkError {
  return new WaymarkError('WAYMARK_WORKSPACE_OUTSIDE', `Workspace ${workspaceId} is at ${path}: ${why}.`, {
    hint: `Nothing there is written or removed. ${mend}`,
    details: { workspaceId, path },
  });
}

/** `WAYMARK_WORKSPACE_NO_COMMIT`: there is nothing to compare it with. */
export function workspaceWithoutCommit(workspaceId: string): WaymarkError {
  return new WaymarkError('WAYMARK_WORKSPACE_NO_COMMIT', `Nothing of workspace ${workspaceId} was committed yet.`, {
    hint: 'Take a snapshot of it first, or name a commit.',
    details: { workspaceId },
  });
}

/** `WAYMARK_WORKSPACE_SOURCE_NOT_FOUND`: there is no folder to make it from. */
export function sourceNotFound(folder: string, cause?: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_WORKSPACE_SOURCE_NOT_FOUND',
    `There is no folder ${folder} to make a workspace from.`,
    {
      hint: 'Name one that is there. A relative path is taken from the folder that the process was started in.',
      details: { folder },
      cause,
    },
  );
}

/** `WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED`: it can't be made in that way, there. */
export function strategyUnsupported(
  strategy: WorkspaceStrategy,
  why: string,
  hint: string,
  cause?: unknown,
): WaymarkError {
  return new WaymarkError(
    'WAYMARK_WORKSPACE_STRATEGY_UNSUPPORTED',
    `A workspace can't be made by ${strategy} here: ${why}.`,
    { hint, details: { strategy }, cause },
  );
}

/** `WAYMARK_WORKSPACE_FAILED`: the file system, or git, refused. */
export function workspaceFailed(what: string, path: string, cause: unknown): WaymarkError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WaymarkError('WAYMARK_WORKSPACE_FAILED', `${what} failed at ${path}: ${why}`, {
    hint: 'See that there is room and that it may be written to, and do it again.',
    details: { path },
    cause,
  });
}

/** The host of an owner, as owners of executions are named: `host/pid/start/thread/instance`. */
export function hostOf(owner: string): string {
  return owner.split('/')[0] ?? owner;
}
