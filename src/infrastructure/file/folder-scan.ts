import fs from 'node:fs';
import type { StoredBlob } from '../../application/file/file-storage.port.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { BlobBatch } from './blob-batch.js';
import { fileChanged } from './file-errors.js';
import { NoFileAnymore, readFile } from './file-reader.js';
import type { Folder } from './folder.js';
import { type FoundFile, readFolder, readLink } from './folder-reader.js';
import type { IgnoreRules } from './ignore-rules.js';
import { asSeen, type IndexedFile, type IndexedFolder, isAsSeen, type StatIndex } from './stat-index.js';
import type { TrackedFolder } from './tracked-folder.js';
import { encodeListing, type TreeEntry } from './tree-listing.js';
import type { Listings } from './tree-reader.js';
import type { WorkControl } from './work-control.js';

/** What a scan goes by. */
export interface ScanContext {
  /** Keeps what is found; without one it is only hashed. */
  readonly batch?: BlobBatch;
  /** What was seen the last time. */
  readonly before: StatIndex;
  /** Whether a content that was not looked at is there. */
  readonly holds: (hash: Hash, size?: number) => boolean;
  /** What changed no earlier than that, by the clock of the file system, is not believed the next time. */
  readonly begunMs: number;
  readonly control: WorkControl;
}

/** What of a folder is a part of the tree. */
interface ScanRules {
  readonly rules: IgnoreRules;
  readonly tracked: TrackedFolder;
}

/** What became of a folder and all that is in it. */
export interface ScannedFolder {
  readonly hash: Hash;
  readonly fileCount: number;
  readonly totalBytes: number;
}

/** Makes a tree of a folder. */
export class FolderScan implements Listings {
  readonly #context: ScanContext;
  readonly #listings = new Map<Hash, readonly TreeEntry[]>();
  /** What was seen, for the next time. */
  readonly folders = new Map<string, IndexedFolder>();
  /** The contents of files that had to be looked at. */
  readonly blobs: StoredBlob[] = [];
  /** Whether anything is other than it was the last time. */
  hasNews = false;

  constructor(context: ScanContext) {
    this.#context = context;
  }

  listing(hash: Hash): readonly TreeEntry[] {
    return this.#listings.get(hash) ?? [];
  }

  /** @param tracked what the folder was last kept as */
  async scan(folder: Folder, above: IgnoreRules, tracked: TrackedFolder): Promise<ScannedFolder> {
    const { control, before } = this.#context;
    const seen = before.folders.get(folder.path);
    const look = new FolderLook(seen);
    // In the order of the bytes: so contents come before the listing that names them, and folders before theirs.
    const { found, rules } = readFolder(folder, above, tracked);
    for (const item of found) {
      if (control.isDue) await control.giveWay();
      if (item.kind === 'folder') await this.#scanChild(folder, item, { rules, tracked }, look);
      else if (!this.#takeKnown(item, look)) await this.#takeNew(folder, item, look, { rules, tracked });
    }
    const hash = await this.#keep(look);
    this.#listings.set(hash, look.entries);
    this.#remember(folder.path, hash, look);
    return { hash, fileCount: look.fileCount, totalBytes: look.totalBytes };
  }

  async #scanChild(folder: Folder, item: FoundFile, by: ScanRules, look: FolderLook): Promise<void> {
    const { name, stat } = item;
    const child = folder.child(name);
    try {
      const { hash, fileCount, totalBytes } = await this.scan(
        child,
        item.isIgnored ? by.rules.within() : by.rules,
        by.tracked.below(name),
      );
      look.addFolder({ name, kind: 'folder', hash, size: 0, mode: stat.mode & 0o777 });
      look.fileCount += fileCount;
      look.totalBytes += totalBytes;
    } finally {
      child.close();
    }
  }

  /** Whether it is as it was, and what it has in it is there. */
  #takeKnown({ name, stat }: FoundFile, look: FolderLook): boolean {
    const known = look.seen?.files.get(name);
    if (known === undefined || !isAsSeen(known, stat)) return false;
    const { entry } = known;
    if (entry.hash !== null && !this.#context.holds(entry.hash, entry.size)) return false;
    look.add(entry, known);
    this.#context.control.advance(1, 0);
    return true;
  }

