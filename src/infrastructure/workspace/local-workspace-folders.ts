import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import { workspaceFailed, workspaceOutside } from '../../application/workspace/workspace-errors.js';
import type {
  FolderAside,
  FolderFound,
  FolderLock,
  FolderSize,
  FolderSource,
  FolderStamp,
  WorkspaceFolders,
} from '../../application/workspace/workspace-folders.port.js';
import { isMissing, systemCode } from '../shared/file-system.js';
import type { WorkspaceProcesses } from '../../application/workspace/workspace-processes.port.js';
import { copyFolder } from './copy-folder.js';
import { leftoversIn } from './folder-leftovers.js';
import { FolderLocks } from './folder-locks.js';
import { GONE, MAKING, REMOVING } from './folder-names.js';
import { addWorktree, forgetWorktree, moveWorktree } from './git-worktree.js';
import { LocalWorkspaceBackups } from './local-workspace-backups.js';
import { ProcWorkspaceProcesses } from './proc-workspace-processes.js';
import { removeTree } from './remove-tree.js';
import { measureTree, stampTree } from './visit-files.js';

/** Where the folders are, and for whom. */
export interface LocalWorkspaceFoldersOptions {
  /** The folder of all that is on disk. It is made when it is needed. */
  readonly home: string;
  /** The file of the store, where it has one: no workspace gets a copy of it. */
  readonly store?: string | undefined;
  readonly identity: ProcessIdentity;
  /** Ends what an owner has left behind whose lock is taken over. As Linux tells of processes when left out. */
  readonly processes?: WorkspaceProcesses;
}

const EMPTY: FolderSize = Object.freeze({ fileCount: 0, totalBytes: 0 });

/** Ids are names of folders: without what means something in a path, or what is added for the files beside them. */
const NAME = /^[A-Za-z0-9][\w-]{0,199}$/;

/** Folders of workspaces on this machine. Whatever is made or removed has another name until that is done, or begun. */
export class LocalWorkspaceFolders implements WorkspaceFolders {
  readonly backups: LocalWorkspaceBackups;
  readonly #home: string;
  readonly #store: string | undefined;
  readonly #root: string;
  readonly #self: string;
  readonly #locks: FolderLocks;
  readonly #processes: WorkspaceProcesses;

  constructor({ home, store, identity, processes = new ProcWorkspaceProcesses() }: LocalWorkspaceFoldersOptions) {
    this.backups = new LocalWorkspaceBackups(join(home, 'backups'));
    this.#home = home;
    this.#store = store;
    this.#root = join(home, 'workspaces');
    this.#self = identity.self;
    this.#processes = processes;
    this.#locks = new FolderLocks(identity);
  }

  pathOf(id: string): string {
    return join(this.#root, this.#name(id));
  }

  indexOf(id: string): string {
    return `${this.pathOf(id)}.index`;
  }

  backupOf(id: string, time: string): string {
    return join(this.#home, 'backups', this.#name(id), time.replaceAll(/[^\w.-]/g, '-'));
  }

  lockPathOf(id: string): string {
    return `${this.pathOf(id)}.lock`;
  }

  async has(id: string): Promise<boolean> {
    const path = this.pathOf(id);
    const stat = await lstat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw workspaceFailed('Looking', path, error);
    });
    if (stat === undefined) return false;
    if (stat.isDirectory()) return true;
    const why = 'there is a link or a file in the place of its folder';
    throw workspaceOutside(
      id,
      path,
      why,
      'Put its folder back, or remove what is in its place: the folder is made again from its last commit.',
    );
  }

