import fs from 'node:fs';
import type { FolderSize } from '../../application/workspace/workspace-folders.port.js';
import { Folder } from '../file/folder.js';
import { WorkControl } from '../file/work-control.js';

/** What was removed so far. */
interface Removed {
  fileCount: number;
  totalBytes: number;
}

/**
 * Removes a folder with all that is in it, or whatever else has that name. Links are removed, and not followed. Folders
 * that may not be written to are no obstacle, if they are of this user.
 *
 * @returns what that freed: a file that has another name elsewhere frees nothing
 */
export async function removeTree(path: string): Promise<FolderSize> {
  const removed: Removed = { fileCount: 0, totalBytes: 0 };
  const stat = fs.lstatSync(path);
  if (!stat.isDirectory()) {
    removeFile(path, stat, removed);
    return removed;
  }
  makeWritable(path, stat);
  const root = Folder.root(path, true);
  try {
    await empty(root, removed, new WorkControl());
  } finally {
    root.close();
  }
  fs.rmdirSync(path);
  return removed;
}

async function empty(folder: Folder, removed: Removed, control: WorkControl): Promise<void> {
  if (control.isDue) await control.giveWay();
  for (const name of folder.names()) {
    const at = folder.at(name);
    const stat = fs.lstatSync(at);
    if (!stat.isDirectory()) {
      removeFile(at, stat, removed);
      continue;
    }
    makeWritable(at, stat);
    const child = folder.child(name);
    try {
      await empty(child, removed, control);
    } finally {
      child.close();
    }
    fs.rmdirSync(at);
  }
}

function removeFile(at: fs.PathLike, stat: fs.Stats, removed: Removed): void {
  fs.unlinkSync(at);
  removed.fileCount += 1;
  if (stat.isFile() && stat.nlink === 1) removed.totalBytes += stat.size;
}

/** A folder can only be emptied by who may read, write and enter it. */
function makeWritable(at: fs.PathLike, { mode }: fs.Stats): void {
  if ((mode & 0o700) !== 0o700) fs.chmodSync(at, mode | 0o700);
}
