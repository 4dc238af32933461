import type { ExportManifest } from '../../../domain/audit/export/export-manifest.js';
import type { Hash } from '../../../domain/shared/hash.js';

/** A stream that an export is written to: a `Writable` is one. It is not ended. */
export interface ExportOutput {
  /** Calls back when more may come, with what went wrong. */
  write(chunk: Uint8Array, done: (error?: Error | null) => void): unknown;
}

/** The bytes that were written or read so far. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: Hash;
}

/** What an export is written through, a chunk at a time. */
export interface ExportSink {
  /** Adds text. Resolves when more may come. With gzip, each chunk is a member of its own. */
  write(chunk: string): Promise<void>;
  /** What was written so far. */
  digest(): FileDigest;
  /** Makes what was written durable, with what is needed to go on after it. */
  save(progress: unknown): Promise<void>;
  /** Puts the export in its place, and its manifest beside it. */
  finish(manifest: ExportManifest): Promise<void>;
  /** Lets go of it. What was saved stays, to be gone on with. */
  close(): Promise<void>;
}

/** How to write an export. */
export interface SinkOptions {
  readonly gzip: boolean;
  /** Whether to go on with what was saved. */
  readonly resume: boolean;
  /** Where the manifest goes, instead of beside the file. */
  readonly manifest?: string | undefined;
}

/** What was found of an export that was interrupted. */
export type SavedExport =
  /** The sink is where it was when this was saved. */
  | { readonly progress: unknown }
  /** It was complete, and is in its place now. */
  | { readonly manifest: ExportManifest };

/** An export that is read. */
export interface ExportSource {
  /** The path, for messages. */
  readonly name: string;
  /**
   * The text of the manifest.
   *
   * @throws WaymarkError `WAYMARK_EXPORT_NOT_FOUND`
   */
  readManifest(): Promise<string>;
  /**
   * Its lines, without their line breaks, some at a time.
   *
   * @throws ExportDamagedError `WAYMARK_EXPORT_DAMAGED` for bytes that are no text, or can't be unpacked; WaymarkError
   *   `WAYMARK_EXPORT_NOT_FOUND`
   */
  lines(gzip: boolean): AsyncIterable<readonly string[]>;
  /** The bytes that were read, as they are in the file. */
  digest(): FileDigest;
}

/** Where exports are written and read. */
export interface ExportFiles {
  /** @throws WaymarkError `WAYMARK_EXPORT_FAILED`, `WAYMARK_EXPORT_DAMAGED` for a saved part that is not what it was */
  create(
    to: string | ExportOutput,
    options: SinkOptions,
  ): Promise<{ readonly sink: ExportSink; readonly saved?: SavedExport }>;
  open(path: string, manifest?: string): ExportSource;
  /** The absolute path of a file in a folder. */
  pathOf(folder: string, name: string): string;
  /** Whether there is anything at a path, or a manifest beside it. */
  has(path: string): Promise<boolean>;
  /**
   * Renames an export and its manifest, durably. What is at the other path is replaced.
   *
   * @throws WaymarkError `WAYMARK_EXPORT_FAILED`
   */
  move(from: string, to: string): Promise<void>;
  /** Removes an export, its manifest, and what there is of one that was not finished. What is not there is no error. */
  remove(path: string): Promise<void>;
}