  async #takeNew(folder: Folder, item: FoundFile, look: FolderLook, by: ScanRules): Promise<void> {
    if (item.kind === 'link') {
      const { target, size } = readLink(folder, item.name);
      this.#add({ name: item.name, kind: 'link', hash: null, size, mode: 0, target }, item.stat, look);
      return;
    }
    const { batch, control } = this.#context;
    try {
      const read = await readFile(folder, item.name, batch, control);
      const { hash, size, stat } = read;
      this.#add({ name: item.name, kind: 'file', hash, size, mode: stat.mode & 0o777 }, stat, look);
      this.blobs.push({ hash, bytes: size, duplicate: read.isDuplicate });
      control.advance(1, size);
    } catch (error) {
      if (!(error instanceof NoFileAnymore)) throw error;
      await this.#lookAgain(folder, item, look, by);
    }
  }

  /** It was a file when the folder was read. */
  async #lookAgain(folder: Folder, item: FoundFile, look: FolderLook, by: ScanRules): Promise<void> {
    const stat = fs.lstatSync(folder.at(item.name), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      // A folder that is ignored is not the file that was tracked.
      if (!item.isIgnored) await this.#scanChild(folder, { ...item, kind: 'folder', stat }, by, look);
    } else if (stat.isSymbolicLink()) await this.#takeNew(folder, { ...item, kind: 'link', stat }, look, by);
    else if (stat.isFile()) throw fileChanged(folder.pathOf(item.name));
  }

  #add(entry: TreeEntry, stat: fs.Stats, look: FolderLook): void {
    const { begunMs } = this.#context;
    const isSure = stat.mtimeMs < begunMs && stat.ctimeMs < begunMs;
    look.add(entry, isSure ? asSeen(entry, stat) : undefined);
  }

  /** Keeps the listing of a folder, unless that is what it was. */
  async #keep(look: FolderLook): Promise<Hash> {
    const { seen } = look;
    if (seen !== undefined && look.hasSameEntries && this.#context.holds(seen.hash)) return seen.hash;
    const { hash, text } = encodeListing(look.entries);
    await this.#context.batch?.add(hash, Buffer.from(text, 'utf8'));
    return hash;
  }

  #remember(path: string, hash: Hash, look: FolderLook): void {
    const { seen } = look;
    if (seen !== undefined && look.isSame) {
      this.folders.set(path, seen);
      return;
    }
    this.hasNews = true;
    this.folders.set(path, { hash, listing: look.entries, files: look.files });
  }
}

/** What one look at a folder finds, beside what the last one did. */
class FolderLook {
  readonly seen: IndexedFolder | undefined;
  readonly entries: TreeEntry[] = [];
  readonly files = new Map<string, IndexedFile>();
  readonly #folders: ReadonlyMap<string, TreeEntry>;
  fileCount = 0;
  totalBytes = 0;
  #same = 0;
  #sameFiles = 0;

  constructor(seen: IndexedFolder | undefined) {
    this.seen = seen;
    const folders = seen?.listing.filter(({ kind }) => kind === 'folder') ?? [];
    this.#folders = new Map(folders.map((entry) => [entry.name, entry]));
  }

  get hasSameEntries(): boolean {
    return this.#same === this.entries.length && this.#same === this.seen?.listing.length;
  }

  /** Whether the next look will find all that this one has in what the last one has left. */
  get isSame(): boolean {
    return this.hasSameEntries && this.#sameFiles === this.files.size && this.files.size === this.seen?.files.size;
  }

  add(entry: TreeEntry, file: IndexedFile | undefined): void {
    if (this.seen?.listing[this.entries.length] === entry) this.#same += 1;
    this.entries.push(entry);
    if (file !== undefined) {
      this.files.set(entry.name, file);
      if (this.seen?.files.get(entry.name) === file) this.#sameFiles += 1;
    }
    this.fileCount += 1;
    this.totalBytes += entry.kind === 'file' ? entry.size : 0;
  }

  addFolder(entry: TreeEntry): void {
    const known = this.#folders.get(entry.name);
    const isKnown = known?.hash === entry.hash && known.mode === entry.mode;
    const same = known !== undefined && isKnown ? known : entry;
    if (this.seen?.listing[this.entries.length] === same) this.#same += 1;
    this.entries.push(same);
  }
}
