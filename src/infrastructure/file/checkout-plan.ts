import type { Stats } from 'node:fs';
import type { IndexedFile, IndexedFolder } from './stat-index.js';
import type { TreeEntry } from './tree-listing.js';

/** A file or a link that is put in its place. */
export interface PlannedWrite {
  readonly entry: TreeEntry;
  readonly path: string;
  /** Whether it becomes a link to a file of the storage. */
  readonly isLinked: boolean;
}

/** A file, or something like it, that is taken away. */
export interface PlannedRemoval {
  readonly name: string;
  /** Whether it is where something else has to be: then it has to go. */
  readonly isInTheWay: boolean;
}

/** What is done in one folder. */
export interface FolderPlan {
  readonly name: string;
  readonly path: string;
  /** The permission bits that it is to have; `undefined` for those that it has. */
  readonly mode: number | undefined;
  /** Those that it has; `undefined` for a folder that is not there. */
  readonly stat: Stats | undefined;
  /** Files that are overwritten or taken away: they are copied first. */
  readonly backups: string[];
  readonly removals: PlannedRemoval[];
  readonly writes: PlannedWrite[];
  /** Files that need nothing but other permissions. */
  readonly modes: TreeEntry[];
  readonly children: FolderPlan[];
  /** Whether it stays; or is taken away if it is empty; or is where something else has to be, and has to go. */
  readonly fate: 'stays' | 'goes' | 'is in the way';
  /** What is remembered of it; filled with what was written. `undefined` for one that is not in the tree. */
  readonly seen: (Omit<IndexedFolder, 'files'> & { readonly files: Map<string, IndexedFile> }) | undefined;
}

/** All folders of a plan, each before those in it. */
export function* foldersOf(plan: FolderPlan): Generator<FolderPlan> {
  yield plan;
  for (const child of plan.children) yield* foldersOf(child);
}

/** Whether there is anything to do in a folder itself. */
export function hasWork({ removals, writes, modes, children }: FolderPlan): boolean {
  if (removals.length > 0 || writes.length > 0 || modes.length > 0) return true;
  return children.some(({ stat, fate }) => stat === undefined || fate !== 'stays');
}

/** Whether there is anything to do in a folder, or below it. */
export function needsVisit(plan: FolderPlan): boolean {
  return plan.mode !== undefined || hasWork(plan) || plan.children.some(needsVisit);
}
