import fs from 'node:fs';
import { BlobStore } from './blob-store.js';
import { fileFailed, folderNotFound } from './file-errors.js';
import { OwnPaths, type OwnPlaces } from './own-places.js';
import type { RecentIndex } from './stat-index.js';
import { TreeReader } from './tree-reader.js';

/** Where a storage is. It can be sent to another thread. */
export interface WorkshopPlaces {
  /** Where the contents are. */
  readonly folder: string;
  /** What is left alone in every folder. Absolute paths. */
  readonly own: OwnPlaces;
}

/** What all work on one storage has in common. */
export class Workshop {
  readonly store: BlobStore;
  readonly trees: TreeReader;
  /** The indexes that were read or written last. */
  readonly recent = new Map<string, RecentIndex>();

  readonly #own: OwnPlaces;

  constructor({ folder, own }: WorkshopPlaces) {
    this.#own = own;
    this.store = new BlobStore(folder);
    this.trees = new TreeReader(this.store);
  }

  /** The paths in a folder that are Waymark's own. @param index the path of the folder's index */
  ownPaths(folder: string, index: string | undefined): OwnPaths {
    return OwnPaths.within(folder, { ...this.#own, contents: this.store.folder, index });
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
