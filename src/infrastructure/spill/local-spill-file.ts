import { randomUUID } from 'node:crypto';
import { constants, mkdirSync, utimesSync } from 'node:fs';
import { access, readdir, rename, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SpillFile } from '../../application/audit/spill-file.port.js';
import type { ProcessIdentity } from '../../application/execution/process-identity.port.js';
import type { Clock } from '../../domain/shared/clock.js';
import { sha256Hex } from '../../domain/shared/hash.js';
import { framed, SpillSegment } from './spill-segment.js';

/** Where to spill, and how much. */
export interface LocalSpillOptions {
  /** What the paths of the files begin with: `PREFIX.PROCESS.FILE.jsonl`. The folder is made when it is needed. */
  readonly prefix: string;
  /** How many bytes may wait. */
  readonly maxBytes: number;
  readonly identity: ProcessIdentity;
  readonly clock: Clock;
  /**
   * What tells the master key of this process from others, where it has one: letters and digits. What the files hold is
   * lost on who can't decrypt it, so that a process leaves alone those that need a key which it has not.
   */
  readonly masterId?: string;
}

/**
 * How long a file has to be untouched until its owner counts as gone where that can't be proved (it may run on another
 * machine), in milliseconds. A process touches its files each time it has tried to write to the store.
 */
const STALE_MS = 600_000;
const SUFFIX = '.jsonl';
/** What stands in a name before the id of a master key. */
const KEY_MARK = '+';
/** What a file system takes as a name, with room for the prefix. */
const MAX_OWNER_LENGTH = 160;

/**
 * Spill files of one process, each named after it: who takes over a file renames it to its own name, which only one of
 * several can do.
 */
export class LocalSpillFile implements SpillFile {
  readonly #options: LocalSpillOptions;
  readonly #owner: string;
  /** Oldest first. The last one is written to where it is this process's own. */
  readonly #segments: SpillSegment[] = [];
  #writing: SpillSegment | undefined;
  #isClosed = false;

  constructor(options: LocalSpillOptions) {
    this.#options = options;
    this.#owner = nameOf(options.identity.self);
  }

  get count(): number {
    return this.#segments.reduce((sum, { count }) => sum + count, 0);
  }

  get limit(): string {
    return `the spill file had reached ${this.#options.maxBytes} bytes`;
  }

  async adopt(): Promise<number> {
    const adopted: SpillSegment[] = [];
    for (const name of await this.#leftBehind()) {
      const segment = await this.#take(name);
      if (segment !== undefined) adopted.push(segment);
    }
    this.#segments.unshift(...adopted);
    const lines = adopted.reduce((sum, { count }) => sum + count, 0);
    this.#dropEmpty();
    return lines;
  }

  append(lines: readonly string[], beyondLimit = false): number {
    const all = lines.map(framed);
    const maxBytes = beyondLimit ? Infinity : this.#options.maxBytes;
    let free = maxBytes - this.#segments.reduce((sum, { size }) => sum + size, 0);
    let fitting = 0;
    for (const line of all) {
      free -= line.length;
      if (free < 0) break;
      fitting += 1;
    }
    if (fitting > 0) this.#segment().append(all.slice(0, fitting));
    return fitting;
  }

  async peek(max: number): Promise<readonly (string | undefined)[]> {
    return (await this.#segments[0]?.peek(max)) ?? [];
  }

  remove(count: number): void {
    this.#segments[0]?.skip(count);
    this.#dropEmpty();
  }

  touch(): void {
    const now = new Date(this.#options.clock.now());
    for (const { path } of this.#segments) {
      try {
        utimesSync(path, now, now);
      } catch {
        // Whether the file can be read tells more than whether it can be touched.
      }
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const segment of this.#segments) segment.close();
  }

  #segment(): SpillSegment {
    if (this.#writing?.isInPlace === true) return this.#writing;
    mkdirSync(dirname(this.#options.prefix), { recursive: true, mode: 0o700 });
    this.#writing = SpillSegment.create(this.#newPath(this.#options.masterId));
    this.#segments.push(this.#writing);
    return this.#writing;
  }

  #dropEmpty(): void {
    while (this.#segments[0]?.count === 0) {
      const [segment] = this.#segments.splice(0, 1);
      if (segment === this.#writing) this.#writing = undefined;
      segment?.remove();
    }
  }

  /** A path that no file has: to rename to one that has would remove it. */
  #newPath(masterId: string | undefined): string {
    const key = masterId === undefined ? '' : KEY_MARK + masterId;
    return `${this.#options.prefix}.${this.#owner}.${randomUUID().slice(0, 8)}${key}${SUFFIX}`;
  }

  /** The names of the files whose process is gone, oldest first. */
  async #leftBehind(): Promise<readonly string[]> {
    const { prefix, clock, identity } = this.#options;
    const folder = dirname(prefix);
    const start = `${basename(prefix)}.`;
    const open = new Set(this.#segments.map(({ path }) => basename(path)));
    const found: { readonly name: string; readonly changedAt: number }[] = [];
    for (const name of await readdir(folder).catch(none)) {
      if (!name.startsWith(start) || !name.endsWith(SUFFIX) || open.has(name)) continue;
      const changedAt = (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs;
      if (changedAt === undefined) continue;
      const { owner, masterId } = partsOf(name.slice(start.length, -SUFFIX.length));
      if (masterId !== undefined && masterId !== this.#options.masterId) continue;
      const isGone = owner === identity.self || (owner !== undefined && identity.isGone(owner));
      if (isGone || clock.now() - changedAt > STALE_MS) found.push({ name, changedAt });
    }
    return found.toSorted((a, b) => a.changedAt - b.changedAt || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
  }

  /** Takes a file over, unless somebody else is faster. */
  async #take(name: string): Promise<SpillSegment | undefined> {
    const from = join(dirname(this.#options.prefix), name);
    const now = new Date(this.#options.clock.now());
    try {
      await access(from, constants.R_OK | constants.W_OK);
      await utimes(from, now, now);
      const to = this.#newPath(partsOf(name.slice(0, -SUFFIX.length)).masterId);
      await rename(from, to);
      return await SpillSegment.adopt(to);
    } catch (error) {
      // Somebody else has taken it, or it is another user's.
      if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }
}

/** An owner as a part of a file's name. Of one that is too long nothing can be proved but that it is no more there. */
function nameOf(owner: string): string {
  const encoded = encodeURIComponent(owner).replaceAll('*', '%2A');
  return encoded.length <= MAX_OWNER_LENGTH ? encoded : sha256Hex(owner);
}

/** The owner, and the master key, in `OWNER.FILE` or `OWNER.FILE+KEY`. */
function partsOf(text: string): { readonly owner: string | undefined; readonly masterId: string | undefined } {
  const dot = Math.max(0, text.lastIndexOf('.'));
  const masterId = text.slice(dot).split(KEY_MARK)[1];
  try {
    return { owner: decodeURIComponent(text.slice(0, dot)), masterId };
  } catch {
    return { owner: undefined, masterId };
  }
}

/** A folder that is not there, or that nobody may look into, holds nothing to take over. */
function none(): string[] {
  return [];
}
