import type { Stats } from 'node:fs';
import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const OWNER_MAY_WRITE = 0o200;
const ANYBODY_MAY_WRITE = 0o222;

/**
 * Takes the right to write away from the files in the folders of an environment, and measures it. The folders keep theirs:
 * what is installed can be removed and replaced as a whole, and not be edited in place by somebody who takes it for his
 * own. Links are not followed.
 *
 * @returns what its files take, in bytes
 */
export async function protectFiles(folder: string): Promise<number> {
  let bytes = 0;
  await walk(folder, async (path, stats, depth) => {
    bytes += stats.size;
    // The files at the top are the package manager's, which may have to change them.
    const isOpen = depth > 0 && (stats.mode & ANYBODY_MAY_WRITE) !== 0;
    if (isOpen) await chmod(path, stats.mode & ~ANYBODY_MAY_WRITE & 0o7777);
  });
  return bytes;
}

/** Gives the owner of the files the right to write to them. */
export function unprotectFiles(folder: string): Promise<void> {
  return walk(folder, async (path, stats) => {
    if ((stats.mode & OWNER_MAY_WRITE) === 0) await chmod(path, (stats.mode | OWNER_MAY_WRITE) & 0o7777);
  });
}

/** What the files of a folder take, in bytes. */
export async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  await walk(folder, (_, stats) => {
    bytes += stats.size;
    return Promise.resolve();
  });
  return bytes;
}

async function walk(
  folder: string,
  visit: (path: string, stats: Stats, depth: number) => Promise<void>,
  depth = 0,
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name }) => {
        const path = join(folder, name);
        await visit(path, await lstat(path), depth);
      }),
  );
  // One folder after the other, so that no more files are open than one of them has.
  for (const entry of entries) if (entry.isDirectory()) await walk(join(folder, entry.name), visit, depth + 1);
}
