import type { Snapshot, SnapshotOptions } from '../../application/file/file-storage.port.js';
import type { FileChange } from '../../domain/file/file-commit.js';
import type { Hash } from '../../domain/shared/hash.js';
import { BlobBatch } from './blob-batch.js';
import { REFRESH_AFTER_MS } from './blob-store.js';
import { fileChanged } from './file-errors.js';
import { Folder } from './folder.js';
import { FolderScan, type ScanContext, type ScannedFolder } from './folder-scan.js';
import { IgnoreRules } from './ignore-rules.js';
import { IndexFile, NO_INDEX, type StatIndex } from './stat-index.js';
import { TrackedFolder } from './tracked-folder.js';
import { TreeDiff } from './tree-reader.js';
import type { WorkControl } from './work-control.js';
import { assertFolder, type Workshop } from './workshop.js';

/** How a folder is looked at. */
export type LookOptions = Pick<SnapshotOptions, 'ignore' | 'base' | 'index'>;

/** With what is tracked. */
type ScanOptions = Omit<LookOptions, 'base'> & { readonly base?: Hash | undefined };

/** How often a folder is looked at again because contents were collected meanwhile. */
const ATTEMPTS = 3;

/** See {@link FileStorage.snapshot}. */
export async function takeSnapshot(
  workshop: Workshop,
  folder: string,
  options: LookOptions,
  control: WorkControl,
): Promise<Snapshot> {
  assertFolder(folder);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const snapshot = await snapshotOnce(workshop, folder, options, control);
    if (snapshot !== undefined) return snapshot;
  }
  throw fileChanged(workshop.store.folder);
}

/** See {@link FileStorage.compare}. */
export async function compareFolder(
  workshop: Workshop,
  folder: string,
  treeHash: Hash | undefined,
  options: LookOptions,
  control: WorkControl,
): Promise<readonly FileChange[]> {
  assertFolder(folder);
  const index = indexOf(workshop, folder, options);
  const before = index?.read() ?? NO_INDEX;
  const scan = new FolderScan({ before, holds: () => true, begunMs: 0, control });
  const { hash } = await scanFrom(workshop, folder, { ...options, base: treeHash }, scan);
  const own = workshop.ownPaths(folder, options.index);
  const changes = [...new TreeDiff(workshop.trees, scan).between(treeHash, hash)];
  // A commit of before, or of elsewhere, may have what is own here.
  return changes.filter(({ path }) => !own.has(path));
}

/** @returns `undefined` if contents were collected meanwhile, and what it has found may not be there any more */
async function snapshotOnce(
  workshop: Workshop,
  folder: string,
  options: LookOptions,
  control: WorkControl,
): Promise<Snapshot | undefined> {
  const { store, trees } = workshop;
  const generation = store.generation();
  const index = indexOf(workshop, folder, options);
  const batch = new BlobBatch(store);
  try {
    const before = index?.read() ?? NO_INDEX;
    const begun = Date.now();
    // What was there is there, unless something was collected since; and its turn to be marked as used may have come.
    const isTrusted = before.generation === generation && begun - before.usedAtMs < REFRESH_AFTER_MS;
    const holds: ScanContext['holds'] = isTrusted ? () => true : (hash, size) => store.holds(hash, size);
    const scan = new FolderScan({ batch, before, holds, begunMs: index?.now() ?? 0, control });
    const scanned = await scanFrom(workshop, folder, options, scan);
    await batch.finish();
    if (store.generation() !== generation) return undefined;
    const usedAtMs = isTrusted ? before.usedAtMs : begun;
    if (index !== undefined && isNews(scan, before, generation, usedAtMs)) {
      index.write({ generation, usedAtMs, folders: scan.folders });
    }
    const changes = [...new TreeDiff(trees, scan).between(options.base, scanned.hash)];
    const { fileCount, totalBytes } = scanned;
    return { treeHash: scanned.hash, fileCount, totalBytes, changes, blobs: scan.blobs };
  } catch (error) {
    await batch.abandon();
    throw error;
  } finally {
    index?.close();
  }
}

async function scanFrom(
  workshop: Workshop,
  folder: string,
  { ignore, index, base }: ScanOptions,
  scan: FolderScan,
): Promise<ScannedFolder> {
  const own = workshop.ownPaths(folder, index);
  const rules = IgnoreRules.of(ignore, (path) => own.has(path));
  const root = Folder.root(folder, false);
  try {
    return await scan.scan(root, rules, TrackedFolder.of(workshop.trees, base));
  } finally {
    root.close();
  }
}

function isNews(scan: FolderScan, before: StatIndex, generation: string, usedAtMs: number): boolean {
  if (scan.hasNews || scan.folders.size !== before.folders.size) return true;
  return before.generation !== generation || before.usedAtMs !== usedAtMs;
}

function indexOf({ recent }: Workshop, folder: string, { index }: LookOptions): IndexFile | undefined {
  return index === undefined ? undefined : new IndexFile(index, folder, recent);
}
