import fs from 'node:fs';
import { join } from 'node:path';
import type { FolderPlan } from './checkout-plan.js';
import { fileFailed } from './file-errors.js';
import { Folder } from './folder.js';
import { makeLink, readLink } from './folder-reader.js';
import { syncAll } from './sync-files.js';
import type { WorkControl } from './work-control.js';

/** Copies what will be overwritten or taken away. What is there of an interrupted one is replaced. */
export class CheckoutBackup {
  readonly #to: string;
  readonly #control: WorkControl;
  readonly #copied: fs.PathLike[] = [];

  constructor(to: string, control: WorkControl) {
    this.#to = to;
    this.#control = control;
  }

  async copy(root: Folder, plan: FolderPlan): Promise<void> {
    if (!hasBackups(plan)) return;
    fs.mkdirSync(this.#to, { recursive: true });
    const to = Folder.root(this.#to, true);
    try {
      await this.#copyFolder(root, to, plan);
    } finally {
      to.close();
    }
    await syncAll(this.#copied, this.#to);
  }

  async #copyFolder(from: Folder, to: Folder, plan: FolderPlan): Promise<void> {
    for (const name of plan.backups) {
      if (this.#control.isDue) await this.#control.giveWay();
      this.#copyOne(from, to, name);
    }
    for (const child of plan.children) {
      if (child.stat === undefined || !hasBackups(child)) continue;
      await this.#copyChild(from, to, child);
    }
  }

  async #copyChild(from: Folder, to: Folder, child: FolderPlan): Promise<void> {
    const at = to.at(child.name);
    if (fs.lstatSync(at, { throwIfNoEntry: false }) === undefined) fs.mkdirSync(at, 0o700);
    const [source, target] = [from.child(child.name), to.child(child.name)];
    try {
      await this.#copyFolder(source, target, child);
    } finally {
      source.close();
      target.close();
    }
  }

  #copyOne(from: Folder, to: Folder, name: string): void {
    try {
      const [source, target] = [from.at(name), to.at(name)];
      const stat = fs.lstatSync(source, { throwIfNoEntry: false });
      if (stat === undefined) return;
      fs.rmSync(target, { recursive: true, force: true });
      if (stat.isSymbolicLink()) makeLink(readLink(from, name).target, target);
      if (!stat.isFile()) return;
      // Shares the blocks where the file system can.
      fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE | fs.constants.COPYFILE_EXCL);
      this.#copied.push(join(this.#to, from.pathOf(name)));
      this.#control.advance(0, stat.size);
    } catch (error) {
      throw fileFailed('copying', from.pathOf(name), error);
    }
  }
}

function hasBackups(plan: FolderPlan): boolean {
  return plan.backups.length > 0 || plan.children.some(hasBackups);
}
