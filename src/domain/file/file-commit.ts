import type { Hash } from '../shared/hash.js';

/**
 * How far a commit has come. `pending`: its contents are being written, and it can't be restored. `finalised`: all of
 * them are on disk. `verified`: all of them were read back since, and had the hash they were stored under.
 */
export const FILE_COMMIT_STATUSES = ['pending', 'finalised', 'verified'] as const;

/** See {@link FILE_COMMIT_STATUSES}. */
export type FileCommitStatus = (typeof FILE_COMMIT_STATUSES)[number];

/**
 * A set of files that was kept under one id. The files themselves are listed by its tree, which is a content like theirs:
 * commits of the same files have the same tree.
 */
export interface FileCommit {
  readonly id: string;
  readonly status: FileCommitStatus;
  /** Identifies the listing of its root folder; `null` while it is pending. */
  readonly treeHash: Hash | null;
  /** How many files and links it has. Folders are not counted. */
  readonly fileCount: number;
  /** The size of its files together, in bytes, as they are outside the store. */
  readonly totalBytes: number;
  /** What it is for, in words of whoever made it. */
  readonly message: string | null;
  /** The execution it belongs to. */
  readonly executionId: string | null;
  /** The workspace whose files they are. */
  readonly workspaceId: string | null;
  /** The commit of the same workspace before it. */
  readonly parentId: string | null;
  /** Who is making it, while it is pending: as owners of executions are named. */
  readonly owner: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly verifiedAt: string | null;
}

/** One thing within a commit, or within a folder. */
export interface FileEntry {
  /** Relative to the root, with `/` between its parts, whatever the system has. Never absolute, and never with `..`. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'folder';
  /** The content of a file, the listing of a folder; `null` for a link. */
  readonly hash: Hash | null;
  /** Bytes of a file; of a link those of its target's name; 0 for a folder. */
  readonly size: number;
  /** The permission bits: `0o644`. Of a link 0. */
  readonly mode: number;
  /** What a link points at, as it was read. */
  readonly target?: string;
}

/** What became of a path between two sets of files. */
export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'modified' | 'removed';
  /** What was there, and what is. */
  readonly before?: FileEntry;
  readonly after?: FileEntry;
}