  async find(id: string): Promise<boolean> {
    if (await this.has(id)) return true;
    try {
      await rename(this.#aside(REMOVING, id), this.pathOf(id));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw workspaceFailed('Putting the folder back', this.pathOf(id), error);
    }
  }

  async make(id: string, source: FolderSource): Promise<FolderSize> {
    const making = this.#aside(MAKING, id);
    const path = this.pathOf(id);
    await this.#removeAside(making);
    try {
      await mkdir(this.#root, { recursive: true });
      const size = await this.#fill(id, making, source);
      const isWorktree = source.kind === 'folder' && source.strategy === 'worktree';
      // Git has the path of a worktree written down.
      await (isWorktree ? moveWorktree(source.folder, making, path) : rename(making, path));
      return size;
    } catch (error) {
      // Why it could not be made is what the caller has to learn of. What stays is found by the search for orphans.
      await this.#removeAside(making).catch(() => undefined);
      await this.#forget(id).catch(() => undefined);
      throw systemCode(error) === undefined ? error : workspaceFailed('Making the folder', path, error);
    }
  }

  async putAside(id: string): Promise<FolderAside | undefined> {
    const path = this.pathOf(id);
    if (!(await this.find(id))) return undefined;
    const aside = this.#aside(REMOVING, id);
    await this.#discard(aside);
    const size = await measureTree(path);
    await this.#rename('Removing', path, aside);
    return {
      ...size,
      giveBack: () => this.#rename('Putting back', aside, path),
      remove: async () => {
        const freed = await this.#discard(aside);
        await this.#forget(id);
        return freed;
      },
    };
  }

  async removeFound({ id, path }: FolderFound): Promise<FolderSize> {
    // A lock is not simply removed: somebody may just have taken it.
    const freed = path === this.lockPathOf(id) ? EMPTY : await this.#discard(path);
    if (!(await this.has(id))) await this.#forget(id);
    await this.breakLock(id);
    return freed;
  }

  async measure(id: string): Promise<FolderSize> {
    return (await this.has(id)) ? measureTree(this.pathOf(id)) : EMPTY;
  }

  leftovers(): Promise<readonly FolderFound[]> {
    return leftoversIn(this.#root);
  }

  stamp(id: string, ignore: readonly string[]): Promise<FolderStamp> {
    return this.#reading(id, () => stampTree(this.pathOf(id), ignore)).then(({ stamp }) => stamp);
  }

  async writtenSince(id: string, before: FolderStamp, ignore: readonly string[]): Promise<FolderSize> {
    if (!(await this.has(id))) return EMPTY;
    const { stamp, sizes } = await this.#reading(id, () => stampTree(this.pathOf(id), ignore));
    const written = Array.from(stamp).filter(([path, seen]) => before.get(path) !== seen);
    return {
      fileCount: written.length,
      totalBytes: written.reduce((sum, [path]) => sum + (sizes.get(path) ?? 0), 0),
    };
  }

  async lock(id: string, since: string): Promise<FolderLock | undefined> {
    try {
      await mkdir(this.#root, { recursive: true });
      const before = await this.lockOf(id);
      const other = await this.#locks.take(this.lockPathOf(id), since);
      // Who had it died in the middle of something, which what it has begun may still be doing.
      const isTakenOver = other === undefined && before !== undefined && before.owner !== this.#self;
      if (isTakenOver) await this.#clearAway(id, before.owner);
      return other;
    } catch (error) {
      throw systemCode(error) === undefined ? error : workspaceFailed('Locking', this.lockPathOf(id), error);
    }
  }

  unlock(id: string): Promise<void> {
    return this.#locks.release(this.lockPathOf(id));
  }

  lockOf(id: string): Promise<FolderLock | undefined> {
    return this.#locks.read(this.lockPathOf(id));
  }

  async breakLock(id: string): Promise<void> {
    const path = this.lockPathOf(id);
    // Taken over like any other, so that of two who do it neither removes the other's.
    if ((await this.#locks.take(path, new Date(0).toISOString())) === undefined) await this.#locks.release(path);
  }

  async #fill(id: string, making: string, source: FolderSource): Promise<FolderSize> {
    const own = { home: this.#home, store: this.#store };
    switch (source.kind) {
      case 'empty':
        await mkdir(making);
        return EMPTY;
      case 'filled':
        await mkdir(making);
        return source.fill(making);
      case 'folder':
        if (source.strategy === 'worktree') return addWorktree(source, making, this.#worktreeOf(id), own);
        await mkdir(making);
        return copyFolder(source, making, own);
    }
  }

  /** The name of an id. @throws WaymarkError `WAYMARK_WORKSPACE_OUTSIDE` */
  #name(id: string): string {
    if (NAME.test(id)) return id;
    const why = 'its id is no name of a folder';
    throw workspaceOutside(id, join(this.#root, id), why, 'Somebody altered the store: see who.');
  }

  #aside(prefix: string, id: string): string {
    return join(this.#root, `${prefix}${this.#name(id)}`);
  }

  /** Where it is remembered which repository a worktree is of: what is in the folder itself anybody may change. */
  #worktreeOf(id: string): string {
    return `${this.pathOf(id)}.git`;
  }

  /** Takes something out of everybody's sight, and then away. */
  async #discard(path: string): Promise<FolderSize> {
    const name = path.slice(this.#root.length + 1).replace(/^\.(making|removing|gone)-/, '');
    const gone = join(this.#root, `${GONE}${name.replace(/[.~].*$/, '')}~${randomUUID()}`);
    try {
      await rename(path, gone);
      return await removeTree(gone);
    } catch (error) {
      if (isMissing(error)) return EMPTY;
      throw workspaceFailed('Removing', path, error);
    }
  }

  async #removeAside(path: string): Promise<void> {
    await this.#discard(path);
  }

  /** Sees to what an owner who is gone has left. Where that fails, the lock is that owner's again: the next tries it too. */
  async #clearAway(id: string, owner: string): Promise<void> {
    try {
      await this.#processes.endLeftBehind(this.pathOf(id));
      await this.#removeDrafts(id);
    } catch (error) {
      await this.#locks.handBack(this.lockPathOf(id), owner);
      throw error;
    }
  }

  /** Removes what was to become the index of a workspace. Only who has the lock writes that. */
  async #removeDrafts(id: string): Promise<void> {
    const index = `${this.#name(id)}.index.`;
    for (const name of await readdir(this.#root)) {
      if (name.startsWith(index)) await rm(join(this.#root, name), { force: true });
    }
  }

  /** Removes what is kept beside a folder that is gone. */
  async #forget(id: string): Promise<void> {
    await forgetWorktree(this.#worktreeOf(id));
    await rm(this.indexOf(id), { force: true });
  }

  async #rename(what: string, from: string, to: string): Promise<void> {
    try {
      await rename(from, to);
    } catch (error) {
      throw workspaceFailed(what, from, error);
    }
  }

  async #reading<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw systemCode(error) === undefined ? error : workspaceFailed('Reading', this.pathOf(id), error);
    }
  }
}
