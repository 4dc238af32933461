import { existsSync, type Stats, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve, sep } from 'node:path';
import type { Options, RotatingFileStream } from 'rotating-file-stream';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { RotationOptions } from './rotation-options.js';
import { folderMissing, notAFile, partlyWritten, writeFailure } from './write-failure.js';

/** Makes a stream to a file in a folder: `createStream` of rotating-file-stream. */
export type CreateStream = (
  filename: (time: number | Date | null, index?: number) => string,
  options: Options,
) => RotatingFileStream;

/** How a file stands before a write. */
interface Standing {
  /** Bytes. */
  readonly size: number;
  /** How often it has been put aside. */
  readonly rotations: number;
}

const LINE_FEED = 0x0a;

/**
 * A file of lines that is put aside when it is full or old. A line is never split over two files. After a failure the
 * next write opens the file anew.
 */
export class RotatingFile {
  readonly path: string;
  readonly #createStream: CreateStream;
  readonly #options: Options;
  readonly #maxBytes: number;
  #stream: RotatingFileStream | undefined;
  /** Which file the stream writes to. */
  #inode: number | undefined;
  #rotations = 0;
  /** Whether it is being put aside: for that while there is another file at the path, or none. */
  #isRotating = false;
  /** How large the file was when it was last put aside. */
  #sizeAtRotation = 0;

