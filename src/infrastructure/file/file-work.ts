import type { FileStorage } from '../../application/file/file-storage.port.js';
import type { FileChange } from '../../domain/file/file-commit.js';
import type { Hash } from '../../domain/shared/hash.js';
import { checkOut } from './checkout.js';
import { compareFolder, type LookOptions, takeSnapshot } from './snapshot.js';
import { type SweepOptions, sweepContents } from './sweep.js';
import type { TreeEntry } from './tree-listing.js';
import { TreeDiff } from './tree-reader.js';
import { verifyTree } from './verify.js';
import type { WorkControl } from './work-control.js';
import { Workshop, type WorkshopPlaces } from './workshop.js';

/** The work on files that is done on a thread of its own. Whatever is given and answered can be sent there and back. */
export class FileWork {
  readonly #workshop: Workshop;

  constructor(places: WorkshopPlaces) {
    this.#workshop = new Workshop(places);
  }

  snapshot(control: WorkControl, folder: string, options: LookOptions): ReturnType<FileStorage['snapshot']> {
    return takeSnapshot(this.#workshop, folder, options, control);
  }

  compare(
    control: WorkControl,
    folder: string,
    treeHash: Hash | undefined,
    options: LookOptions,
  ): ReturnType<FileStorage['compare']> {
    return compareFolder(this.#workshop, folder, treeHash, options, control);
  }

  checkout(
    control: WorkControl,
    ...[folder, treeHash, options]: Parameters<FileStorage['checkout']>
  ): ReturnType<FileStorage['checkout']> {
    return checkOut(this.#workshop, folder, treeHash, options, control);
  }

  /** The listing of one folder. */
  listing(_control: WorkControl, hash: Hash): Promise<readonly TreeEntry[]> {
    return Promise.resolve(this.#workshop.trees.listing(hash));
  }

  async diff(control: WorkControl, before: Hash, after: Hash): Promise<readonly FileChange[]> {
    const { trees } = this.#workshop;
    const changes: FileChange[] = [];
    for (const change of new TreeDiff(trees, trees).between(before, after)) {
      changes.push(change);
      if (control.isDue) await control.giveWay();
    }
    return changes;
  }

  verify(control: WorkControl, treeHash: Hash): ReturnType<FileStorage['verify']> {
    return verifyTree(this.#workshop, treeHash, control);
  }

  sweep(control: WorkControl, trees: readonly Hash[], options: SweepOptions): ReturnType<FileStorage['sweep']> {
    return sweepContents(this.#workshop, trees, options, control);
  }
}

/** What there is to do. */
export type FileTask = keyof FileWork;

/** What a task is given. */
export type TaskInput<Task extends FileTask> =
  Parameters<FileWork[Task]> extends [WorkControl, ...infer Input] ? Input : never;

/** What it gives back. */
export type TaskOutput<Task extends FileTask> = Awaited<ReturnType<FileWork[Task]>>;
