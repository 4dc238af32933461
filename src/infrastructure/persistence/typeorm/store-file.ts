import { constants, statSync } from 'node:fs';
import { access, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { notADatabase, storeMoved, storeNotFound, storeReadOnly, unwritableFolder } from './store-errors.js';

/** A file as the system knows it, whatever it is called. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** Looks at what is at the path before SQLite does: its messages do not tell a missing file from a forbidden one. */
export async function checkFile(path: string, readOnly: boolean, mustExist: boolean): Promise<void> {
  const folder = dirname(path);
  try {
    const found = await stat(path);
    if (!found.isFile()) throw notADatabase(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw code === 'EACCES' ? unwritableFolder(path, error) : error;
    if (readOnly || mustExist) throw storeNotFound(path, error);
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw unwritableFolder(path, cause);
    });
    return;
  }
  if (readOnly) return;
  await access(path, constants.W_OK).catch((cause: unknown) => {
    throw storeReadOnly(path, cause);
  });
}

/**
 * Which handle leaves a store as it is when it is only read. One that may write removes at its end the files that it
 * made beside the store; but where SQLite has left something to recover it would do that too, so there it is one that
 * may not.
 */
export async function readingRole(path: string): Promise<'reader' | 'ro'> {
  const leftOver = (await sizeOf(`${path}-wal`)) + (await sizeOf(`${path}-journal`));
  if (leftOver > 0) return 'ro';
  const [file, folder] = [path, dirname(path)].map((at) => access(at, constants.W_OK));
  return Promise.all([file, folder]).then(
    () => 'reader' as const,
    () => 'ro' as const,
  );
}

/**
 * A store's bytes, to be read in memory, where no files can be made beside it.
 *
 * @returns `undefined` when a write-ahead log holds a part of the store
 */
export async function readImage(path: string): Promise<Buffer | undefined> {
  const image = await readFile(path);
  if ((await sizeOf(`${path}-wal`)) > 0) return undefined;
  // The format's versions, 2 for a write-ahead log, which a database in memory can't have. SQLite's file format,
  // section 1.3.3.
  if (image[WRITE_VERSION] === 2) image[WRITE_VERSION] = 1;
  if (image[READ_VERSION] === 2) image[READ_VERSION] = 1;
  return image;
}

const WRITE_VERSION = 18;
const READ_VERSION = 19;

/** @throws WaymarkError `WAYMARK_STORE_NOT_FOUND` */
export function identityOf(path: string): FileIdentity {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw storeMoved(path);
  return { dev: found.dev, ino: found.ino };
}

/**
 * Whether the path still leads to the file that is open. A file that was removed can be written to for as long as it is
 * open, and nobody finds it again.
 *
 * @throws WaymarkError `WAYMARK_STORE_NOT_FOUND`
 */
export function assertInPlace(path: string, opened: FileIdentity): void {
  const { dev, ino } = identityOf(path);
  if (dev !== opened.dev || ino !== opened.ino) throw storeMoved(path);
}

/** In bytes; 0 for a file that is not there. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
