import type { FileChange, FileEntry } from '../../domain/file/file-commit.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { BlobStore } from './blob-store.js';
import { compareNames } from './name-bytes.js';
import { decodeListing, EMPTY_LISTING, type TreeEntry } from './tree-listing.js';

/** How many entries are in memory, of the listings that were read last: some ten megabytes. */
const MOST_ENTRIES = 50_000;

/** Gives the listing of a folder by its hash. */
export interface Listings {
  /** @throws WaymarkError `WAYMARK_FILE_NOT_FOUND`, `WAYMARK_FILE_DAMAGED`, `WAYMARK_FILE_PATH_ESCAPES` */
  listing(hash: Hash): readonly TreeEntry[];
}

/** Reads listings, and remembers those that it read last: from one commit to the next most are the same. */
export class TreeReader implements Listings {
  readonly #store: BlobStore;
  readonly #recent = new Map<Hash, readonly TreeEntry[]>();
  #entries = 0;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  listing(hash: Hash): readonly TreeEntry[] {
    const known = this.#recent.get(hash);
    if (known !== undefined) {
      this.#recent.delete(hash);
      this.#recent.set(hash, known);
      return known;
    }
    const listing = decodeListing(hash, this.#store.read(hash).toString('utf8'));
    this.#recent.set(hash, listing);
    this.#entries += listing.length;
    for (const [oldest, { length }] of this.#recent) {
      if (this.#entries <= MOST_ENTRIES || oldest === hash) break;
      this.#recent.delete(oldest);
      this.#entries -= length;
    }
    return listing;
  }
}

/** An entry, and where it is. */
export function entryAt(folder: string, { name, ...entry }: TreeEntry): FileEntry {
  return { path: join(folder, name), ...entry };
}

/** Where a name of a folder is. */
export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Two names of two listings that are the same, or one of them alone. */
export type Pair = readonly [before: TreeEntry | undefined, after: TreeEntry | undefined];

/** Goes through two listings at once. */
export function* pairs(before: readonly TreeEntry[], after: readonly TreeEntry[]): Generator<Pair> {
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    const [left, right] = [before[one], after[other]];
    const order = orderOf(left, right);
    if (order <= 0) one += 1;
    if (order >= 0) other += 1;
    yield [order <= 0 ? left : undefined, order >= 0 ? right : undefined];
  }
}

/** What differs between two trees, in the order of the names on the way. Folders are left out. */
export class TreeDiff {
  readonly #before: Listings;
  readonly #after: Listings;

  constructor(before: Listings, after: Listings) {
    this.#before = before;
    this.#after = after;
  }

  /** @param before `undefined` for nothing; so is after */
  *between(before: Hash | undefined, after: Hash | undefined, folder = ''): Generator<FileChange> {
    // What is the same is not looked into.
    if (before === after) return;
    const old = before === undefined ? EMPTY_LISTING : this.#before.listing(before);
    const now = after === undefined ? EMPTY_LISTING : this.#after.listing(after);
    for (const [left, right] of pairs(old, now)) {
      const path = join(folder, left?.name ?? right?.name ?? '');
      const gone = fileAt(folder, left);
      const come = fileAt(folder, right);
      if (gone !== undefined && come !== undefined) {
        if (!isSame(gone, come)) yield { path, change: 'modified', before: gone, after: come };
      } else if (gone !== undefined) yield { path, change: 'removed', before: gone };
      else if (come !== undefined) yield { path, change: 'added', after: come };
      yield* this.between(folderOf(left), folderOf(right), path);
    }
  }
}

/** What a file or a link is, wherever that is. */
type FileState = Omit<FileEntry, 'path' | 'size'>;

/** Whether a file or a link is as another. */
export function isSame(one: FileState, other: FileState): boolean {
  return one.kind === other.kind && one.hash === other.hash && one.mode === other.mode && one.target === other.target;
}

function orderOf(left: TreeEntry | undefined, right: TreeEntry | undefined): number {
  if (left === undefined) return 1;
  return right === undefined ? -1 : compareNames(left.name, right.name);
}

function fileAt(folder: string, entry: TreeEntry | undefined): FileEntry | undefined {
  return entry === undefined || entry.kind === 'folder' ? undefined : entryAt(folder, entry);
}

function folderOf(entry: TreeEntry | undefined): Hash | undefined {
  return entry?.kind === 'folder' ? (entry.hash ?? undefined) : undefined;
}
