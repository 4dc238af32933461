import fs from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';

/** What is Waymark's own, and no part of anybody's files. */
export interface OwnPlaces {
  /** The folder of all that is on disk. */
  readonly home?: string | undefined;
  /** The file of the store; what is beside it begins with its name and `-` or `.`: `-wal`, `.spill`. */
  readonly store?: string | undefined;
}

/** What else is not, where a folder is kept. */
export interface StoragePlaces extends OwnPlaces {
  /** The folder of the contents. */
  readonly contents?: string | undefined;
  /** An index of the folder, with what will take its place. */
  readonly index?: string | undefined;
}

/** What takes the place of an index has its name with this at the end. */
export const DRAFT = '.new';

/** Which paths of a folder are Waymark's own. They are as if they were not there, whatever becomes of the others. */
export class OwnPaths {
  /** Whether the folder itself is: then all that is in it. */
  readonly #isAll: boolean;
  readonly #store: readonly string[];
  readonly #index: readonly string[];
  readonly #all: readonly string[];

  private constructor(folder: string, { home, store, contents, index }: StoragePlaces) {
    const real = realOf(folder);
    const within = (place: string | undefined): string[] => (place === undefined ? [] : pathsWithin(real, place));
    this.#isAll = isIn(real, contents) || (home !== undefined && realOf(home) === real);
    this.#store = within(store);
    this.#index = within(index);
    this.#all = [...within(home), ...within(contents), ...this.#store, ...this.#index];
  }

  /** Links on the way to a place, and the place itself being one, make no difference. It need not be there. */
  static within(folder: string, places: StoragePlaces): OwnPaths {
    return new OwnPaths(folder, places);
  }

  /** Whether a path is one of them, or below one. */
  has(path: string): boolean {
    if (this.#isAll) return true;
    if (this.#all.length === 0) return false;
    return (
      this.#all.some((place) => path === place || path.startsWith(`${place}/`)) ||
      this.#store.some((store) => path.startsWith(`${store}-`) || path.startsWith(`${store}.`)) ||
      this.#index.some((index) => path.startsWith(`${index}.`) && path.endsWith(DRAFT))
    );
  }

  /** Whether one of them is below a path: whatever has it can't be but a folder. */
  isBelow(path: string): boolean {
    return this.#all.some((place) => place.startsWith(`${path}/`));
  }
}

/** A place relative to a folder, by its own name and by what that leads to. Nothing for one that is not within. */
function pathsWithin(folder: string, place: string): string[] {
  const named = join(realOf(dirname(place)), basename(place));
  const paths = [...new Set([named, realOf(place)])].map((path) => relative(folder, path));
  return paths.filter((path) => path !== '' && !leadsOut(path)).map((path) => path.split(sep).join('/'));
}

function isIn(folder: string, place: string | undefined): boolean {
  return place !== undefined && !leadsOut(relative(realOf(place), folder));
}

function leadsOut(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
}

/** A path without links on the way, as far as there is anything. */
function realOf(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realOf(above), basename(path));
  }
}
