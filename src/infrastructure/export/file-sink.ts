import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type {
  ExportSink,
  FileDigest,
  SavedExport,
  SinkOptions,
} from '../../application/audit/export/export-files.port.js';
import { ExportDamagedError } from '../../domain/audit/export/export.errors.js';
import { type ExportManifest, formatManifest } from '../../domain/audit/export/export-manifest.js';
import { moveFile, removeFile, replaceFile } from './durable-file.js';
import { exportFailed } from './export-failed.js';

/** What is kept beside a part: how much of it counts, and how to go on. */
type State = FileDigest & ({ readonly progress: unknown } | { readonly manifest: ExportManifest });

const pack = promisify(gzip);

/** Packs a chunk as a member of its own: members that follow each other are one file, and it can be cut between two. */
export async function packed(chunk: string, isPacked: boolean): Promise<Buffer> {
  return isPacked ? pack(chunk) : Buffer.from(chunk);
}

/**
 * An export to a file. It grows as `FILE.part`, with `FILE.part.json` that says how far it counts, and becomes `FILE` when
 * it is complete.
 */
export class FileSink implements ExportSink {
  readonly #path: string;
  readonly #options: SinkOptions;
  #hash: Hash = createHash('sha256');
  #bytes = 0;
  #file: FileHandle | undefined;

  private constructor(path: string, options: SinkOptions) {
    this.#path = resolve(path);
    this.#options = options;
  }

  /** Begins anew, or goes on with what was saved. */
  static async open(
    path: string,
    options: SinkOptions,
  ): Promise<{ readonly sink: FileSink; readonly saved?: SavedExport }> {
    const sink = new FileSink(path, options);
    try {
      const saved = options.resume ? await sink.#resume() : undefined;
      if (saved !== undefined) return { sink, saved };
      await mkdir(dirname(sink.#path), { recursive: true });
      await removeFile(sink.#statePath);
      sink.#file = await open(sink.#partPath, 'w', 0o644);
      return { sink };
    } catch (error) {
      await sink.close();
      throw exportFailed(`The export ${sink.#path} can not be written`, error);
    }
  }

  get #partPath(): string {
    return unfinishedPathsOf(this.#path)[0];
  }

  get #statePath(): string {
    return unfinishedPathsOf(this.#path)[1];
  }

  get #manifestPath(): string {
    return manifestPathOf(this.#path, this.#options.manifest);
  }

  write(chunk: string): Promise<void> {
    return this.#try(async () => {
      const bytes = await packed(chunk, this.#options.gzip);
      for (let from = 0; from < bytes.length;) {
        const { bytesWritten } = await this.#open().write(bytes, from, bytes.length - from, this.#bytes + from);
        from += bytesWritten;
      }
      this.#bytes += bytes.length;
      this.#hash.update(bytes);
    });
  }

  digest(): FileDigest {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex') };
  }

  save(progress: unknown): Promise<void> {
    return this.#saveState({ ...this.digest(), progress });
  }

  async finish(manifest: ExportManifest): Promise<void> {
    await this.#saveState({ ...this.digest(), manifest });
    await this.close();
    await this.#try(() => this.#settle(manifest, true));
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** What counts has to be on disk before it is said to count. */
  #saveState(state: State): Promise<void> {
    return this.#try(async () => {
      await this.#open().sync();
      await replaceFile(this.#statePath, JSON.stringify(state));
    });
  }

  /** Each step may have been the last one of an earlier process. */
  async #settle(manifest: ExportManifest, hasPart: boolean): Promise<void> {
    if (hasPart) await moveFile(this.#partPath, this.#path);
    await replaceFile(this.#manifestPath, formatManifest(manifest));
    await removeFile(this.#statePath);
  }

  async #resume(): Promise<SavedExport | undefined> {
    const state = await readState(this.#statePath);
    if (state === undefined) return undefined;
    const hasPart = (await stat(this.#partPath).catch(() => undefined)) !== undefined;
    if ('manifest' in state) {
      await this.#settle(state.manifest, hasPart);
      return { manifest: state.manifest };
    }
    if (!hasPart) return undefined;
    this.#hash = await hashOfStart(this.#partPath, state);
    this.#bytes = state.bytes;
    this.#file = await open(this.#partPath, 'r+');
    await this.#file.truncate(state.bytes);
    return { progress: state.progress };
  }

  #open(): FileHandle {
    if (this.#file === undefined) throw new TypeError('The export is complete, or was let go of.');
    return this.#file;
  }

  async #try<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw exportFailed(`The export ${this.#path} can not be written`, error);
    }
  }
}

/** Where an export grows, and what is needed to go on with it. */
export function unfinishedPathsOf(path: string): readonly [part: string, state: string] {
  return [`${path}.part`, `${path}.part.json`];
}

/** Where the manifest of an export is. */
export function manifestPathOf(path: string, manifest: string | undefined): string {
  return resolve(manifest ?? `${path}.manifest.json`);
}

async function readState(path: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as State;
  } catch (cause) {
    throw damagedPart('what is beside it is not JSON', cause);
  }
}

/** The hash of what counts of a part, to go on with. */
async function hashOfStart(path: string, { bytes, sha256 }: FileDigest): Promise<Hash> {
  const hash = createHash('sha256');
  let read = 0;
  if (bytes > 0) {
    for await (const chunk of createReadStream(path, { end: bytes - 1 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      read += chunk.length;
    }
  }
  if (read === bytes && hash.copy().digest('hex') === sha256) return hash;
  throw damagedPart(read < bytes ? 'it is shorter than what was written' : 'it is not what was written');
}

function damagedPart(problem: string, cause?: unknown): ExportDamagedError {
  return new ExportDamagedError(
    `its part can not be gone on with, because ${problem}; export without resume`,
    undefined,
    {
      cause,
    },
  );
}
