import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createDeflateRaw, type DeflateRaw } from 'node:zlib';
import type { Hash } from '../../domain/shared/hash.js';
import { encodeHeader, HEADER_SIZE } from './blob-header.js';
import { PIECE_SIZE } from './blob-store.js';
import { isWorthDeflating, LEVEL } from './deflate.js';

/** A content that is written while it is read: it takes as much memory however large it is. */
export class LargeBlob {
  readonly path: string;
  readonly #digest = createHash('sha256');
  #descriptor: number | undefined;
  #deflate: DeflateRaw | undefined;
  #size = 0;
  #end = HEADER_SIZE;
  #failure: Error | undefined;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = fs.openSync(path, 'wx', 0o444);
  }

  /** Adds a piece. The first one decides whether all are compressed. The bytes may be overwritten when it resolves. */
  async write(piece: Buffer): Promise<void> {
    if (this.#size === 0 && isWorthDeflating(piece)) this.#deflate = this.#makeDeflate();
    this.#size += piece.length;
    this.#digest.update(piece);
    const deflate = this.#deflate;
    if (deflate === undefined) this.#append(piece);
    else await new Promise<void>((resolve) => deflate.write(piece, () => resolve()));
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes what is left, and how large it has become. */
  async end(): Promise<{ readonly hash: Hash; readonly size: number }> {
    const deflate = this.#deflate;
    if (deflate !== undefined) {
      await new Promise<void>((resolve) => {
        deflate.once('close', () => resolve());
        deflate.end();
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    const header = { isDeflated: deflate !== undefined, size: this.#size, storedSize: this.#end - HEADER_SIZE };
    if (this.#descriptor !== undefined) fs.writeSync(this.#descriptor, encodeHeader(header), 0, HEADER_SIZE, 0);
    return { hash: this.#digest.digest('hex'), size: this.#size };
  }

  /** Gives the open file away. */
  release(): number {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) throw new Error('A content was given away twice.');
    return descriptor;
  }

  /** Removes it. */
  abandon(): void {
    this.#deflate?.destroy();
    if (this.#descriptor === undefined) return;
    fs.closeSync(this.release());
    fs.rmSync(this.path, { force: true });
  }

  #makeDeflate(): DeflateRaw {
    const deflate = createDeflateRaw({ level: LEVEL, chunkSize: PIECE_SIZE });
    deflate.on('data', (bytes: Buffer) => {
      try {
        this.#append(bytes);
      } catch (error) {
        this.#failure ??= error as Error;
      }
    });
    deflate.on('error', (error) => (this.#failure ??= error));
    return deflate;
  }

  #append(bytes: Buffer): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    for (let at = 0; at < bytes.length;) {
      const written = fs.writeSync(descriptor, bytes, at, bytes.length - at, this.#end);
      at += written;
      this.#end += written;
    }
  }
}
