import { join } from 'node:path';
import type { Checkout, CheckoutOptions } from '../../application/file/file-storage.port.js';
import type { Hash } from '../../domain/shared/hash.js';
import { CheckoutApply } from './checkout-apply.js';
import { CheckoutBackup } from './checkout-backup.js';
import { type FolderPlan, foldersOf, needsVisit } from './checkout-plan.js';
import { CheckoutPlanner } from './checkout-planner.js';
import { CheckoutStaging, type StagedFile } from './checkout-staging.js';
import { Folder } from './folder.js';
import { IgnoreRules } from './ignore-rules.js';
import { bytesOf } from './name-bytes.js';
import { IndexFile, type IndexedFolder, NO_INDEX, type StatIndex } from './stat-index.js';
import { syncAll } from './sync-files.js';
import { join as joinNames } from './tree-reader.js';
import type { WorkControl } from './work-control.js';
import { assertFolder, type Workshop } from './workshop.js';

/** See {@link FileStorage.checkout}. */
export async function checkOut(
  workshop: Workshop,
  folder: string,
  treeHash: Hash,
  options: CheckoutOptions,
  control: WorkControl,
): Promise<Checkout> {
  assertFolder(folder);
  const { index: indexPath } = options;
  const index = indexPath === undefined ? undefined : new IndexFile(indexPath, folder, workshop.recent);
  try {
    const before = index?.read() ?? NO_INDEX;
    const begun = Date.now();
    const begunMs = index?.now() ?? 0;
    const generation = workshop.store.generation();
    const { store, trees } = workshop;
    const own = workshop.ownPaths(folder, indexPath);
    const planner = new CheckoutPlanner({ trees, store, own, options, before, begunMs, control });
    const rules = IgnoreRules.of(options.ignore, (path) => own.has(path));
    const plan = await planOf(folder, (root) => planner.plan(root, treeHash, rules));
    if (options.dryRun === true) return summary(plan, options, removalsOf(plan), planner.errors);
    const applied = await carryOut(workshop, folder, plan, options, index, control);
    if (index !== undefined) writeIndex(workshop, index, before, plan, generation, begun);
    return summary(plan, options, applied.removed, [...planner.errors, ...applied.errors]);
  } finally {
    index?.close();
  }
}

/** A plan only looks: a way that leads through open folders takes several times as long. */
async function planOf(folder: string, make: (root: Folder) => Promise<FolderPlan>): Promise<FolderPlan> {
  const root = Folder.root(folder, false);
  try {
    return await make(root);
  } finally {
    root.close();
  }
}

/** Nothing in the folder changes before all that it is to have is there, whole. */
async function carryOut(
  { store }: Workshop,
  folder: string,
  plan: FolderPlan,
  options: CheckoutOptions,
  index: IndexFile | undefined,
  control: WorkControl,
): Promise<CheckoutApply> {
  // Held: nothing is written through a link.
  const root = Folder.root(folder, true);
  const staging = new CheckoutStaging(store, root);
  try {
    const staged = new Map<string, StagedFile>();
    let lastMs = 0;
    for (const { writes } of foldersOf(plan)) {
      for (const write of writes) {
        if (control.isDue) await control.giveWay();
        const made = await staging.stage(write, control);
        staged.set(write.path, made);
        lastMs = Math.max(lastMs, made.mtimeMs);
        control.advance(1, write.entry.size);
      }
    }
    await staging.sync(folder);
    if (options.backup !== undefined) await new CheckoutBackup(options.backup, control).copy(root, plan);
    control.throwIfAborted();
    const apply = new CheckoutApply(staged, index === undefined ? 0 : laterThan(lastMs, index), control);
    if (needsVisit(plan)) control.touch();
    await apply.apply(root, plan);
    staging.clear();
    await syncAll(
      apply.touched.map((path) => bytesOf(join(folder, path))),
      folder,
    );
    return apply;
  } catch (error) {
    staging.clear();
    throw error;
  } finally {
    root.close();
  }
}

/**
 * Waits for the next step of the file system's clock, a few milliseconds: from then on a change to what was written shows.
 */
function laterThan(lastMs: number, index: IndexFile): number {
  const limit = performance.now() + LONGEST_STEP_MS;
  let now = index.now();
  while (now <= lastMs && performance.now() < limit) now = index.now();
  return now;
}

/** A file system with steps that are longer remembers less. */
const LONGEST_STEP_MS = 20;

function writeIndex(
  { store }: Workshop,
  index: IndexFile,
  before: StatIndex,
  plan: FolderPlan,
  generation: string,
  begun: number,
): void {
  const folders = new Map<string, IndexedFolder>(before.folders);
  let isAllThere = store.generation() === generation;
  let hasNews = before === NO_INDEX;
  for (const { path, seen } of foldersOf(plan)) {
    const old = before.folders.get(path);
    if (seen === undefined) hasNews = folders.delete(path) || hasNews;
    else if (old === undefined || !hasSameFiles(old, seen)) {
      if (old?.hash !== seen.hash) isAllThere &&= store.holds(seen.hash);
      folders.set(path, seen);
      hasNews = true;
    }
  }
  if (!hasNews) return;
  const isFirst = before === NO_INDEX;
  const known = isFirst ? generation : before.generation;
  const next = { generation: isAllThere ? known : '', usedAtMs: isFirst ? begun : before.usedAtMs, folders };
  // To write all of it takes longer than to look at a few files again.
  // What is a link to the storage is known by the index alone.
  const written = [...foldersOf(plan)].flatMap(({ writes }) => writes);
  const isNeeded = isFirst || written.length > FEW_FILES || written.some(({ isLinked }) => isLinked);
  if (isNeeded) index.write(next);
  else index.keepInMemory(next);
}

/** So many files are looked at again by another process rather than that the index is written. */
const FEW_FILES = 100;

function hasSameFiles(old: IndexedFolder, now: IndexedFolder): boolean {
  if (old.hash !== now.hash || old.files.size !== now.files.size) return false;
  for (const [name, file] of now.files) if (old.files.get(name) !== file) return false;
  return true;
}

function summary(
  plan: FolderPlan,
  { backup }: CheckoutOptions,
  removed: readonly string[],
  errors: readonly string[],
): Checkout {
  const writes = [...foldersOf(plan)].flatMap((folder) => folder.writes);
  const modes = [...foldersOf(plan)].flatMap(({ path, modes: changed }) =>
    changed.map(({ name }) => joinNames(path, name)),
  );
  const backedUp = [...foldersOf(plan)].flatMap(({ path, backups }) => backups.map((name) => joinNames(path, name)));
  return {
    restored: [...writes.map(({ path }) => path), ...modes],
    removed,
    backedUp: backup === undefined ? [] : backedUp,
    errors,
    totalBytes: writes.reduce((bytes, { entry }) => bytes + entry.size, 0),
  };
}

/** What would be taken away. What is replaced by something of its own name is not. */
function removalsOf(plan: FolderPlan): readonly string[] {
  return [...foldersOf(plan)].flatMap(({ path, removals }) => removals.map(({ name }) => joinNames(path, name)));
}
