import fs from 'node:fs';
import { bytesOf, compareNames, isOddName, isPlain, nameOf } from './name-bytes.js';
import { fileFailed, pathEscapes } from './file-errors.js';

/** Paths that are longer are led through an open folder: Linux takes none of more than 4,096 bytes. */
const LONG_PATH = 1_024;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants as Partial<typeof fs.constants>;

/** Where Linux shows what a process has open: a path through it begins there, wherever the folder is by now. */
const OPEN_FOLDERS = '/proc/self/fd';
const HAS_OPEN_FOLDERS = process.platform === 'linux' && fs.existsSync(OPEN_FOLDERS);

/**
 * A folder and the names in it. One that is held is open: what is done in it is done in that very folder, even if
 * somebody puts a link in its place, as openat(2) would. Where the system does not have that, each folder on the way is
 * looked at, which leaves a moment for it.
 */
export class Folder {
  /** Relative to the root, in the form of a name; the root has none. */
  readonly path: string;
  /** The way to it: names that are not UTF-8 are in it as they are in strings. */
  readonly #way: string;
  readonly #isHeld: boolean;
  readonly #isOdd: boolean;
  readonly #descriptor: number | undefined;

  private constructor(path: string, way: string, isHeld: boolean, descriptor: number | undefined) {
    this.path = path;
    this.#isHeld = isHeld;
    this.#descriptor = descriptor;
    this.#way = descriptor === undefined ? way : `${OPEN_FOLDERS}/${descriptor}`;
    this.#isOdd = isOddName(this.#way);
  }

  /** @param held whether nothing may be led out of it by links */
  static root(way: string, held: boolean): Folder {
    return new Folder('', way, held, held ? openFolder(way, O_RDONLY, '') : undefined);
  }

  /** The way to a name in it. */
  at(name: string): fs.PathLike {
    const way = `${this.#way}/${name}`;
    return this.#isOdd || isOddName(name) ? bytesOf(way) : way;
  }

  /** The way to itself. */
  get self(): fs.PathLike {
    return this.#isOdd ? bytesOf(this.#way) : this.#way;
  }

  /** Its path, and a name in it. */
  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}/${name}`;
  }

  /**
   * A folder in it. It has to be closed.
   *
   * @throws WaymarkError `WAYMARK_FILE_PATH_ESCAPES` if there is a link or a file in its place, and it is held
   */
  child(name: string): Folder {
    const path = this.pathOf(name);
    const way = `${this.#way}/${name}`;
    if (!this.#isHeld && way.length < LONG_PATH) return new Folder(path, way, false, undefined);
    return new Folder(path, way, this.#isHeld, openFolder(this.at(name), (O_RDONLY ?? 0) | (O_NOFOLLOW ?? 0), path));
  }

  /** What is in it, in the order of the bytes. */
  names(): string[] {
    const names = fs.readdirSync(this.self);
    // Nearly always: then nothing has to be compared byte by byte, and Node could read all of it as UTF-8.
    if (isPlain(names.join(''))) return names.toSorted();
    const all = fs.readdirSync(this.self, 'buffer').map(nameOf);
    return all.toSorted(compareNames);
  }

  close(): void {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
  }
}

/** @returns `undefined` where a folder can't be led through */
function openFolder(way: fs.PathLike, flags: number | undefined, path: string): number | undefined {
  if (HAS_OPEN_FOLDERS) {
    try {
      return fs.openSync(way, (flags ?? 0) | (O_DIRECTORY ?? 0));
    } catch (error) {
      throw refused(path, error);
    }
  }
  const found = path === '' ? fs.statSync(way) : fs.lstatSync(way);
  if (!found.isDirectory()) throw pathEscapes(path, 'there is a link or a file in the place of a folder');
  return undefined;
}

function refused(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (path !== '' && (code === 'ELOOP' || code === 'ENOTDIR')) {
    return pathEscapes(path, 'there is a link or a file in the place of a folder');
  }
  return fileFailed('opening', path, error);
}
