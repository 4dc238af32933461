import type { StorageCheck } from '../../application/file/file-storage.port.js';
import type { FileEntry } from '../../domain/file/file-commit.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { Hash } from '../../domain/shared/hash.js';
import { type BlobStore, readPieces } from './blob-store.js';
import { decodeListing, type TreeEntry } from './tree-listing.js';
import { entryAt, join, type Listings } from './tree-reader.js';
import type { WorkControl } from './work-control.js';
import type { Workshop } from './workshop.js';

/** See {@link FileStorage.verify}. Listings are contents as well. */
export async function verifyTree({ store }: Workshop, treeHash: Hash, control: WorkControl): Promise<StorageCheck> {
  const problems: StorageCheck['problems'][number][] = [];
  const seen = new Set<Hash>();
  const waiting: { readonly hash: Hash; readonly path: string; readonly isFolder: boolean }[] = [
    { hash: treeHash, path: '', isFolder: true },
  ];
  let blobsVerified = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { hash, path, isFolder } = next;
    // A file could have the text of a listing: then it is both.
    const key = `${isFolder} ${hash}`;
    if (seen.has(key)) continue;
    seen.add(key);
    try {
      const listing = isFolder ? decodeListing(hash, store.read(hash).toString('utf8')) : [];
      if (!isFolder) await readThrough(store, hash, control);
      blobsVerified += 1;
      for (const entry of listing.toReversed()) waiting.push(...contentsOf(path, entry));
    } catch (error) {
      problems.push({ hash, path, problem: problemOf(error) });
    }
    control.advance(1, 0);
    if (control.isDue) await control.giveWay();
  }
  return { blobsVerified, problems };
}

/** What is in a folder of a tree, page by page, so that a tree need not fit into memory at once. */
export function* entriesOf(trees: Listings, hash: Hash, folder = ''): Generator<FileEntry> {
  for (const entry of trees.listing(hash)) {
    yield entryAt(folder, entry);
    if (entry.kind === 'folder' && entry.hash !== null) yield* entriesOf(trees, entry.hash, join(folder, entry.name));
  }
}

function contentsOf(
  folder: string,
  { name, kind, hash }: TreeEntry,
): readonly { hash: Hash; path: string; isFolder: boolean }[] {
  return hash === null ? [] : [{ hash, path: join(folder, name), isFolder: kind === 'folder' }];
}

async function readThrough(store: BlobStore, hash: Hash, control: WorkControl): Promise<void> {
  for await (const piece of readPieces(store, hash)) {
    control.advance(0, piece.length);
    if (control.isDue) await control.giveWay();
  }
}

function problemOf(error: unknown): 'missing' | 'damaged' {
  if (WaymarkError.is(error, 'WAYMARK_FILE_NOT_FOUND')) return 'missing';
  const isDamaged =
    WaymarkError.is(error, 'WAYMARK_FILE_DAMAGED') || WaymarkError.is(error, 'WAYMARK_FILE_PATH_ESCAPES');
  if (isDamaged) return 'damaged';
  throw error;
}