  constructor(path: string, rotation: RotationOptions, createStream: CreateStream) {
    this.path = resolve(path);
    this.#createStream = createStream;
    this.#maxBytes = rotation.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#options = {
      path: dirname(this.path) + sep,
      intervalUTC: true,
      ...(rotation.maxBytes === undefined ? {} : { size: `${rotation.maxBytes}B` }),
      ...(rotation.interval === undefined ? {} : { interval: rotation.interval }),
      ...(rotation.maxFiles === undefined
        ? {}
        : { maxFiles: rotation.maxFiles, history: `.${basename(path)}.rotated` }),
      // By name: `true` would start a shell.
      ...(rotation.compress === true ? { compress: 'gzip' } : {}),
    };
  }

  /**
   * Opens the file. What a process that was killed left of a line is ended first, so that nothing is glued to it.
   *
   * @throws WaymarkError `WAYMARK_CONSUMER_FAILED`; InvalidArgumentError for an interval that there is not
   */
  async open(): Promise<void> {
    await this.#opened();
  }

  /**
   * Appends lines, each of which ends with a line feed. Resolves when the operating system has them.
   *
   * @throws WaymarkError `WAYMARK_CONSUMER_FAILED`: some of the lines may have been written
   */
  async append(lines: readonly string[]): Promise<void> {
    let from = 0;
    while (from < lines.length) {
      const { stream, size, rotations } = await this.#opened();
      // Up to the line that fills the file: it is put aside between two writes only.
      const until = this.#fillingLine(lines, from, size);
      const chunk = Buffer.from(lines.slice(from, until).join(''));
      try {
        await this.#write(stream, chunk, { size, rotations });
      } catch (error) {
        await this.close();
        throw writeFailure(this.path, error);
      }
      from = until;
    }
  }

  /** Ends the file. Idempotent; a later write opens it again. */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) return;
    // A stream that is ended while it puts its file aside would do so again later.
    await this.#rotated(stream);
    if (stream.closed) return;
    await new Promise<void>((done) => {
      stream.once('close', () => done());
      // One that has failed already can only be destroyed. Otherwise all writes have been awaited.
      if (stream.errored === null) stream.end();
      else stream.destroy();
    });
  }

  #fillingLine(lines: readonly string[], from: number, size: number): number {
    let bytes = size;
    let until = from;
    while (until < lines.length && (until === from || bytes < this.#maxBytes)) {
      bytes += Buffer.byteLength(lines[until] ?? '');
      until += 1;
    }
    return until;
  }

  async #write(stream: RotatingFileStream, chunk: Buffer, before: Standing): Promise<void> {
    await new Promise<void>((done, fail) => {
      stream.write(chunk, (error) => (error ? fail(error) : done()));
    });
    // A disk that fills up takes a part of a write, and the stream does not tell.
    let size = (await this.#look())?.size ?? 0;
    if (this.#rotations > before.rotations) {
      // Put aside by the time, while the write may have been on its way, its size says nothing.
      if (this.#options.interval !== undefined) return;
      size = this.#sizeAtRotation;
    }
    if (size - before.size < chunk.length) throw partlyWritten(this.path);
  }

  /** The open stream, and how its file stands. */
  async #opened(): Promise<Standing & { readonly stream: RotatingFileStream }> {
    if (this.#stream !== undefined) await this.#rotated(this.#stream);
    const rotations = this.#rotations;
    const found = await this.#look();
    if (this.#isRotating) return this.#opened();
    // What is removed, or moved away, would still be written to, where nobody finds it.
    const isThere = found !== undefined && found.ino === this.#inode;
    if (isThere && this.#stream !== undefined && !this.#stream.destroyed) {
      return { stream: this.#stream, size: found.size, rotations };
    }
    await this.close();
    if (found !== undefined && found.size > 0) await this.#endLastLine(found.size);
    const stream = await this.#newStream();
    this.#stream = stream;
    return { rotations: this.#rotations, stream, size: (await this.#look())?.size ?? 0 };
  }

  /** Resolves when the stream has put its file aside, or has failed to, if it was about to. */
  async #rotated(stream: RotatingFileStream): Promise<void> {
    if (!this.#isRotating) return;
    // Writing nothing waits for its turn as any other write does.
    await new Promise<void>((done) => stream.write('', () => done()));
    this.#isRotating = false;
  }

  /** What there is at the path; `undefined` where there is no file yet. */
  async #look(): Promise<Stats | undefined> {
    try {
      const found = await stat(this.path);
      if (!found.isFile()) throw notAFile(this.path);
      return found;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'ENOENT') throw writeFailure(this.path, error);
      // The stream would make the folder: a misspelt path would go unnoticed.
      if (!existsSync(dirname(this.path))) throw folderMissing(this.path, error);
      return undefined;
    }
  }

  async #endLastLine(size: number): Promise<void> {
    try {
      const file = await open(this.path, 'a+');
      try {
        const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
        if (buffer[0] !== LINE_FEED) await file.writeFile('\n');
      } finally {
        await file.close();
      }
    } catch (error) {
      throw writeFailure(this.path, error);
    }
  }

  async #newStream(): Promise<RotatingFileStream> {
    const stream = this.#createStreamChecked();
    stream.on('open', () => {
      this.#inode = statSync(this.path, { throwIfNoEntry: false })?.ino;
      this.#isRotating = false;
    });
    stream.on('rotation', () => {
      this.#sizeAtRotation = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
      this.#rotations += 1;
      this.#isRotating = true;
    });
    try {
      await new Promise<void>((done, fail) => {
        stream.once('open', () => done());
        // For as long as the stream lives: what nobody listens to would end the process. A failed write has the error.
        stream.on('error', fail);
      });
    } catch (error) {
      throw writeFailure(this.path, error);
    }
    return stream;
  }

  #createStreamChecked(): RotatingFileStream {
    try {
      return this.#createStream((time, index) => nameOf(this.path, time, index, this.#options.compress !== undefined), {
        ...this.#options,
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new InvalidArgumentError(`The file can't be rotated that way: ${why}.`, {
        cause: error,
        hint: 'Examples of an interval: 1d, 6h, 30m.',
      });
    }
  }
}

/** `events.jsonl`; put aside, `events.20260131T120000000Z-001.jsonl`, so that the order of names is that of time. */
function nameOf(path: string, time: number | Date | null, index: number | undefined, isCompressed: boolean): string {
  const name = basename(path);
  if (time === null) return name;
  const extension = extname(name);
  const stamp = new Date(time).toISOString().replaceAll(/[-:.]/g, '');
  const number = String(index ?? 1).padStart(3, '0');
  return `${basename(name, extension)}.${stamp}-${number}${extension}${isCompressed ? '.gz' : ''}`;
}
