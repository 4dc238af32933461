import { resolve } from 'node:path';
import type {
  Checkout,
  CheckoutOptions,
  FileStorage,
  FileWorkOptions,
  Snapshot,
  SnapshotOptions,
  StorageCheck,
  Swept,
} from '../../application/file/file-storage.port.js';
import type { FileChange, FileEntry } from '../../domain/file/file-commit.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import type { Hash } from '../../domain/shared/hash.js';
import { BlobStore, readPieces } from './blob-store.js';
import { FileThread } from './file-thread.js';
import type { OwnPlaces } from './own-places.js';
import { entryAt, join } from './tree-reader.js';

/** Where the files are kept. */
export interface LocalFileStorageOptions {
  /** The folder with the contents. It is made when something is kept. */
  readonly folder: string;
  /**
   * What is Waymark's own beside it: no commit has it, and no checkout touches it, in whatever folder it is. `home` is the
   * folder of all that is on disk, `store` the file of the store, with what begins with its name and `-` or `.`.
   */
  readonly own?: OwnPlaces;
}

/**
 * Files in a folder of this machine, under the SHA-256 of their contents. Processes may share it. docs/files.md tells
 * how it is laid out.
 *
 * @example
 * const storage = new LocalFileStorage({ folder: './waymark.files/files' });
 * const { treeHash } = await storage.snapshot('./project');
 * await storage.checkout('./copy', treeHash, { removeOthers: true });
 * await storage.close();
 */
export class LocalFileStorage implements FileStorage {
  readonly #store: BlobStore;
  readonly #thread: FileThread;

  constructor({ folder, own = {} }: LocalFileStorageOptions) {
    const path = resolve(folder);
    this.#store = new BlobStore(path);
    this.#thread = new FileThread({ folder: path, own: absolute(own) });
  }

  async snapshot(folder: string, options: SnapshotOptions = {}): Promise<Snapshot> {
    return this.#thread.run('snapshot', [resolve(folder), lookOptions(options)], options);
  }

  async compare(
    folder: string,
    treeHash: Hash | undefined,
    options: SnapshotOptions = {},
  ): Promise<readonly FileChange[]> {
    assertHash(treeHash);
    return this.#thread.run('compare', [resolve(folder), treeHash, lookOptions(options)], options);
  }

  async checkout(folder: string, treeHash: Hash, options: CheckoutOptions): Promise<Checkout> {
    assertHash(treeHash);
    assertHash(options.base);
    const { signal: _signal, onProgress: _onProgress, index, backup, ...rest } = options;
    const places = {
      ...(index === undefined ? {} : { index: resolve(index) }),
      ...(backup === undefined ? {} : { backup: resolve(backup) }),
    };
    return this.#thread.run('checkout', [resolve(folder), treeHash, { ...rest, ...places }], options);
  }

  async *entries(treeHash: Hash): AsyncGenerator<FileEntry> {
    assertHash(treeHash);
    yield* this.#entriesOf(treeHash, '');
  }

  async diff(before: Hash, after: Hash): Promise<readonly FileChange[]> {
    assertHash(before);
    assertHash(after);
    return this.#thread.run('diff', [before, after]);
  }

  async *read(hash: Hash): AsyncGenerator<Uint8Array> {
    assertHash(hash);
    yield* readPieces(this.#store, hash);
  }

  async verify(treeHash: Hash, options: FileWorkOptions = {}): Promise<StorageCheck> {
    assertHash(treeHash);
    return this.#thread.run('verify', [treeHash], options);
  }

  async sweep(
    trees: readonly Hash[],
    options: FileWorkOptions & { readonly minAgeMs: number; readonly dryRun?: boolean },
  ): Promise<Swept> {
    for (const tree of trees) assertHash(tree);
    const { minAgeMs, dryRun = false } = options;
    return this.#thread.run('sweep', [trees, { minAgeMs, dryRun }], options);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async *#entriesOf(hash: Hash, folder: string): AsyncGenerator<FileEntry> {
    for (const entry of await this.#thread.run('listing', [hash])) {
      yield entryAt(folder, entry);
      if (entry.kind === 'folder' && entry.hash !== null) {
        yield* this.#entriesOf(entry.hash, join(folder, entry.name));
      }
    }
  }
}

/** The process may go to another folder. */
function absolute({ home, store }: OwnPlaces): OwnPlaces {
  return {
    ...(home === undefined ? {} : { home: resolve(home) }),
    ...(store === undefined ? {} : { store: resolve(store) }),
  };
}

/** What can be sent to another thread of it. */
function lookOptions({ ignore, base, index }: SnapshotOptions): Pick<SnapshotOptions, 'ignore' | 'base' | 'index'> {
  assertHash(base);
  return {
    ...(ignore === undefined ? {} : { ignore }),
    ...(base === undefined ? {} : { base }),
    ...(index === undefined ? {} : { index: resolve(index) }),
  };
}

/** A hash is a part of a path: it has to be one. */
function assertHash(hash: Hash | undefined): void {
  if (hash === undefined || /^[0-9a-f]{64}$/.test(hash)) return;
  throw new InvalidArgumentError(`${JSON.stringify(hash.slice(0, 80))} is no hash of a content.`, {
    hint: 'Give it as a commit has it: 64 hexadecimal digits, in lower case.',
  });
}
