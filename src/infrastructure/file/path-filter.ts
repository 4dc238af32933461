import { namesOf } from './tree-listing.js';

/** What part of a tree is wanted. */
export class PathFilter {
  readonly #paths: readonly string[] | undefined;

  /** @throws WaymarkError `WAYMARK_FILE_PATH_ESCAPES` */
  constructor(paths: readonly string[] | undefined) {
    this.#paths = paths?.map((path) => namesOf(path).join('/'));
  }

  /** Whether a path is one of them, or below one. */
  wants(path: string): boolean {
    return this.#paths === undefined || this.#paths.some((wanted) => path === wanted || path.startsWith(`${wanted}/`));
  }

  /** Whether one of them may be below a path. */
  leadsThrough(path: string): boolean {
    return this.wants(path) || this.#paths?.some((wanted) => wanted.startsWith(`${path}/`)) === true;
  }
}
