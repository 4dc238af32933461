import fs from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { type Hash, sha256Hex } from '../../domain/shared/hash.js';
import { fileFailed } from './file-errors.js';
import { DRAFT } from './own-places.js';
import type { TreeEntry } from './tree-listing.js';

/** What was seen of a file or a link, and what it had in it. */
export interface IndexedFile {
  readonly entry: TreeEntry;
  readonly size: number;
  /** Milliseconds with their fraction, as Node gives them: about a quarter of a microsecond apart. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
  /** Whether it is a link to a file of the storage: links that others make change its ctime. */
  readonly isLinked: boolean;
}

/** What was seen of a folder. */
export interface IndexedFolder {
  readonly hash: Hash;
  readonly listing: readonly TreeEntry[];
  /** The files and links among them whose next look can be saved. */
  readonly files: ReadonlyMap<string, IndexedFile>;
  /** How it is kept; made once. */
  line?: string;
}

/** What is kept of a look at a folder and all that is in it. */
export interface StatIndex {
  /** That of the storage, when all of its contents were there. */
  readonly generation: string;
  /** When all of its contents were last marked as used, in milliseconds since 1970. */
  readonly usedAtMs: number;
  /** By their paths; the root is `''`. */
  readonly folders: ReadonlyMap<string, IndexedFolder>;
}

/** An index that knows nothing. */
export const NO_INDEX: StatIndex = Object.freeze({ generation: '', usedAtMs: 0, folders: new Map() });

const FORMAT = 'waymark-index 1';

/** Whether a file is as it was seen. */
export function isAsSeen(file: IndexedFile, now: fs.Stats): boolean {
  return (
    file.mtimeMs === now.mtimeMs &&
    file.size === now.size &&
    file.ino === now.ino &&
    file.mode === now.mode &&
    (file.isLinked || file.ctimeMs === now.ctimeMs)
  );
}

/** What there is to remember of a file. */
export function asSeen(entry: TreeEntry, now: fs.Stats, isLinked = false): IndexedFile {
  const { size, mtimeMs, ctimeMs, ino, mode } = now;
  return { entry, size, mtimeMs, ctimeMs, ino, mode, isLinked };
}

/** The text of an index: a line for each folder, and the hash of all of them. */
export function encodeIndex(folder: string, { generation, usedAtMs, folders }: StatIndex): string {
  const lines = [FORMAT, JSON.stringify([folder, generation, usedAtMs])];
  for (const [path, indexed] of folders) lines.push((indexed.line ??= encodeFolder(path, indexed)));
  const text = lines.join('\n');
  return `${text}\n${sha256Hex(text)}\n`;
}

/** @returns `undefined` for what is damaged, or of another folder or format: then everything is looked at anew */
export function decodeIndex(folder: string, text: string): StatIndex | undefined {
  const end = text.lastIndexOf('\n', text.length - 2);
  const whole = text.slice(0, end);
  if (end < 0 || text.slice(end + 1) !== `${sha256Hex(whole)}\n`) return undefined;
  const [format, head = '', ...lines] = whole.split('\n');
  if (format !== FORMAT) return undefined;
  const [of, generation, usedAtMs] = JSON.parse(head) as readonly [string, string, number];
  if (of !== folder) return undefined;
  return { generation, usedAtMs, folders: new Map(lines.map(decodeFolder)) };
}

type EncodedFile = readonly [...EncodedEntry, number, number, number, number, number, 0 | 1];
type EncodedEntry = readonly [
  name: string,
  kind: TreeEntry['kind'],
  mode: number,
  hash: Hash | null,
  size: number,
  target: string | 0,
];

function encodeFolder(path: string, { hash, listing, files }: IndexedFolder): string {
  const rows = listing.map((entry) => {
    const { name, kind, mode, size, target } = entry;
    const row: EncodedEntry = [name, kind, mode, entry.hash, size, target ?? 0];
    const file = files.get(name);
    if (file === undefined) return row;
    return [...row, file.size, file.mtimeMs, file.ctimeMs, file.ino, file.mode, file.isLinked ? 1 : 0];
  });
  return JSON.stringify([path, hash, rows]);
}

function decodeFolder(line: string): [string, IndexedFolder] {
  const [path, hash, rows] = JSON.parse(line) as readonly [string, Hash, readonly (EncodedEntry | EncodedFile)[]];
  const files = new Map<string, IndexedFile>();
  const listing = rows.map((row) => {
    const [name, kind, mode, content, size, target] = row;
    const entry: TreeEntry = { name, kind, mode, hash: content, size, ...(target === 0 ? {} : { target }) };
    if (row.length > 6) files.set(name, decodeFile(entry, row as EncodedFile));
    return entry;
  });
  return [path, { hash, listing, files, line }];
}

