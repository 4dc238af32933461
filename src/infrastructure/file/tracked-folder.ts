import { WaymarkError } from '../../domain/shared/errors.js';
import type { Hash } from '../../domain/shared/hash.js';
import { EMPTY_LISTING, type TreeEntry } from './tree-listing.js';
import type { Listings } from './tree-reader.js';

/**
 * What a folder had in the tree that it was last kept as. That stays a part of it when a `.gitignore` file names it
 * later, as git does with what it tracks. Listings are read when something is ignored, and not before.
 */
export class TrackedFolder {
  /** A folder that was never kept. */
  static readonly NONE = new TrackedFolder({ listing: () => EMPTY_LISTING }, () => undefined);

  readonly #trees: Listings;
  readonly #hash: () => Hash | undefined;
  #entries: ReadonlyMap<string, TreeEntry> | undefined;

  private constructor(trees: Listings, hash: () => Hash | undefined) {
    this.#trees = trees;
    this.#hash = hash;
  }

  static of(trees: Listings, hash: Hash | undefined): TrackedFolder {
    return hash === undefined ? TrackedFolder.NONE : new TrackedFolder(trees, () => hash);
  }

  /** Whether a name was there. A folder is not the file that had its name, nor the other way round. */
  has(name: string, isFolder: boolean): boolean {
    const entry = this.#all().get(name);
    return entry !== undefined && (entry.kind === 'folder') === isFolder;
  }

  /** A folder in it. */
  below(name: string): TrackedFolder {
    if (this === TrackedFolder.NONE) return this;
    return new TrackedFolder(this.#trees, () => {
      const entry = this.#all().get(name);
      return entry?.kind === 'folder' ? (entry.hash ?? undefined) : undefined;
    });
  }

  #all(): ReadonlyMap<string, TreeEntry> {
    if (this.#entries === undefined) {
      const hash = this.#hash();
      const listing = hash === undefined ? EMPTY_LISTING : this.#trees.listing(hash);
      this.#entries = new Map(listing.map((entry) => [entry.name, entry]));
    }
    return this.#entries;
  }
}

/** Listings of which some may be lost: there is nothing in those. */
export class ListingsLeft implements Listings {
  readonly #trees: Listings;

  constructor(trees: Listings) {
    this.#trees = trees;
  }

  listing(hash: Hash): readonly TreeEntry[] {
    try {
      return this.#trees.listing(hash);
    } catch (error) {
      if (WaymarkError.is(error)) return EMPTY_LISTING;
      throw error;
    }
  }
}
