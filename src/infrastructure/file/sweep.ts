import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Swept } from '../../application/file/file-storage.port.js';
import type { Hash } from '../../domain/shared/hash.js';
import { ASIDE, type BlobStore } from './blob-store.js';
import { fileFailed } from './file-errors.js';
import type { Listings } from './tree-reader.js';
import type { WorkControl } from './work-control.js';
import type { Workshop } from './workshop.js';

/** What somebody is writing is left alone for at least so long: a day. */
const TEMPORARY_AGE_MS = 86_400_000;

/** What is collected. */
export interface SweepOptions {
  readonly minAgeMs: number;
  readonly dryRun?: boolean;
}

/** See {@link FileStorage.sweep}. */
export async function sweepContents(
  { store, trees }: Workshop,
  roots: readonly Hash[],
  { minAgeMs, dryRun = false }: SweepOptions,
  control: WorkControl,
): Promise<Swept> {
  const reachable = await reachableFrom(roots, trees, control);
  const sweep = new Sweep(store, Date.now() - minAgeMs);
  let kept = 0;
  const garbage: Hash[] = [];
  for (const hash of hashesIn(store)) {
    if (control.isDue) await control.giveWay();
    control.advance(1, 0);
    if (reachable.has(hash) || !sweep.isOld(store.pathOf(hash))) kept += 1;
    else garbage.push(hash);
  }
  const deleted: { hash: Hash; bytes: number }[] = [];
  let freedBytes = 0;
  // Whoever is just committing looks again at what it believes to be there; before, and after.
  if (!dryRun && garbage.length > 0) store.nextGeneration();
  try {
    for (const hash of garbage) {
      if (control.isDue) await control.giveWay();
      const bytes = store.find(hash)?.size ?? 0;
      const freed = dryRun ? sizeOf(store.pathOf(hash)) : sweep.remove(hash);
      if (freed === undefined) kept += 1;
      else {
        freedBytes += freed;
        deleted.push({ hash, bytes });
      }
    }
    if (!dryRun) freedBytes += sweep.removeLinks() + sweep.removeTemporary(minAgeMs);
  } finally {
    sweep.end();
    if (!dryRun && garbage.length > 0) store.nextGeneration();
  }
  return { kept, deleted, freedBytes };
}

/** Takes contents away, one by one. */
class Sweep {
  readonly #store: BlobStore;
  readonly #newestMs: number;
  readonly #aside: string;

  constructor(store: BlobStore, newestMs: number) {
    this.#store = store;
    this.#newestMs = newestMs;
    this.#aside = join(store.temporary, `${ASIDE}${randomUUID()}`);
  }

  /** Whether nobody has given or found it for a while. */
  isOld(path: string): boolean {
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && stat.mtimeMs <= this.#newestMs;
  }

  /**
   * A content is laid aside, and looked at again: somebody may have found it a moment ago. From now on nobody does, and
   * who needs it writes it anew.
   *
   * @returns how many bytes that has freed; `undefined` if it stays
   */
  remove(hash: Hash): number | undefined {
    const path = this.#store.pathOf(hash);
    const aside = join(this.#aside, hash);
    try {
      fs.mkdirSync(this.#aside, { recursive: true });
      fs.renameSync(path, aside);
      if (!this.isOld(aside)) {
        fs.renameSync(aside, path);
        return undefined;
      }
      const { size } = fs.statSync(aside);
      fs.unlinkSync(aside);
      return size;
    } catch (error) {
      // Somebody else collects, or has brought it back.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fileFailed('removing', path, error);
    }
  }

  /** Takes away what nobody has a link to any more. */
  removeLinks(): number {
    let freed = 0;
    for (const folder of namesIn(this.#store.links)) {
      for (const name of namesIn(join(this.#store.links, folder))) {
        const path = join(this.#store.links, folder, name);
        const stat = fs.statSync(path, { throwIfNoEntry: false });
        if (stat === undefined || stat.nlink > 1 || stat.ctimeMs > this.#newestMs) continue;
        fs.rmSync(path, { force: true });
        freed += stat.size;
      }
    }
    return freed;
  }

  /** Takes away what a crash has left. */
  removeTemporary(minAgeMs: number): number {
    let freed = 0;
    const newestMs = Date.now() - Math.max(minAgeMs, TEMPORARY_AGE_MS);
    for (const name of namesIn(this.#store.temporary)) {
      const path = join(this.#store.temporary, name);
      const stat = fs.statSync(path, { throwIfNoEntry: false });
      if (stat === undefined || stat.mtimeMs > newestMs) continue;
      freed += stat.isFile()
        ? stat.size
        : namesIn(path).reduce((size, file) => size + (sizeOf(join(path, file)) ?? 0), 0);
      fs.rmSync(path, { recursive: true, force: true });
    }
    return freed;
  }

  end(): void {
    try {
      fs.rmdirSync(this.#aside);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw fileFailed('removing', this.#aside, error);
    }
  }
}

/** All that is in some trees: contents of files, and listings. */
async function reachableFrom(
  roots: readonly Hash[],
  trees: Listings,
  control: WorkControl,
): Promise<ReadonlySet<Hash>> {
  const reachable = new Set<Hash>();
  const waiting = [...roots];
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    if (reachable.has(hash)) continue;
    reachable.add(hash);
    if (control.isDue) await control.giveWay();
    for (const entry of trees.listing(hash)) {
      if (entry.hash === null) continue;
      if (entry.kind === 'folder') waiting.push(entry.hash);
      else reachable.add(entry.hash);
    }
  }
  return reachable;
}

function* hashesIn(store: BlobStore): Generator<Hash> {
  for (const folder of namesIn(store.blobs)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of namesIn(join(store.blobs, folder))) if (/^[0-9a-f]{62}$/.test(name)) yield `${folder}${name}`;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw fileFailed('reading', folder, error);
  }
}

function sizeOf(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.size;
}
