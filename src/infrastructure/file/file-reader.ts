import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { type Hash, sha256 } from '../../domain/shared/hash.js';
import type { BlobBatch } from './blob-batch.js';
import { PIECE_SIZE } from './blob-store.js';
import { fileChanged, fileFailed } from './file-errors.js';
import type { Folder } from './folder.js';
import type { WorkControl } from './work-control.js';

/** What a file had in it. */
export interface ReadFile {
  readonly hash: Hash;
  readonly size: number;
  /** How it was when it was read: nothing has changed it meanwhile. */
  readonly stat: fs.Stats;
  readonly isDuplicate: boolean;
}

/** How often a file is read that changes while it is. */
const ATTEMPTS = 5;

/** A file that became something else since it was looked at: it is looked at again. */
export class NoFileAnymore extends Error {}

/** A pipe that was put in its place is not waited for, and a link not followed. */
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

/**
 * Reads a file, and keeps its content where there is something to keep it in.
 *
 * @throws WaymarkError `WAYMARK_FILE_CHANGED`, or whatever the file system has against it
 */
export async function readFile(
  folder: Folder,
  name: string,
  batch: BlobBatch | undefined,
  control: WorkControl,
): Promise<ReadFile> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const read = await readOnce(folder, name, batch, control);
    if (read !== undefined) return read;
  }
  throw fileChanged(folder.pathOf(name));
}

/** @returns `undefined` if it changed while it was read */
async function readOnce(
  folder: Folder,
  name: string,
  batch: BlobBatch | undefined,
  control: WorkControl,
): Promise<ReadFile | undefined> {
  const descriptor = open(folder, name);
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) throw new NoFileAnymore(folder.pathOf(name));
    if (stat.size > PIECE_SIZE) return await readLarge(descriptor, stat, batch, control);
    // One byte more tells whether it has grown.
    const bytes = Buffer.allocUnsafe(stat.size + 1);
    let size = 0;
    for (let read = -1; read !== 0 && size < bytes.length; size += read) {
      read = fs.readSync(descriptor, bytes, size, bytes.length - size, null);
    }
    if (size !== stat.size || hasChanged(stat, fs.fstatSync(descriptor))) return undefined;
    const content = bytes.subarray(0, size);
    const hash = sha256(content).toString('hex');
    return { hash, size, stat, isDuplicate: batch === undefined || (await batch.add(hash, content)) };
  } catch (error) {
    throw fileFailed('reading', folder.pathOf(name), error);
  } finally {
    fs.closeSync(descriptor);
  }
}

async function readLarge(
  descriptor: number,
  stat: fs.Stats,
  batch: BlobBatch | undefined,
  control: WorkControl,
): Promise<ReadFile | undefined> {
  const blob = batch?.begin();
  try {
    const piece = Buffer.allocUnsafe(PIECE_SIZE);
    const digest = createHash('sha256');
    let size = 0;
    for (let read = fs.readSync(descriptor, piece); read > 0; read = fs.readSync(descriptor, piece)) {
      size += read;
      if (blob === undefined) digest.update(piece.subarray(0, read));
      else await blob.write(piece.subarray(0, read));
      control.advance(0, read);
      if (control.isDue) await control.giveWay();
    }
    if (size !== stat.size || hasChanged(stat, fs.fstatSync(descriptor))) {
      blob?.abandon();
      return undefined;
    }
    if (batch === undefined || blob === undefined) {
      return { hash: digest.digest('hex'), size, stat, isDuplicate: true };
    }
    const { hash } = await blob.end();
    return { hash, size, stat, isDuplicate: batch.take(blob, hash, size) };
  } catch (error) {
    blob?.abandon();
    throw error;
  }
}

function open(folder: Folder, name: string): number {
  try {
    return fs.openSync(folder.at(name), FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Gone, a link, or a socket by now.
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') throw new NoFileAnymore(folder.pathOf(name));
    throw fileFailed('reading', folder.pathOf(name), error);
  }
}

function hasChanged(before: fs.Stats, after: fs.Stats): boolean {
  return before.mtimeMs !== after.mtimeMs || before.ctimeMs !== after.ctimeMs || before.size !== after.size;
}
