import type { FileChange, FileEntry } from '../../domain/file/file-commit.js';
import type { Hash } from '../../domain/shared/hash.js';

/** What every work on files takes. */
export interface FileWorkOptions {
  /** Ends the work. What was written stays: it is found again, or collected. */
  readonly signal?: AbortSignal;
  /** Told now and then how far it is. */
  readonly onProgress?: (progress: FileProgress) => void;
}

/** How far a work on files is. */
export interface FileProgress {
  readonly files: number;
  readonly bytes: number;
  /** Of a checkout, that from now on the folder is changed: told before the first change, and then each time. */
  readonly touched?: boolean;
}

/** A content that was given to the storage. */
export interface StoredBlob {
  readonly hash: Hash;
  /** Its size as it is outside, in bytes. */
  readonly bytes: number;
  /** Whether it was there already. */
  readonly duplicate: boolean;
}

/** The files of a folder, kept. */
export interface Snapshot {
  readonly treeHash: Hash;
  readonly fileCount: number;
  readonly totalBytes: number;
  /** What is other than in the tree it was compared with: everything where there was none. Folders are left out. */
  readonly changes: readonly FileChange[];
  /** The contents of files that had to be looked at, in the order of their paths. */
  readonly blobs: readonly StoredBlob[];
}

/** Which folder is kept, and how. */
export interface SnapshotOptions extends FileWorkOptions {
  /** What is left out, beside what `.gitignore` files say: lines in their syntax. */
  readonly ignore?: readonly string[];
  /** The tree that it was last kept as: tells what has changed. What it has `.gitignore` files do not leave out. */
  readonly base?: Hash;
  /**
   * A file that remembers what was seen of each file (size, times, inode, hash), so that one that did not change is not
   * read again. Made where it is not there; one that is damaged or of elsewhere is not believed.
   */
  readonly index?: string;
}

/** How files are put back. */
export interface CheckoutOptions extends FileWorkOptions {
  readonly ignore?: readonly string[];
  /** The tree that the folder was last kept as: what it has is taken away although a `.gitignore` file names it. */
  readonly base?: Hash;
  readonly index?: string;
  /** Whether what the tree does not have is taken away. What is ignored never is. */
  readonly removeOthers: boolean;
  /** A folder that whatever is overwritten or taken away is copied to first. */
  readonly backup?: string;
  /** Whether nothing is touched, and only told what would be. */
  readonly dryRun?: boolean;
  /** Only these paths, and what is below them. */
  readonly paths?: readonly string[];
  /** Files are links to those of the storage, and read-only, for those whose paths match: lines in `.gitignore` syntax. */
  readonly linkReadOnly?: readonly string[];
}

/** What was put back. */
export interface Checkout {
  /** The paths that were written, or would be. */
  readonly restored: readonly string[];
  /** The paths that were taken away, or would be. */
  readonly removed: readonly string[];
  readonly backedUp: readonly string[];
  /** What could not be taken away or put back, and why. */
  readonly errors: readonly string[];
  readonly totalBytes: number;
}

/** What reading contents back came to. */
export interface StorageCheck {
  readonly blobsVerified: number;
  /** The contents that are missing or damaged, each with the path of a file that has it. */
  readonly problems: readonly { readonly hash: Hash; readonly path: string; readonly problem: 'missing' | 'damaged' }[];
}

/** What a collection found, and took away. */
export interface Swept {
  readonly kept: number;
  readonly deleted: readonly { readonly hash: Hash; readonly bytes: number }[];
  readonly freedBytes: number;
}

/**
 * Contents of files under their SHA-256, and the work on folders with them. Nothing that it writes can be seen half
 * done: contents appear whole, by a rename. Whatever is long does not hold up the event loop.
 *
 * Errors have the codes `WAYMARK_FILE_…`: `_PATH_ESCAPES`, `_NOT_FOUND`, `_DAMAGED`, `_STORAGE_FULL`, `_STORAGE_FAILED`,
 * `_UNSUPPORTED` (sockets, devices), `_CHANGED` (a file went on changing while it was read).
 */
export interface FileStorage {
  /** Keeps the files of a folder. When it resolves, they are on disk for ever. */
  snapshot(folder: string, options?: SnapshotOptions): Promise<Snapshot>;
  /** What a snapshot would find: nothing is written. */
  compare(folder: string, treeHash: Hash | undefined, options?: SnapshotOptions): Promise<readonly FileChange[]>;
  /** Makes a folder have the files of a tree. Repeating one that was interrupted finishes it. */
  checkout(folder: string, treeHash: Hash, options: CheckoutOptions): Promise<Checkout>;
  /** What is in a tree, in the order of its paths; folders come before what is in them. */
  entries(treeHash: Hash): AsyncIterable<FileEntry>;
  /** What differs between two trees. Where they have a folder in common it is not looked into. */
  diff(before: Hash, after: Hash): Promise<readonly FileChange[]>;
  /** The content of a file. @throws WaymarkError `WAYMARK_FILE_NOT_FOUND`, `WAYMARK_FILE_DAMAGED` at the end where it is not what its hash says */
  read(hash: Hash): AsyncIterable<Uint8Array>;
  /** Reads every content of a tree back. */
  verify(treeHash: Hash, options?: FileWorkOptions): Promise<StorageCheck>;
  /**
   * Takes away the contents that none of the trees has, and that nobody has given or found again for a while.
   *
   * @param minAgeMs how long, so that what is just being committed stays
   */
  sweep(
    trees: readonly Hash[],
    options: FileWorkOptions & { readonly minAgeMs: number; readonly dryRun?: boolean },
  ): Promise<Swept>;
  /** Ends the threads it has. Idempotent. */
  close(): Promise<void>;
}
