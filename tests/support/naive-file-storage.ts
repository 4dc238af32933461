import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  Checkout,
  CheckoutOptions,
  FileChange,
  FileEntry,
  FileStorage,
  Snapshot,
  SnapshotOptions,
  StorageCheck,
  Swept,
} from '../../src/index.js';
import { sha256, sha256Hex } from '../../src/domain/shared/hash.js';

interface Content {
  readonly bytes: Buffer;
  givenMs: number;
}

/**
 * The contents of files in a map, and each tree as one list of all that is in it: small enough to be seen through, and
 * with places where a test can make it fail. It knows of no ignore rules and keeps no index.
 */
export class NaiveFileStorage implements FileStorage {
  readonly contents = new Map<string, Content>();
  readonly trees = new Map<string, readonly FileEntry[]>();
  /** Called before the n-th file, from 1, is stored or written. */
  beforeFile: (file: number, progress: () => void) => void | Promise<void> = () => undefined;
  /** What ages are measured by. */
  now: () => number = () => Date.now();

  async snapshot(folder: string, { base, onProgress, signal }: SnapshotOptions = {}): Promise<Snapshot> {
    const entries = read(folder);
    const known = new Set((this.trees.get(base ?? '') ?? []).flatMap(({ hash }) => hash ?? []));
    const blobs: Snapshot['blobs'][number][] = [];
    let files = 0;
    for (const { kind, path, hash, size } of entries) {
      signal?.throwIfAborted();
      if (kind !== 'file' || hash === null || known.has(hash)) continue;
      files += 1;
      await this.beforeFile(files, () => onProgress?.({ files, bytes: 0 }));
      blobs.push({ hash, bytes: size, duplicate: this.contents.has(hash) });
      this.contents.set(hash, { bytes: readFileSync(join(folder, path)), givenMs: this.now() });
    }
    const treeHash = treeHashOf(entries);
    this.trees.set(treeHash, entries);
    const kept = entries.filter(({ kind }) => kind !== 'folder');
    return {
      treeHash,
      fileCount: kept.length,
      totalBytes: kept.reduce((sum, { kind, size }) => sum + (kind === 'file' ? size : 0), 0),
      changes: changesOf(this.trees.get(base ?? '') ?? [], entries),
      blobs,
    };
  }

  compare(folder: string, treeHash: string | undefined): Promise<readonly FileChange[]> {
    return Promise.resolve(changesOf(this.trees.get(treeHash ?? '') ?? [], read(folder)));
  }

