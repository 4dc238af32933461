import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ExportSource, FileDigest } from '../../application/audit/export/export-files.port.js';
import { ExportDamagedError } from '../../domain/audit/export/export.errors.js';
import { exportFailed, exportNotFound } from './export-failed.js';
import { manifestPathOf } from './file-sink.js';

/** No entry comes near it. What is packed may be far larger than its file, and must not fill the memory. */
const MAX_LINE = 256 * 1024 * 1024;
const LINE_BREAK = 0x0a;

/** An export in a file. */
export class FileSource implements ExportSource {
  readonly name: string;
  readonly #manifestPath: string;
  #hash = createHash('sha256');
  #bytes = 0;

  constructor(path: string, manifest?: string) {
    this.name = resolve(path);
    this.#manifestPath = manifestPathOf(this.name, manifest);
  }

  async readManifest(): Promise<string> {
    try {
      return await readFile(this.#manifestPath, 'utf8');
    } catch (error) {
      throw this.#readError('manifest', this.#manifestPath, error);
    }
  }

  async *lines(gzip: boolean): AsyncGenerator<readonly string[], void, undefined> {
    this.#hash = createHash('sha256');
    this.#bytes = 0;
    const splitter = new LineSplitter();
    const file = createReadStream(this.name);
    try {
      for await (const chunk of this.#text(file, gzip)) yield splitter.take(chunk);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!code.startsWith('Z_')) throw this.#readError('export', this.name, error);
      const problem = code === 'Z_BUF_ERROR' ? 'it is cut off' : 'it can not be unpacked';
      throw new ExportDamagedError(problem, splitter.line, { cause: error });
    } finally {
      file.destroy();
    }
    splitter.end();
  }

  digest(): FileDigest {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }

  /** The text's bytes. Those of the file are counted on their way. */
  #text(file: Readable, gzip: boolean): AsyncIterable<Buffer> {
    const counted = new Transform({
      transform: (chunk: Buffer, _, done) => {
        this.#hash.update(chunk);
        this.#bytes += chunk.length;
        done(null, chunk);
      },
    });
    // What goes wrong reaches whoever iterates over the last of them.
    const ignored = (): void => undefined;
    return gzip ? pipeline(file, counted, createGunzip(), ignored) : pipeline(file, counted, ignored);
  }

  #readError(what: string, path: string, error: unknown): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return exportNotFound(what, path, error);
    return code === undefined ? error : exportFailed(`The ${what} ${path} can not be read`, error);
  }
}

/** Cuts bytes into lines of text. */
class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #rest: Buffer[] = [];
  #restLength = 0;
  /** The line that is being read, from 1. */
  line = 1;

  take(chunk: Buffer): readonly string[] {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_BREAK); at !== -1; at = chunk.indexOf(LINE_BREAK, from)) {
      lines.push(this.#decode(Buffer.concat([...this.#rest, chunk.subarray(from, at)])));
      this.#rest = [];
      this.#restLength = 0;
      this.line += 1;
      from = at + 1;
    }
    if (from < chunk.length) {
      this.#rest.push(chunk.subarray(from));
      this.#restLength += chunk.length - from;
      if (this.#restLength > MAX_LINE) throw new ExportDamagedError('a line is too long to be one', this.line);
    }
    return lines;
  }

  end(): void {
    if (this.#restLength > 0) throw new ExportDamagedError('its last line is cut off', this.line);
  }

  #decode(bytes: Buffer): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      throw new ExportDamagedError('it is no UTF-8', this.line, { cause });
    }
  }
}
