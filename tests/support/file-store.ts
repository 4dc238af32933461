import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LocalFileStorage } from '../../src/infrastructure/file/local-file-storage.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** A storage of files, room for folders that are kept in it, and what tidies up. */
export interface LocalFileStore {
  readonly storage: LocalFileStorage;
  readonly room: string;
  /** Where the contents are. */
  readonly files: string;
  close(): Promise<void>;
}

export function makeFileStore(): LocalFileStore {
  const folder = makeTemporaryFolder();
  const files = folder.file('.files');
  const storage = new LocalFileStorage({ folder: files });
  const close = async (): Promise<void> => {
    await storage.close();
    // Node can't remove what is deeper than the longest path.
    execFileSync('rm', ['-rf', folder.path]);
  };
  return { storage, room: folder.path, files, close };
}

/** Where a content is on disk. */
export function blobPath(files: string, hash: string): string {
  return join(files, 'blobs', hash.slice(0, 2), hash.slice(2));
}
