import fs from 'node:fs';
import { relative, sep } from 'node:path';
import { BlobStore } from './blob-store.js';
import { fileFailed, folderNotFound } from './file-errors.js';
import type { IndexFile, RecentIndex } from './stat-index.js';
import { TreeReader } from './tree-reader.js';

/** What all work on one storage has in common. */
export class Workshop {
  readonly store: BlobStore;
  readonly trees: TreeReader;
  /** The indexes that were read or written last. */
  readonly recent = new Map<string, RecentIndex>();

  constructor(folder: string) {
    this.store = new BlobStore(folder);
    this.trees = new TreeReader(this.store);
  }

  /** The paths in a folder that are the storage's own. */
  ownPaths(folder: string, index: IndexFile | undefined): string[] {
    const paths = [this.store.folder, ...(index?.paths ?? [])].map((path) => relative(folder, path));
    return paths.filter((path) => path !== '' && !path.startsWith('..')).map((path) => path.replaceAll(sep, '/'));
  }
}

/** @throws WaymarkError `WAYMARK_FILE_NOT_FOUND` */
export function assertFolder(folder: string): void {
  let stat: fs.Stats | undefined;
  try {
    stat = fs.statSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    throw fileFailed('reading', folder, error);
  }
  if (stat?.isDirectory() !== true) throw folderNotFound(folder);
}
