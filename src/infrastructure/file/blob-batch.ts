import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { Hash } from '../../domain/shared/hash.js';
import { encodeHeader } from './blob-header.js';
import { type BlobStore, makeFolders } from './blob-store.js';
import { deflateWhole, isWorthDeflating } from './deflate.js';
import { fileFailed } from './file-errors.js';
import { LargeBlob } from './large-blob.js';
import { MANY_FILES, syncAll, syncDescriptor } from './sync-files.js';

/** How many bytes may wait to be compressed. */
const MOST_WAITING = 32 << 20;

/**
 * Contents on their way to disk. They are written beside the others, waited for together, and then given their names: so
 * one that can be seen is whole, after a loss of power too.
 */
export class BlobBatch {
  readonly #store: BlobStore;
  readonly #folder: string;
  /** What was written, and is not in its place. Where they are few they are still open. */
  readonly #written = new Map<Hash, number | undefined>();
  readonly #running = new Set<Promise<void>>();
  #isMade = false;
  #waiting = 0;
  #failure: Error | undefined;

  constructor(store: BlobStore) {
    this.#store = store;
    this.#folder = join(store.temporary, `${process.pid}-${randomUUID()}`);
  }

  /**
   * Keeps a content. It is there for ever when {@link BlobBatch.finish} has resolved.
   *
   * @returns whether it was there already
   */
  async add(hash: Hash, content: Buffer): Promise<boolean> {
    if (this.has(hash) || this.#store.holds(hash, content.length)) return true;
    this.#written.set(hash, undefined);
    if (!isWorthDeflating(content)) {
      this.#write(hash, content.length, content, false);
      return false;
    }
    this.#waiting += content.length;
    const work = this.#deflate(hash, content).finally(() => {
      this.#waiting -= content.length;
      this.#running.delete(work);
    });
    this.#running.add(work);
    while (this.#waiting > MOST_WAITING) await Promise.race(this.#running);
    this.#throwFailure();
    return false;
  }

  /** Begins a content that does not fit into memory. */
  begin(): LargeBlob {
    this.#make();
    return new LargeBlob(join(this.#folder, `large-${randomUUID()}`));
  }

  /** Keeps what was begun. @returns whether it was there already */
  take(blob: LargeBlob, hash: Hash, size: number): boolean {
    if (this.has(hash) || this.#store.holds(hash, size)) {
      blob.abandon();
      return true;
    }
    fs.renameSync(blob.path, this.#temporaryOf(hash));
    const descriptor = blob.release();
    if (!this.#hold(hash, descriptor)) fs.closeSync(descriptor);
    return false;
  }

  /** Whether a content is on its way already. */
  has(hash: Hash): boolean {
    return this.#written.has(hash);
  }

  /** Resolves when all of them are on disk, and in their places. */
  async finish(): Promise<void> {
    try {
      while (this.#running.size > 0) await Promise.race(this.#running);
      this.#throwFailure();
      if (this.#written.size === 0) return;
      await this.#sync();
      const folders = this.#place();
      await syncAll([...folders], this.#store.blobs);
    } catch (error) {
      throw fileFailed('writing', this.#store.folder, error);
    } finally {
      this.#clear();
    }
  }

  /** Gives up what is not in its place. */
  async abandon(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
    this.#clear();
  }

  async #deflate(hash: Hash, content: Buffer): Promise<void> {
    try {
      const body = await deflateWhole(content);
      this.#write(hash, content.length, body ?? content, body !== undefined);
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  #write(hash: Hash, size: number, body: Buffer, isDeflated: boolean): void {
    this.#make();
    const path = this.#temporaryOf(hash);
    try {
      const descriptor = fs.openSync(path, 'wx', 0o444);
      const isHeld = this.#hold(hash, descriptor);
      try {
        writeAll(descriptor, [encodeHeader({ isDeflated, size, storedSize: body.length }), body]);
      } finally {
        if (!isHeld) fs.closeSync(descriptor);
      }
    } catch (error) {
      throw fileFailed('writing', path, error);
    }
  }

  /** Few are left open, to be waited for one by one; of many each is closed by who has written it. */
  #hold(hash: Hash, descriptor: number): boolean {
    const isHeld = this.#written.size <= MANY_FILES;
    this.#written.set(hash, isHeld ? descriptor : undefined);
    if (!isHeld) this.#closeHeld();
    return isHeld;
  }

  #make(): void {
    if (this.#isMade) return;
    try {
      makeFolders(this.#store.folder);
      fs.mkdirSync(this.#folder);
    } catch (error) {
      throw fileFailed('making', this.#folder, error);
    }
    this.#isMade = true;
  }

  async #sync(): Promise<void> {
    const held = [...this.#written.values()].filter((descriptor) => descriptor !== undefined);
    if (held.length === this.#written.size) await Promise.all(held.map((descriptor) => syncDescriptor(descriptor)));
    else {
      const paths = [...this.#written.keys()].map((hash) => this.#temporaryOf(hash));
      await syncAll(paths, this.#folder);
    }
    this.#closeHeld();
  }

  /** Gives all of them their names. A tree comes after what is in it: they were added in that order. */
  #place(): ReadonlySet<string> {
    const folders = new Set<string>();
    for (const hash of this.#written.keys()) {
      const path = this.#store.pathOf(hash);
      const folder = dirname(path);
      if (!folders.has(folder) && fs.mkdirSync(folder, { recursive: true }) !== undefined) {
        folders.add(this.#store.blobs);
      }
      folders.add(folder);
      fs.renameSync(this.#temporaryOf(hash), path);
      this.#written.delete(hash);
    }
    return folders;
  }

  #temporaryOf(hash: Hash): string {
    return join(this.#folder, hash);
  }

  #closeHeld(): void {
    for (const [hash, descriptor] of this.#written) {
      if (descriptor === undefined) continue;
      this.#written.set(hash, undefined);
      fs.closeSync(descriptor);
    }
  }

  #clear(): void {
    this.#closeHeld();
    this.#written.clear();
    if (this.#isMade) fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#isMade = false;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function writeAll(descriptor: number, parts: readonly Buffer[]): void {
  const whole = parts.reduce((size, part) => size + part.length, 0);
  let written = fs.writevSync(descriptor, parts);
  if (written === whole) return;
  // A disk that is nearly full takes a part, and says why it takes no more when it is given the rest.
  const rest = Buffer.concat(parts);
  while (written < whole) written += fs.writeSync(descriptor, rest, written);
}
