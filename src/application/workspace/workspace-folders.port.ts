import type { WorkspaceStrategy } from '../../domain/workspace/workspace.js';

/** How much a folder holds. */
export interface FolderSize {
  /** Files and links. Folders are not counted. */
  readonly fileCount: number;
  readonly totalBytes: number;
}

/** What a new folder is filled with. */
export type FolderSource =
  | { readonly kind: 'empty' }
  /** The caller fills it. */
  | { readonly kind: 'filled'; readonly fill: (folder: string) => Promise<FolderSize> }
  | FolderCopy;

/** A folder whose files a new one gets. */
export interface FolderCopy {
  readonly kind: 'folder';
  readonly folder: string;
  readonly strategy: WorkspaceStrategy;
  /** What is left out, beside what `.gitignore` files say: lines in their syntax. */
  readonly ignore: readonly string[];
  /** Whether what is ignored is copied as well. */
  readonly withIgnored: boolean;
  /** For `hardlink`: the files that are links and read-only, as lines in `.gitignore` syntax. */
  readonly readOnly: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Who works in a workspace. */
export interface FolderLock {
  /** As owners of executions are named. */
  readonly owner: string;
  readonly pid: number;
  readonly host: string;
  /** When the process started, in a unit of its machine; `-` where that can't be had. */
  readonly start: string;
  /** Since when, ISO 8601. */
  readonly since: string;
}

/** A folder that was taken from its place. It is whole until it is removed. */
export interface FolderAside extends FolderSize {
  /** Puts it back. */
  giveBack(): Promise<void>;
  /** @returns what that freed */
  remove(): Promise<FolderSize>;
}

/** What was seen of the files of a folder, to tell later which were written. */
export type FolderStamp = ReadonlyMap<string, string>;

/** Something below the folder of workspaces, by the id in its name. */
export interface FolderFound {
  readonly id: string;
  readonly path: string;
  /**
   * `made`: a workspace. `unfinished`: one whose making was broken off. `aside`: one whose removal was. `beside`: what is
   * kept beside a workspace, without one.
   */
  readonly kind: 'made' | 'unfinished' | 'aside' | 'beside';
  /** When it was changed last, in milliseconds since 1970. */
  readonly changedAtMs: number;
}

/** A folder with copies of what one restore has overwritten or taken away. */
export interface BackupFound {
  /** The workspace whose files they were. */
  readonly workspaceId: string;
  readonly path: string;
  /** When it was changed last, in milliseconds since 1970. */
  readonly changedAtMs: number;
}

/** What restores have copied aside on this machine, `<home>/backups/<workspaceId>/<time>/`. */
export interface WorkspaceBackups {
  /** All that there are, in the order of their paths. Links are not followed. */
  list(): Promise<readonly BackupFound[]>;
  /** How much one holds. */
  measure(found: BackupFound): Promise<FolderSize>;
  /** Removes one. @returns what that freed */
  remove(found: BackupFound): Promise<FolderSize>;
}

/**
 * The folders of workspaces on this machine, `<home>/workspaces/<workspaceId>/`, and who works in which. Nothing outside
 * of `<home>` is ever written or removed, and what links lead to is not looked at.
 *
 * Errors have the codes `WAYMARK_WORKSPACE_…`: `_OUTSIDE` for an id that is no name of a folder, or a folder that is a
 * link, `_SOURCE_NOT_FOUND`, `_STRATEGY_UNSUPPORTED`, `_FAILED`.
 */
export interface WorkspaceFolders {
  /** What restores have copied aside. */
  readonly backups: WorkspaceBackups;
  /** Where the folder of a workspace is, whether it is there or not: absolute. @throws WaymarkError `WAYMARK_WORKSPACE_OUTSIDE` */
  pathOf(id: string): string;
  /** The file in which the file storage remembers what it saw of the workspace. */
  indexOf(id: string): string;
  /** The folder for what a restore takes away. */
  backupOf(id: string, time: string): string;
  /** Whether the folder is there. */
  has(id: string): Promise<boolean>;
  /** {@link has}, for who has the lock: a folder that was put aside by somebody who did not commit that is put back. */
  find(id: string): Promise<boolean>;
  /** Makes a folder: aside, and renamed into place when it is filled. What an earlier attempt left is removed first. */
  make(id: string, source: FolderSource): Promise<FolderSize>;
  /** Takes a folder from its place; `undefined` where there is none. What it holds beside its workspace's row goes with it. */
  putAside(id: string): Promise<FolderAside | undefined>;
  /** Removes what the search {@link leftovers} found, and every file beside it. @returns what that freed */
  removeFound(found: FolderFound): Promise<FolderSize>;
  /** How much a folder holds. */
  measure(id: string): Promise<FolderSize>;
  /** What is below the folder of workspaces, in the order of its names. */
  leftovers(): Promise<readonly FolderFound[]>;
  /** What files there are, without what is ignored. */
  stamp(id: string, ignore: readonly string[]): Promise<FolderStamp>;
  /** The files that were written since. */
  writtenSince(id: string, before: FolderStamp, ignore: readonly string[]): Promise<FolderSize>;
  /**
   * Takes the lock of a workspace for this process. That of an owner who is provably gone is taken over, and the processes
   * that it left behind there are ended first.
   *
   * @returns who has it, where that is somebody else: nothing was changed then
   */
  lock(id: string, since: string): Promise<FolderLock | undefined>;
  /** Gives the lock back, where this process has it. */
  unlock(id: string): Promise<void>;
  /** Who has the lock; `undefined` when nobody has. */
  lockOf(id: string): Promise<FolderLock | undefined>;
  /** Where the lock is, for people. */
  lockPathOf(id: string): string;
  /** Removes the lock of an owner who is provably gone. */
  breakLock(id: string): Promise<void>;
}
