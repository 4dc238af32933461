import fs from 'node:fs';
import { type FolderPlan, hasWork, needsVisit } from './checkout-plan.js';
import type { StagedFile } from './checkout-staging.js';
import { fileFailed, pathEscapes } from './file-errors.js';
import type { Folder } from './folder.js';
import { asSeen } from './stat-index.js';
import type { TreeEntry } from './tree-listing.js';
import type { WorkControl } from './work-control.js';

/** Opens a file only to have it: it needs no permission, and follows no link. Node has no name for it. */
const O_PATH = 0o10_000_000;

/** What came of it. */
export interface Applied {
  readonly removed: string[];
  readonly errors: string[];
  /** The folders with new names, or fewer. */
  readonly touched: string[];
}

/** Does what was planned. Each step is one that can be repeated: whatever interrupts it, the next plan has the rest. */
export class CheckoutApply implements Applied {
  readonly removed: string[] = [];
  readonly errors: string[] = [];
  readonly touched: string[] = [];
  readonly #staged: ReadonlyMap<string, StagedFile>;
  /** What was changed no earlier than that is not remembered. */
  readonly #begunMs: number;
  readonly #control: WorkControl;

  constructor(staged: ReadonlyMap<string, StagedFile>, begunMs: number, control: WorkControl) {
    this.#staged = staged;
    this.#begunMs = begunMs;
    this.#control = control;
  }

  async apply(folder: Folder, plan: FolderPlan): Promise<void> {
    if (this.#control.isDue) await this.#control.giveWay();
    const has = plan.stat === undefined ? undefined : plan.stat.mode & 0o777;
    const isShut = has !== undefined && (has & 0o700) !== 0o700 && hasWork(plan);
    if (isShut) this.#setMode(folder, has | 0o700);
    for (const child of plan.children) if (child.fate !== 'stays') await this.#applyOther(folder, child);
    for (const { name, isInTheWay } of plan.removals) this.#remove(folder, name, isInTheWay);
    for (const { entry, path, isLinked } of plan.writes) this.#place(folder, plan, entry, path, isLinked);
    for (const entry of plan.modes) this.#changeMode(folder, plan, entry);
    for (const child of plan.children) {
      if (child.fate === 'stays' && (child.stat === undefined || needsVisit(child))) {
        await this.#applyChild(folder, child);
      }
    }
    if (plan.mode !== undefined || isShut) this.#setMode(folder, plan.mode ?? has ?? 0o700);
    if (plan.fate === 'stays' && hasWork(plan)) this.touched.push(plan.path);
  }

  async #applyChild(folder: Folder, plan: FolderPlan): Promise<void> {
    try {
      if (plan.stat === undefined) fs.mkdirSync(folder.at(plan.name), 0o700);
    } catch (error) {
      // What is there by now is looked at when it is opened.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileFailed('making', plan.path, error);
    }
    const child = folder.child(plan.name);
    try {
      await this.apply(child, plan);
    } finally {
      child.close();
    }
  }

  /** A folder that goes, unless something stays in it. */
  async #applyOther(folder: Folder, plan: FolderPlan): Promise<void> {
    await this.#applyChild(folder, plan);
    try {
      fs.rmdirSync(folder.at(plan.name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (plan.fate === 'is in the way') throw fileFailed('removing', plan.path, error);
      // What is ignored stays, and so do the folders that it is in.
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') this.errors.push(`${plan.path}: ${code}`);
    }
  }

  #remove(folder: Folder, name: string, isInTheWay: boolean): void {
    const path = folder.pathOf(name);
    try {
      fs.unlinkSync(folder.at(name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') {
        if (isInTheWay) throw fileFailed('removing', path, error);
        this.errors.push(`${path}: ${code}`);
        return;
      }
    }
    this.removed.push(path);
  }

  #place(folder: Folder, plan: FolderPlan, entry: TreeEntry, path: string, isLinked: boolean): void {
    const staged = this.#staged.get(path);
    if (staged === undefined) throw new Error(`${path} was not made ready.`);
    try {
      const at = folder.at(entry.name);
      fs.renameSync(staged.at, at);
      const stat = fs.lstatSync(at);
      // Between the two somebody may have written to it, which shows unless it was in the same step of the clock.
      const isSure = stat.mtimeMs === staged.mtimeMs && stat.mtimeMs < this.#begunMs;
      if (isSure) plan.seen?.files.set(entry.name, asSeen(entry, stat, isLinked));
    } catch (error) {
      throw fileFailed('writing', path, error);
    }
  }

  /** Through what is open: a link that somebody puts there meanwhile is not followed. */
  #changeMode(folder: Folder, plan: FolderPlan, entry: TreeEntry): void {
    const path = folder.pathOf(entry.name);
    const isLinux = process.platform === 'linux';
    const flags = isLinux ? O_PATH : fs.constants.O_RDONLY;
    try {
      const descriptor = fs.openSync(folder.at(entry.name), flags | (fs.constants.O_NOFOLLOW ?? 0));
      try {
        if (!fs.fstatSync(descriptor).isFile()) throw pathEscapes(path, 'there is a link in the place of a file');
        if (isLinux) fs.chmodSync(`/proc/self/fd/${descriptor}`, entry.mode);
        else fs.fchmodSync(descriptor, entry.mode);
      } finally {
        fs.closeSync(descriptor);
      }
    } catch (error) {
      throw fileFailed('changing the mode of', path, error);
    }
    this.touched.push(plan.path);
  }

  #setMode(folder: Folder, mode: number): void {
    try {
      fs.chmodSync(folder.self, mode);
    } catch (error) {
      throw fileFailed('changing the mode of', folder.path, error);
    }
  }
}
