/** How the files of a workspace get there. */
export const WORKSPACE_STRATEGIES = ['copy', 'reflink', 'hardlink', 'worktree'] as const;

/** See {@link WORKSPACE_STRATEGIES}. */
export type WorkspaceStrategy = (typeof WORKSPACE_STRATEGIES)[number];

/** Which workspaces stay when their execution has ended: those of executions that did not complete, all, or none. */
export const WORKSPACE_KEEPING = ['unless-completed', 'always', 'never'] as const;

/** See {@link WORKSPACE_KEEPING}. */
export type WorkspaceKeeping = (typeof WORKSPACE_KEEPING)[number];

/** Files that are to be put back into a workspace: durable before the first of them is touched. */
export interface PendingRestore {
  readonly commitId: string;
  /** The checkpoint gone back to. */
  readonly checkpointId: string;
  /** Whether the path that the restore takes away is copied aside first. */
  readonly backup: boolean;
}

/** An isolated working directory that an execution owns. */
export interface Workspace {
  readonly id: string;
  /** The execution it is for; `null` for one that somebody made by hand. */
  readonly executionId: string | null;
  /** Its folder: absolute. It follows from the id and from the home that the store is opened with. */
  readonly path: string;
  readonly strategy: WorkspaceStrategy;
  /** `open` while it can be worked in; `preserved` when its execution has ended and it was left; `removed` when its folder is gone. */
  readonly status: 'open' | 'preserved' | 'removed';
  readonly keep: WorkspaceKeeping;
  /** What is left out of its commits, beside what `.gitignore` files in it say: lines in their syntax. */
  readonly ignore: readonly string[];
  /**
   * The commit with the files that its execution began with: what it was filled from, or the first of those of a folder.
   * A restart begins with them, so that the garbage collection leaves it even when the folder is removed.
   */
  readonly sourceCommitId: string | null;
  readonly parentWorkspaceId: string | null;
  /** The commit that its files were last kept as: a root of the garbage collection. */
  readonly commitId: string | null;
  /** The environment that what runs in it uses. */
  readonly environmentId: string | null;
  /** What a restore that was begun is to put back, until it is done. */
  readonly pendingRestore: PendingRestore | null;
  /** Who made it, or worked in it last: as owners of executions are named, `host/pid/start/thread/instance`. */
  readonly owner: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/**
 * The commits that workspaces need, each once, in ascending order: of one whose folder is removed only that with the files
 * that its execution began with.
 */
export function referredCommitsOf(workspaces: readonly Workspace[]): readonly string[] {
  const ids = workspaces
    .flatMap(({ status, executionId, sourceCommitId, commitId, pendingRestore }) =>
      status === 'removed'
        ? [executionId === null ? null : sourceCommitId]
        : [sourceCommitId, commitId, pendingRestore?.commitId ?? null],
    )
    .filter((id) => id !== null);
  return [...new Set(ids)].toSorted();
}