function decodeFile(entry: TreeEntry, row: EncodedFile): IndexedFile {
  const [, , , , , , size, mtimeMs, ctimeMs, ino, mode, isLinked] = row;
  return { entry, size, mtimeMs, ctimeMs, ino, mode, isLinked: isLinked === 1 };
}

/** An index on disk, and what time it is there. */
export class IndexFile {
  readonly #path: string;
  readonly #folder: string;
  readonly #next: string;
  readonly #recent: Map<string, RecentIndex>;
  #descriptor: number | undefined;

  /** @param recent those that were read or written last, so that they are not read again */
  constructor(path: string, folder: string, recent: Map<string, RecentIndex>) {
    this.#path = path;
    this.#folder = folder;
    this.#next = `${path}.${randomUUID()}${DRAFT}`;
    this.#recent = recent;
  }

  /** What it says; nothing, where it is not there or can't be believed. */
  read(): StatIndex {
    const stat = fs.statSync(this.#path, { throwIfNoEntry: false });
    if (stat === undefined) return NO_INDEX;
    const recent = this.#recent.get(this.#path);
    if (recent?.folder === this.#folder && recent.version === versionOf(stat)) return recent.index;
    try {
      const index = decodeIndex(this.#folder, fs.readFileSync(this.#path, 'utf8')) ?? NO_INDEX;
      this.#remember(index, stat);
      return index;
    } catch {
      // It only saves work, and what it saves is done.
      return NO_INDEX;
    }
  }

  /**
   * What time it is for the file system, in milliseconds: its clock goes by steps, and not by those of others. A file
   * that was changed no earlier than that may change again without being told from how it was (as git's
   * documentation of racy files has it).
   */
  now(): number {
    try {
      this.#descriptor ??= fs.openSync(this.#next, 'wx', 0o600);
      fs.writeSync(this.#descriptor, '\n', 0);
      return fs.fstatSync(this.#descriptor).mtimeMs;
    } catch (error) {
      throw fileFailed('writing', this.#next, error);
    }
  }

  /** Replaces it. It need not be on disk: one that is torn is not believed. */
  write(index: StatIndex): void {
    try {
      const now = this.now();
      if (this.#descriptor === undefined) return;
      const last = this.#recent.get(this.#path)?.tidiedAtMs ?? 0;
      const isTidy = now - last < LEFT_AFTER_MS;
      if (!isTidy) this.#tidy(now);
      fs.writeFileSync(this.#next, encodeIndex(this.#folder, index), { mode: 0o600 });
      fs.closeSync(this.#descriptor);
      this.#descriptor = undefined;
      fs.renameSync(this.#next, this.#path);
      this.#remember(index, fs.statSync(this.#path), isTidy ? last : now);
    } catch (error) {
      // Somebody took it for a leftover right then. What it would have saved is done again.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && fs.existsSync(dirname(this.#path))) return;
      throw fileFailed('writing', this.#path, error);
    }
  }

  /**
   * Has it for this process alone, until it is written: what is on disk is older, and so what has changed since is looked at
   * by others.
   */
  keepInMemory(index: StatIndex): void {
    const stat = fs.statSync(this.#path, { throwIfNoEntry: false });
    if (stat !== undefined) this.#remember(index, stat);
  }

  /** Leaves nothing beside it. */
  close(): void {
    if (this.#descriptor === undefined) return;
    fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
    fs.rmSync(this.#next, { force: true });
  }

  /**
   * Takes away what processes that were killed have left beside it. One that is in use for that long is
   * taken away too, which does no harm: it has its content in one go, right before it is renamed.
   */
  #tidy(now: number): void {
    const folder = dirname(this.#path);
    const start = `${basename(this.#path)}.`;
    for (const name of fs.readdirSync(folder)) {
      if (!name.startsWith(start) || !name.endsWith(DRAFT)) continue;
      const path = join(folder, name);
      const stat = fs.statSync(path, { throwIfNoEntry: false });
      if (stat !== undefined && now - stat.mtimeMs >= LEFT_AFTER_MS) fs.rmSync(path, { force: true });
    }
  }

  #remember(index: StatIndex, stat: fs.Stats, tidiedAtMs = this.#recent.get(this.#path)?.tidiedAtMs ?? 0): void {
    this.#recent.delete(this.#path);
    this.#recent.set(this.#path, { folder: this.#folder, version: versionOf(stat), index, tidiedAtMs });
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MOST_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }
}

/** An index that is in memory. */
export interface RecentIndex {
  readonly folder: string;
  readonly version: string;
  readonly index: StatIndex;
  /** When what others have left beside it was last looked for, by the clock of the file system. */
  readonly tidiedAtMs: number;
}

/** What was to become an index, and was not written to for that long, is nobody's any more. */
const LEFT_AFTER_MS = 600_000;

/** How many are in memory: some two megabytes for ten thousand files. */
const MOST_RECENT = 4;

function versionOf({ ino, size, mtimeMs, ctimeMs }: fs.Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
