import { lstat, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { workspaceFailed } from '../../application/workspace/workspace-errors.js';
import type { BackupFound, FolderSize, WorkspaceBackups } from '../../application/workspace/workspace-folders.port.js';
import { namesIn, systemCode } from '../shared/file-system.js';
import { removeTree } from './remove-tree.js';
import { measureTree } from './visit-files.js';

/** What restores have copied aside, in folders of one folder. */
export class LocalWorkspaceBackups implements WorkspaceBackups {
  readonly #folder: string;

  /** @param folder absolute; it need not be there */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<readonly BackupFound[]> {
    const found: BackupFound[] = [];
    for (const { name: workspaceId, path } of await foldersIn(this.#folder)) {
      for (const { path: backup, changedAtMs } of await foldersIn(path)) {
        found.push({ workspaceId, path: backup, changedAtMs });
      }
    }
    return found;
  }

  measure({ path }: BackupFound): Promise<FolderSize> {
    return failing('Reading', path, () => measureTree(path));
  }

  async remove({ path }: BackupFound): Promise<FolderSize> {
    const freed = await failing('Removing', path, () => removeTree(path));
    // The last one takes the folder of its workspace with it. Another may have come meanwhile.
    await rmdir(dirname(path)).catch(() => undefined);
    return freed;
  }
}

/** The folders in a folder, by their names. What is none, as a link, is nobody's backup. */
async function foldersIn(
  folder: string,
): Promise<readonly { readonly name: string; readonly path: string; readonly changedAtMs: number }[]> {
  const names = await failing('Reading', folder, () => namesIn(folder));
  const found = await Promise.all(
    names.toSorted().map(async (name) => {
      const path = join(folder, name);
      const stat = await lstat(path).catch(() => undefined);
      return stat?.isDirectory() === true ? { name, path, changedAtMs: stat.mtimeMs } : undefined;
    }),
  );
  return found.filter((one) => one !== undefined);
}

async function failing<Result>(what: string, path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw systemCode(error) === undefined ? error : workspaceFailed(what, path, error);
  }
}
