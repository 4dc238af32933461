import fs from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { pipeline } from 'node:stream';
import { type Hash, sha256 } from '../../domain/shared/hash.js';
import { type BlobHeader, decodeHeader, HEADER_SIZE } from './blob-header.js';
import { contentDamaged, contentNotFound, fileFailed } from './file-errors.js';

/** A content that was found again is not marked so each time: once in ten minutes is enough. */
export const REFRESH_AFTER_MS = 600_000;

/** Contents up to this size are read and written at once; what is larger comes in pieces of it. */
export const PIECE_SIZE = 1 << 20;

/** What the folders begin with that a collection lays contents aside in. */
export const ASIDE = 'aside-';

/** A content as it is on disk. */
export interface FoundBlob extends BlobHeader {
  /** When it was last given or found again. */
  readonly foundAtMs: number;
}

/** Contents on disk, each in a file that its hash names. docs/files.md tells what is where. */
export class BlobStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get blobs(): string {
    return join(this.folder, 'blobs');
  }

  get temporary(): string {
    return join(this.folder, 'tmp');
  }

  pathOf(hash: Hash): string {
    return `${this.blobs}/${hash.slice(0, 2)}/${hash.slice(2)}`;
  }

  /** Where a content is as it is outside, for those that want a link to it. Permissions belong to the file. */
  linkPathOf(hash: Hash, permissions: number): string {
    return `${this.links}/${hash.slice(0, 2)}/${hash.slice(2)}-${permissions.toString(8)}`;
  }

  get links(): string {
    return join(this.folder, 'links');
  }

  /** A path for a file that gets its name later. */
  temporaryFile(): string {
    fs.mkdirSync(this.temporary, { recursive: true });
    return join(this.temporary, randomUUID());
  }

  /** What is there under a hash: `undefined` for nothing, and for what a crash has left of a content. */
  find(hash: Hash): FoundBlob | undefined {
    const descriptor = this.#open(hash);
    if (descriptor === undefined) return undefined;
    try {
      const { size, mtimeMs } = fs.fstatSync(descriptor);
      const header = decodeHeader(readHeader(descriptor), size);
      return header === undefined ? undefined : { ...header, foundAtMs: mtimeMs };
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** Whether a content is there whole. One that is counts as found again, so that it is not collected. */
  holds(hash: Hash, size?: number): boolean {
    const found = this.find(hash);
    if (found === undefined || (size !== undefined && found.size !== size)) return false;
    if (Date.now() - found.foundAtMs < REFRESH_AFTER_MS) return true;
    try {
      const now = new Date();
      fs.utimesSync(this.pathOf(hash), now, now);
      return true;
    } catch (error) {
      // Collected at this very moment.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw fileFailed('marking as used', this.pathOf(hash), error);
    }
  }

  /**
   * A content, at once: for those that are small.
   *
   * @throws WaymarkError `WAYMARK_FILE_NOT_FOUND`, `WAYMARK_FILE_DAMAGED`
   */
  read(hash: Hash): Buffer {
    const descriptor = this.#open(hash) ?? (this.bringBack(hash) ? this.#open(hash) : undefined);
    if (descriptor === undefined) throw contentNotFound(hash);
    try {
      const bytes = fs.readFileSync(descriptor);
      const header = decodeHeader(bytes.subarray(0, HEADER_SIZE), bytes.length);
      if (header === undefined) throw contentDamaged(hash, 'its file is torn');
      const body = bytes.subarray(HEADER_SIZE);
      const content = header.isDeflated ? inflate(hash, body, header.size) : body;
      if (content.length !== header.size || sha256(content).toString('hex') !== hash) throw otherHash(hash);
      return content;
    } catch (error) {
      throw fileFailed('reading', this.pathOf(hash), error);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** What has changed since somebody last took contents away, and whether somebody did: another value each time. */
  generation(): string {
    try {
      return fs.readFileSync(join(this.folder, 'generation'), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw fileFailed('reading', join(this.folder, 'generation'), error);
    }
  }

  /** Contents are about to be taken away, or were: whoever thinks that it knows which are there looks again. */
  nextGeneration(): void {
    const next = join(this.temporary, `generation-${randomUUID()}`);
    fs.mkdirSync(this.temporary, { recursive: true });
    fs.writeFileSync(next, randomUUID());
    fs.renameSync(next, join(this.folder, 'generation'));
  }

  /** Puts a content back that a collection has laid aside, and had no time to look at again. */
  bringBack(hash: Hash): boolean {
    try {
      for (const name of fs.readdirSync(this.temporary)) {
        const aside = join(this.temporary, name, hash);
        if (!name.startsWith(ASIDE) || !fs.existsSync(aside)) continue;
        fs.renameSync(aside, this.pathOf(hash));
        return true;
      }
    } catch (error) {
      // There is no such folder, or somebody was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileFailed('reading', this.temporary, error);
    }
    return this.find(hash) !== undefined;
  }

  #open(hash: Hash): number | undefined {
    const path = this.pathOf(hash);
    try {
      return fs.openSync(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fileFailed('opening', path, error);
    }
  }
}

/**
 * A content, piece by piece, at the pace of its reader.
 *
 * @throws WaymarkError `WAYMARK_FILE_NOT_FOUND`; at the end `WAYMARK_FILE_DAMAGED` where it is not what its hash says
 */
export async function* readPieces(store: BlobStore, hash: Hash): AsyncGenerator<Buffer> {
  const found = store.find(hash) ?? (store.bringBack(hash) ? store.find(hash) : undefined);
  if (found === undefined) {
    if (fs.existsSync(store.pathOf(hash))) throw contentDamaged(hash, 'its file is torn');
    throw contentNotFound(hash);
  }
  const digest = createHash('sha256');
  const source = fs.createReadStream(store.pathOf(hash), { start: HEADER_SIZE, highWaterMark: PIECE_SIZE });
  // The callback has its errors: whoever reads gets them too.
  const pieces = found.isDeflated
    ? pipeline(source, createInflateRaw({ chunkSize: PIECE_SIZE }), () => undefined)
    : source;
  let size = 0;
  try {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > found.size) throw otherHash(hash);
      digest.update(piece);
      yield piece;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') === true) throw contentDamaged(hash, 'it can not be unpacked', error);
    throw fileFailed('reading', store.pathOf(hash), error);
  } finally {
    source.destroy();
  }
  if (size !== found.size || digest.digest('hex') !== hash) throw otherHash(hash);
}

/** Makes the folders of a storage, durably. */
export function makeFolders(folder: string): void {
  for (const made of ['blobs', 'tmp'].map((name) => fs.mkdirSync(join(folder, name), { recursive: true }))) {
    // The first that had to be made is a new name in the folder above it.
    for (let at = made; at !== undefined && at.length >= folder.length; at = dirname(at)) syncFolder(dirname(at));
  }
}

/** Waits until the names of a folder are on disk. Windows knows no such thing. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function readHeader(descriptor: number): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE);
  const read = fs.readSync(descriptor, bytes, 0, HEADER_SIZE, 0);
  return bytes.subarray(0, read);
}

function inflate(hash: Hash, body: Buffer, size: number): Buffer {
  try {
    return inflateRawSync(body, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw contentDamaged(hash, 'it can not be unpacked', error);
  }
}

function otherHash(hash: Hash): unknown {
  return contentDamaged(hash, 'what is in its file has another hash');
}
