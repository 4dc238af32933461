import { execFile } from 'node:child_process';
import fs from 'node:fs';

/** From how many files on it is quicker to write the whole file system to disk than one after the other. */
export const MANY_FILES = 48;

/** Node takes them to its threads, of which there are four. */
const AT_ONCE = 8;

/** In bytes, on Linux. What is deeper can be worked on, and not opened by its path. */
const LONGEST_PATH = 4_096;

/** Waits until what was written to files, or what names folders have, is on disk. */
export async function syncEach(paths: readonly fs.PathLike[]): Promise<void> {
  const waiting = [...paths];
  const one = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) await syncOne(path);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, one));
}

/** As {@link syncEach}, by whatever is quickest; all of them are in the file system of a folder. */
export async function syncAll(paths: readonly fs.PathLike[], folder: string): Promise<void> {
  const short = paths.filter((path) => lengthOf(path) < LONGEST_PATH);
  const isWhole = paths.length > MANY_FILES || short.length < paths.length;
  if (!isWhole || !(await syncFileSystem(folder))) await syncEach(short);
}

/** Waits until an open file is on disk. */
export function syncDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(descriptor, (error) => (error === null ? resolve() : reject(error)));
  });
}

async function syncOne(path: fs.PathLike): Promise<void> {
  // Windows knows no folders that are open, and wants files to be open for writing.
  const isWindows = process.platform === 'win32';
  if (isWindows && fs.statSync(path).isDirectory()) return;
  const descriptor = fs.openSync(path, isWindows ? 'r+' : 'r');
  try {
    await syncDescriptor(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Has Linux write to disk whatever waits for that in the file system of a folder: syncfs(2), which since Linux 5.8 tells
 * of what could not be written. Node can't call it, and the command `sync` of GNU and of BusyBox can.
 *
 * @returns whether that was done
 */
function syncFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(false);
  return new Promise((resolve) => {
    execFile('sync', ['-f', folder], (error) => resolve(error === null));
  });
}

function lengthOf(path: fs.PathLike): number {
  return Buffer.isBuffer(path) ? path.length : Buffer.byteLength(String(path));
}