  async checkout(folder: string, treeHash: string, options: CheckoutOptions): Promise<Checkout> {
    const { backup, dryRun = false, onProgress, paths, removeOthers } = options;
    const isMeant = ({ path }: { readonly path: string }): boolean =>
      paths?.some((root) => path === root || path.startsWith(`${root}/`)) ?? true;
    mkdirSync(folder, { recursive: true });
    const changes = changesOf(this.#tree(treeHash), read(folder)).filter(isMeant);
    const done = { restored: [] as string[], removed: [] as string[], backedUp: [] as string[], totalBytes: 0 };
    for (const [index, { path, change, before }] of changes.entries()) {
      await this.beforeFile(index + 1, () => onProgress?.({ files: index, bytes: 0, touched: index > 0 }));
      if (change === 'added' && !removeOthers) continue;
      if (backup !== undefined && change !== 'removed' && !dryRun) {
        mkdirSync(dirname(join(backup, path)), { recursive: true });
        writeFileSync(join(backup, path), readFileSync(join(folder, path)));
        done.backedUp.push(path);
      }
      if (change !== 'removed' && !dryRun) rmSync(join(folder, path));
      if (before === undefined) done.removed.push(path);
      else {
        if (!dryRun) this.#write(join(folder, path), before);
        done.restored.push(path);
        done.totalBytes += before.kind === 'file' ? before.size : 0;
      }
    }
    return { ...done, errors: [] };
  }

  async *entries(treeHash: string): AsyncGenerator<FileEntry> {
    await Promise.resolve();
    yield* this.#tree(treeHash);
  }

  diff(before: string, after: string): Promise<readonly FileChange[]> {
    return Promise.resolve(changesOf(this.#tree(before), this.#tree(after)));
  }

  async *read(hash: string): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield this.#content(hash).bytes;
  }

  verify(treeHash: string): Promise<StorageCheck> {
    const hashes = new Map(
      this.#tree(treeHash).flatMap(({ kind, hash, path }) => (kind === 'file' && hash ? [[hash, path]] : [])),
    );
    const problems = [...hashes].flatMap(([hash, path]): StorageCheck['problems'] => {
      const content = this.contents.get(hash);
      if (content === undefined) return [{ hash, path, problem: 'missing' }];
      return hashOf(content.bytes) === hash ? [] : [{ hash, path, problem: 'damaged' }];
    });
    return Promise.resolve({ blobsVerified: hashes.size - problems.length, problems });
  }

  sweep(trees: readonly string[], options: { readonly minAgeMs: number; readonly dryRun?: boolean }): Promise<Swept> {
    const kept = new Set(trees.flatMap((tree) => this.#tree(tree).flatMap(({ hash }) => hash ?? [])));
    const going = [...this.contents].filter(
      ([hash, { givenMs }]) => !kept.has(hash) && this.now() - givenMs >= options.minAgeMs,
    );
    const deleted = going.map(([hash, { bytes }]) => ({ hash, bytes: bytes.length }));
    if (options.dryRun !== true) for (const { hash } of deleted) this.contents.delete(hash);
    const left = this.contents.size - (options.dryRun === true ? deleted.length : 0);
    return Promise.resolve({ kept: left, deleted, freedBytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0) });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #write(path: string, { kind, hash, target }: FileEntry): void {
    mkdirSync(kind === 'folder' ? path : dirname(path), { recursive: true });
    if (kind === 'link') symlinkSync(target ?? '', path);
    else if (hash !== null && kind === 'file') writeFileSync(path, this.#content(hash).bytes);
  }

  #tree(hash: string): readonly FileEntry[] {
    const found = this.trees.get(hash);
    if (found === undefined) throw new Error(`no tree ${hash}`);
    return found;
  }

  #content(hash: string): Content {
    const found = this.contents.get(hash);
    if (found === undefined) throw new Error(`no content ${hash}`);
    return found;
  }
}

function read(folder: string, prefix = ''): readonly FileEntry[] {
  return readdirSync(join(folder, prefix))
    .toSorted()
    .flatMap((name): readonly FileEntry[] => {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      const stats = lstatSync(join(folder, path));
      const mode = stats.mode & 0o777;
      if (stats.isDirectory()) {
        const inside = read(folder, path);
        return [{ path, kind: 'folder', hash: treeHashOf(inside), size: 0, mode }, ...inside];
      }
      if (stats.isSymbolicLink()) {
        const target = readlinkSync(join(folder, path));
        return [{ path, kind: 'link', hash: null, size: target.length, mode: 0, target }];
      }
      const bytes = readFileSync(join(folder, path));
      return [{ path, kind: 'file', hash: hashOf(bytes), size: bytes.length, mode }];
    });
}

function changesOf(before: readonly FileEntry[], after: readonly FileEntry[]): readonly FileChange[] {
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const now = new Map(after.map((entry) => [entry.path, entry]));
  return [...new Set([...old.keys(), ...now.keys()])].toSorted().flatMap((path): readonly FileChange[] => {
    const [one, other] = [old.get(path), now.get(path)];
    if ((one ?? other)?.kind === 'folder' || JSON.stringify(one) === JSON.stringify(other)) return [];
    if (one === undefined) return other === undefined ? [] : [{ path, change: 'added', after: other }];
    if (other === undefined) return [{ path, change: 'removed', before: one }];
    return [{ path, change: 'modified', before: one, after: other }];
  });
}

function treeHashOf(entries: readonly FileEntry[]): string {
  return sha256Hex(JSON.stringify(entries));
}

function hashOf(bytes: Buffer): string {
  return sha256(bytes).toString('hex');
}
