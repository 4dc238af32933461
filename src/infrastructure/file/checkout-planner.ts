import type { CheckoutOptions } from '../../application/file/file-storage.port.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { FolderPlan } from './checkout-plan.js';
import { NoFileAnymore, readFile } from './file-reader.js';
import type { Folder } from './folder.js';
import { type FoundFile, readEverything, readFolder, readLink } from './folder-reader.js';
import { IGNORE_FILE, type IgnoreRules, pathMatcher } from './ignore-rules.js';
import type { OwnPaths } from './own-places.js';
import { PathFilter } from './path-filter.js';
import { asSeen, type IndexedFile, type IndexedFolder, isAsSeen, type StatIndex } from './stat-index.js';
import { ListingsLeft, TrackedFolder } from './tracked-folder.js';
import { EMPTY_LISTING, type TreeEntry } from './tree-listing.js';
import { isSame, join, type Listings } from './tree-reader.js';
import type { WorkControl } from './work-control.js';
import type { BlobStore } from './blob-store.js';

/** What a plan goes by. */
export interface PlanContext {
  readonly trees: Listings;
  readonly store: BlobStore;
  readonly own: OwnPaths;
  readonly options: CheckoutOptions;
  readonly before: StatIndex;
  /** As in a scan. */
  readonly begunMs: number;
  readonly control: WorkControl;
}

/** Two sets of rules: those of the folder as it is, and those of the tree, which will be there. */
interface Rules {
  readonly here: IgnoreRules;
  readonly there: IgnoreRules;
  /** What ignore files do not leave out. */
  readonly tracked: TrackedFolder;
}

/** Finds out what has to be done to a folder so that it has the files of a tree. */
export class CheckoutPlanner {
  readonly #context: PlanContext;
  readonly #filter: PathFilter;
  readonly #isLinked: (path: string) => boolean;
  /** What of the tree can't be put back, and why. */
  readonly errors: string[] = [];

  constructor(context: PlanContext) {
    this.#context = context;
    this.#filter = new PathFilter(context.options.paths);
    this.#isLinked = pathMatcher(context.options.linkReadOnly);
  }

  /** @param rules what is left out, beside what the ignore files say */
  plan(root: Folder, treeHash: Hash, rules: IgnoreRules): Promise<FolderPlan> {
    const plan = makePlan('', '', 'stays');
    const { trees, options } = this.#context;
    // That a listing of what it is now is lost does not keep it from being put back.
    const tracked = TrackedFolder.of(new ListingsLeft(trees), options.base);
    return this.#planFolder(root, { ...plan, seen: this.#begin(treeHash) }, { here: rules, there: rules, tracked });
  }

