import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Hash } from '../../domain/shared/hash.js';
import { type BlobStore, PIECE_SIZE, readPieces } from './blob-store.js';
import type { PlannedWrite } from './checkout-plan.js';
import { contentNotFound, fileFailed } from './file-errors.js';
import type { Folder } from './folder.js';
import { makeLink } from './folder-reader.js';
import { STAGING } from './ignore-rules.js';
import { syncAll } from './sync-files.js';
import type { WorkControl } from './work-control.js';

/** A file that is whole, and not in its place. */
export interface StagedFile {
  readonly at: fs.PathLike;
  /** When it was last written to. In its place it has that too, unless somebody else has written to it. */
  readonly mtimeMs: number;
}

/**
 * Where files are until all of them are there, whole: within the folder itself, because a file can only be renamed
 * within its file system. Nothing else of the folder is touched before.
 */
export class CheckoutStaging {
  readonly #store: BlobStore;
  readonly #root: Folder;
  #folder: Folder | undefined;
  readonly #staged: fs.PathLike[] = [];
  #count = 0;

  constructor(store: BlobStore, root: Folder) {
    this.#store = store;
    this.#root = root;
  }

  /** Makes a file or a link as it will be. */
  async stage({ entry, path, isLinked }: PlannedWrite, control: WorkControl): Promise<StagedFile> {
    const folder = this.#open();
    const at = folder.at(String(this.#count));
    this.#count += 1;
    try {
      if (entry.kind === 'link' || entry.hash === null) makeLink(entry.target ?? '', at);
      else if (isLinked) fs.linkSync(await this.#linkable(entry.hash, entry.size, entry.mode, control), at);
      else {
        await this.#write(at, entry.hash, entry.size, entry.mode, control);
        this.#staged.push(at);
      }
      const { mtimeMs } = fs.lstatSync(at);
      return { at, mtimeMs };
    } catch (error) {
      throw fileFailed('writing', path, error);
    }
  }

  /** Resolves when all of them are on disk. */
  async sync(folder: string): Promise<void> {
    await syncAll(this.#staged, folder);
  }

  /** Takes away what is left of it, and of one that was interrupted. */
  clear(): void {
    this.#folder?.close();
    this.#folder = undefined;
    const at = this.#root.at(STAGING);
    try {
      fs.rmSync(at, { recursive: true, force: true });
    } catch (error) {
      throw fileFailed('removing', STAGING, error);
    }
  }

  #open(): Folder {
    if (this.#folder !== undefined) return this.#folder;
    this.clear();
    try {
      fs.mkdirSync(this.#root.at(STAGING), 0o700);
      this.#folder = this.#root.child(STAGING);
      return this.#folder;
    } catch (error) {
      throw fileFailed('making', STAGING, error);
    }
  }

  async #write(at: fs.PathLike, hash: Hash, size: number, mode: number, control: WorkControl): Promise<void> {
    const descriptor = fs.openSync(at, 'wx', 0o600);
    try {
      if (size <= PIECE_SIZE) fs.writeFileSync(descriptor, this.#store.read(hash));
      else {
        for await (const piece of readPieces(this.#store, hash)) {
          fs.writeFileSync(descriptor, piece);
          control.advance(0, piece.length);
          if (control.isDue) await control.giveWay();
        }
      }
      // What was written, not what the process may: so it is not for `umask` to say.
      fs.fchmodSync(descriptor, mode);
    } finally {
      fs.closeSync(descriptor);
    }
    // It is used: whoever collects leaves it alone for a while.
    if (!this.#store.holds(hash)) throw contentNotFound(hash);
  }

  /** A file of the storage that is as it is outside, read-only, and that nobody has another name for who may write. */
  async #linkable(hash: Hash, size: number, mode: number, control: WorkControl): Promise<string> {
    const permissions = mode & 0o555;
    const path = this.#store.linkPathOf(hash, permissions);
    const found = fs.lstatSync(path, { throwIfNoEntry: false });
    if (found?.size === size && (found.mode & 0o777) === permissions) return path;
    fs.mkdirSync(dirname(path), { recursive: true });
    const made = this.#store.temporaryFile();
    await this.#write(made, hash, size, permissions, control);
    await syncAll([made], this.#store.folder);
    fs.renameSync(made, path);
    return path;
  }
}
