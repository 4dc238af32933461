import type { Workspace } from '../../../domain/workspace/workspace.js';
import type { SurroundingsServices } from './surroundings-services.js';

/**
 * The commit with the files that an execution began with; `undefined` where it had none. Its workspace's row knows it, and
 * that stays when checkpoints are pruned and when the folder is removed. A fork began with those of what it was forked
 * from, and a copy with those of what it was copied from. One that worked in its parent's workspace has no row of its own:
 * it began with the files of the first checkpoint that is left.
 */
export async function beginningOf(services: SurroundingsServices, executionId: string): Promise<string | undefined> {
  const all = await services.links.ofExecution(executionId);
  const [first] = all;
  if (first === undefined) return undefined;
  const ids = new Set(all.map(({ workspaceId }) => workspaceId).filter((id) => id !== null));
  for (const id of ids) {
    const found = await services.workspaces.workspaces.find(id);
    if (found?.executionId === executionId) {
      return (await sourceOf(services, executionId, found)) ?? first.commitId ?? undefined;
    }
  }
  const isCopy = first.workspaceId === null && first.commitId !== null;
  const original = isCopy ? await originalOf(services, executionId) : undefined;
  const copied = original === undefined ? undefined : await beginningOf(services, original);
  return copied ?? first.commitId ?? undefined;
}

/** What the workspace that an execution has of its own says, or the one that it was forked from, and so on. */
async function sourceOf(
  services: SurroundingsServices,
  executionId: string,
  own: Workspace,
): Promise<string | undefined> {
  const { parentWorkspaceId, sourceCommitId } = own;
  if (parentWorkspaceId === null) return sourceCommitId ?? undefined;
  const above = await services.workspaces.workspaces.find(parentWorkspaceId);
  // Of one that was deleted only its workspace's row is left.
  const original = (await originalOf(services, executionId)) ?? above?.executionId ?? undefined;
  if (original === undefined) return sourceCommitId ?? undefined;
  // What worked in its parent's workspace did not begin with what that began with.
  const isTheirs = above !== undefined && above.executionId === original;
  const source = isTheirs ? await sourceOf(services, original, above) : await beginningOf(services, original);
  return source ?? sourceCommitId ?? undefined;
}

async function originalOf({ workspaces }: SurroundingsServices, executionId: string): Promise<string | undefined> {
  return (await workspaces.executions.find(executionId))?.parentExecutionId ?? undefined;
}