  async #planFolder(folder: Folder, plan: FolderPlan, above: Rules): Promise<FolderPlan> {
    const listing = plan.seen?.listing ?? EMPTY_LISTING;
    const { found, ignored, special, rules: here } = readFolder(folder, above.here, above.tracked);
    const rules = { here, there: this.#rulesThere(plan, listing, above.there), tracked: above.tracked };
    const wanted = new Map(this.#wantedOf(plan.path, listing).map((entry) => [entry.name, entry]));
    const seen = this.#context.before.folders.get(folder.path)?.files;
    for (const item of found) {
      const { control } = this.#context;
      if (control.isDue) await control.giveWay();
      control.advance(1, 0);
      const entry = wanted.get(item.name);
      if (entry === undefined) await this.#meetOther(folder, item, plan, rules);
      else {
        wanted.delete(item.name);
        if (this.#isKnown(seen?.get(item.name), item, entry, plan)) continue;
        await this.#meet(folder, item, entry, plan, rules);
      }
    }
    for (const item of ignored) {
      const entry = wanted.get(item.name);
      if (entry === undefined) continue;
      wanted.delete(item.name);
      await this.#meet(folder, item, entry, plan, rules);
    }
    // A pipe or a socket gives way to what the tree has, and is nobody's business otherwise.
    for (const name of special) {
      const entry = wanted.get(name);
      if (entry?.kind === 'folder' && this.#filter.leadsThrough(folder.pathOf(name))) {
        plan.removals.push({ name, isInTheWay: true });
      }
    }
    for (const entry of wanted.values()) this.#planNew(entry, plan);
    return plan;
  }

  /** Most files are as they were seen, and that is as they are to be: nothing more is asked of them. */
  #isKnown(known: IndexedFile | undefined, item: FoundFile, entry: TreeEntry, plan: FolderPlan): boolean {
    if (known?.entry !== entry || known.isLinked || this.#context.options.linkReadOnly !== undefined) return false;
    if (!isAsSeen(known, item.stat)) return false;
    plan.seen?.files.set(item.name, known);
    return true;
  }

  async #meetOther(folder: Folder, item: FoundFile, plan: FolderPlan, rules: Rules): Promise<void> {
    const path = folder.pathOf(item.name);
    const isSkipped = !this.#filter.leadsThrough(path);
    if (isSkipped) this.#skip(item, plan);
    else if (isOther(path, item, rules)) await this.#planOther(folder, item, plan, rules);
  }

  /** Something is there that the tree has, in one form or another. */
  async #meet(folder: Folder, item: FoundFile, entry: TreeEntry, plan: FolderPlan, rules: Rules): Promise<void> {
    if (!this.#filter.leadsThrough(folder.pathOf(item.name))) return this.#skip(item, plan);
    if (item.kind === 'folder' && entry.kind === 'folder') return this.#planChild(folder, item, entry, plan, rules);
    const path = folder.pathOf(item.name);
    if (item.kind === 'folder' || entry.kind === 'folder') {
      // Something below it is wanted: so nothing that is not a folder can be in its place.
      if (item.kind === 'folder' && !this.#filter.wants(path)) return;
      this.#planInTheWay(folder, item, plan);
      this.#planNew(entry, plan);
      return;
    }
    const state = await this.#stateOf(folder, item, entry, plan);
    if (state === 'same') return;
    if (state === 'mode') {
      plan.modes.push(entry);
      return;
    }
    plan.backups.push(item.name);
    this.#planNew(entry, plan);
  }

  async #stateOf(
    folder: Folder,
    { name, kind, stat }: FoundFile,
    entry: TreeEntry,
    plan: FolderPlan,
  ): Promise<'same' | 'mode' | 'other'> {
    const { before, control, begunMs, store } = this.#context;
    const known = before.folders.get(folder.path)?.files.get(name);
    const isLinked = entry.kind === 'file' && this.#isLinked(folder.pathOf(name));
    if (kind !== entry.kind) return 'other';
    if (known !== undefined && isAsSeen(known, stat)) {
      if (entry.kind === 'file' && known.isLinked !== isLinked) return 'other';
      const state = stateOf(known.entry, entry, stat.nlink);
      if (state === 'same') plan.seen?.files.set(name, known.entry === entry ? known : { ...known, entry });
      return state;
    }
    if (isLinked) return 'other';
    if (kind === 'link') {
      const { target } = readLink(folder, name);
      if (target !== entry.target) return 'other';
      if (stat.ctimeMs < begunMs) plan.seen?.files.set(name, asSeen(entry, stat));
      return 'same';
    }
    if (stat.size !== entry.size) return 'other';
    const now = await readFile(folder, name, undefined, control).catch((error: unknown) => {
      if (error instanceof NoFileAnymore) return undefined;
      throw error;
    });
    if (now === undefined) return 'other';
    const state = stateOf({ ...entry, hash: now.hash, mode: now.stat.mode & 0o777 }, entry, now.stat.nlink);
    const isSure = now.stat.mtimeMs < begunMs && now.stat.ctimeMs < begunMs;
    // What is remembered has to be in the storage: a snapshot does not look at it again.
    const isWorthIt = state === 'same' && isSure && store.holds(now.hash, now.size);
    if (isWorthIt) plan.seen?.files.set(name, asSeen(entry, now.stat));
    return state;
  }

  async #planChild(folder: Folder, item: FoundFile, entry: TreeEntry, plan: FolderPlan, rules: Rules): Promise<void> {
    const { name, stat } = item;
    const path = folder.pathOf(name);
    const mode = this.#filter.wants(path) && (stat.mode & 0o777) !== entry.mode ? entry.mode : undefined;
    const child: FolderPlan = {
      ...makePlan(name, path, 'stays', mode),
      stat,
      seen: this.#begin(entry.hash ?? '', path),
    };
    await this.#enter(folder, item, child, rules);
    plan.children.push(child);
  }

  /** Something that the tree does not have. */
  async #planOther(folder: Folder, item: FoundFile, plan: FolderPlan, rules: Rules): Promise<void> {
    const { name, kind, stat } = item;
    const path = folder.pathOf(name);
    if (!this.#context.options.removeOthers) return this.#skip(item, plan);
    if (kind === 'folder') {
      const child: FolderPlan = { ...makePlan(name, path, this.#filter.wants(path) ? 'goes' : 'stays'), stat };
      await this.#enter(folder, item, child, rules);
      plan.children.push(child);
    } else if (this.#filter.wants(path)) {
      plan.backups.push(name);
      plan.removals.push({ name, isInTheWay: false });
    }
  }

  /** Something goes, whatever is in it: what is ignored too. */
  #planInTheWay(folder: Folder, { name, kind, stat }: FoundFile, plan: FolderPlan): void {
    if (kind !== 'folder') {
      plan.backups.push(name);
      plan.removals.push({ name, isInTheWay: true });
      return;
    }
    const child: FolderPlan = { ...makePlan(name, folder.pathOf(name), 'is in the way'), stat };
    const below = folder.child(name);
    try {
      for (const item of readEverything(below)) this.#planInTheWay(below, item, child);
    } finally {
      below.close();
    }
    plan.children.push(child);
  }

  async #enter(folder: Folder, item: FoundFile, child: FolderPlan, { here, there, tracked }: Rules): Promise<void> {
    const { name, isIgnored } = item;
    const isIgnoredThere = there.judge(child.path, name, true) !== 'included';
    const below = folder.child(name);
    try {
      await this.#planFolder(below, child, {
        here: isIgnored ? here.within() : here,
        there: isIgnoredThere ? there.within() : there,
        tracked: tracked.below(name),
      });
    } finally {
      below.close();
    }
  }

  /** A part of the tree of which nothing is there. */
  #planNew(entry: TreeEntry, plan: FolderPlan): void {
    const path = join(plan.path, entry.name);
    if (!this.#filter.leadsThrough(path)) return;
    if (entry.kind !== 'folder') {
      const isLinked = entry.kind === 'file' && this.#isLinked(path);
      if (this.#filter.wants(path)) plan.writes.push({ entry, path, isLinked });
      return;
    }
    const made = makePlan(entry.name, path, 'stays', entry.mode);
    const child: FolderPlan = { ...made, seen: this.#begin(entry.hash ?? '', path) };
    for (const below of this.#wantedOf(path, child.seen?.listing ?? EMPTY_LISTING)) this.#planNew(below, child);
    plan.children.push(child);
  }

  /** What of a listing can be put back: not what would take the place of something of Waymark's own. */
  #wantedOf(folder: string, listing: readonly TreeEntry[]): readonly TreeEntry[] {
    const { own } = this.#context;
    return listing.filter(({ name, kind }) => {
      const path = join(folder, name);
      if (!own.has(path) && (kind === 'folder' || !own.isBelow(path))) return true;
      if (this.#filter.wants(path)) this.errors.push(`${path}: it is where Waymark keeps what is its own`);
      return false;
    });
  }

  /** What stays as it is stays remembered. */
  #skip({ name }: FoundFile, plan: FolderPlan): void {
    const known = this.#context.before.folders.get(plan.path)?.files.get(name);
    if (known !== undefined) plan.seen?.files.set(name, known);
  }

  #begin(hash: Hash, path = ''): NonNullable<FolderPlan['seen']> {
    const before: IndexedFolder | undefined = this.#context.before.folders.get(path);
    if (before?.hash === hash) return { hash, listing: before.listing, files: new Map() };
    return { hash, listing: this.#context.trees.listing(hash), files: new Map() };
  }

  #rulesThere(plan: FolderPlan, listing: readonly TreeEntry[], above: IgnoreRules): IgnoreRules {
    const file = listing.find(({ name, kind }) => name === IGNORE_FILE && kind === 'file');
    if (file?.hash === undefined || file.hash === null) return above;
    return above.with(plan.path, this.#context.store.read(file.hash).toString('utf8'));
  }
}

function makePlan(name: string, path: string, fate: FolderPlan['fate'], mode?: number): FolderPlan {
  const nothing = { backups: [], removals: [], writes: [], modes: [], children: [], stat: undefined, seen: undefined };
  return { name, path, fate, mode, ...nothing };
}

/** Whether something that the tree does not have is to go. */
function isOther(path: string, { name, kind }: FoundFile, { there, tracked }: Rules): boolean {
  const verdict = there.judge(path, name, kind === 'folder');
  return verdict === 'included' || (verdict === 'ignored' && tracked.has(name, kind === 'folder'));
}

function stateOf(now: TreeEntry, entry: TreeEntry, links: number): 'same' | 'mode' | 'other' {
  if (isSame(now, entry)) return 'same';
  if (now.kind !== 'file' || now.hash !== entry.hash) return 'other';
  // The other names of it would have the permissions too.
  return links > 1 ? 'other' : 'mode';
}
