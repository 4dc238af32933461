import { FileCommitDeleted } from '../../domain/events/families/file.events.js';
import type { FileCommit } from '../../domain/file/file-commit.js';
import type { Hash } from '../../domain/shared/hash.js';
import { referredCommits } from './delete-commit.js';
import { sweptEvents } from './file-events.js';
import { type CollectFilesOptions, workOf } from './file-options.js';
import type { FileServices } from './file-services.js';
import { isKept, type KeptCommit } from './kept-commit.js';

/** What a collection took away, or would. */
export interface CollectedFiles {
  /** The commits that nobody finishes, by their ids. */
  readonly abandoned: readonly string[];
  /** The commits that nothing refers to, by their ids. */
  readonly unlinked: readonly string[];
  /** How many contents. */
  readonly contents: number;
  /** How much room they had on disk, in bytes. */
  readonly bytes: number;
  /** How many contents stay. */
  readonly kept: number;
}

const DEFAULT_MIN_AGE_MS = 3_600_000;
/** Nobody takes that long to keep a folder: the host that began it was lost. */
const ABANDONED_MS = 24 * 3_600_000;
/**
 * How much older than a commit in the making the mark of a content may be that it has found: storages need not note at
 * once that somebody found one, and may rely on what they saw a while ago.
 */
const FOUND_BEFORE_MS = 20 * 60_000;
/** How many commits are read, and deleted in one transaction. */
const PAGE = 500;

/** Takes away what nothing refers to. */
export async function collectFiles(services: FileServices, options: CollectFilesOptions): Promise<CollectedFiles> {
  const { dryRun = false, minAgeMs = DEFAULT_MIN_AGE_MS, unlinked: withUnlinked = false, signal } = options;
  const { commits, factory, recorder, storage } = services;
  const beganMs = factory.clock.now();
  const pending = await allCommits(services, signal, 'pending');
  const abandoned = new Set(pending.filter((commit) => isAbandoned(services, commit, beganMs)).map(({ id }) => id));
  if (!dryRun) await removeAbandoned(services, abandoned);
  const found = withUnlinked ? await unlinkedCommits(services, beganMs - minAgeMs, abandoned, signal) : [];
  const unlinked = dryRun ? found : await removeUnlinked(services, found, signal);
  const trees = dryRun ? await treesWithout(services, unlinked, signal) : await commits.treeHashes();
  // A commit that was begun since is not among these trees, and nor are those in the making: what is as young as the
  // oldest of them may be its own.
  const startedMs = pending.filter(({ id }) => !abandoned.has(id)).map(({ createdAt }) => Date.parse(createdAt));
  const youngMs = factory.clock.now() - Math.min(beganMs, ...startedMs.map((ms) => ms - FOUND_BEFORE_MS));
  const work = { ...workOf(options), dryRun, minAgeMs: Math.max(minAgeMs, youngMs) };
  const swept = await storage.sweep(trees, work);
  if (!dryRun && swept.deleted.length > 0) await recorder.record(sweptEvents(factory, swept));
  return {
    abandoned: [...abandoned],
    unlinked: unlinked.map(({ id }) => id),
    contents: swept.deleted.length,
    bytes: swept.freedBytes,
    kept: swept.kept,
  };
}

/** Whether nobody finishes it any more. In doubt, on another host, that takes a day to say. */
function isAbandoned({ identity }: FileServices, { owner, createdAt }: FileCommit, now: number): boolean {
  return (owner !== null && identity.isGone(owner)) || now - Date.parse(createdAt) > ABANDONED_MS;
}

/** They were never told of, so that nothing is told of their end. */
async function removeAbandoned({ commits, recorder }: FileServices, abandoned: ReadonlySet<string>): Promise<void> {
  if (abandoned.size === 0) return;
  await recorder.commit({
    weight: 0,
    write: async (scope) => {
      for (const id of abandoned) {
        // Somebody who seemed gone may have finished it.
        const found = await commits.find(id, scope);
        if (found?.status === 'pending') await commits.remove(id, scope);
      }
      return [];
    },
  });
}

/** @param olderThan what is younger than that time is left to whoever made it, to link it */
async function unlinkedCommits(
  services: FileServices,
  olderThan: number,
  abandoned: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<readonly KeptCommit[]> {
  const referred = await referredCommits(services, abandoned);
  return (await allCommits(services, signal))
    .filter(isKept)
    .filter(({ id, createdAt }) => !referred.has(id) && Date.parse(createdAt) <= olderThan)
    .toReversed();
}

/** @returns those that nothing came to refer to meanwhile */
async function removeUnlinked(
  services: FileServices,
  unlinked: readonly KeptCommit[],
  signal: AbortSignal | undefined,
): Promise<readonly KeptCommit[]> {
  const { commits, factory, recorder } = services;
  const deleted: KeptCommit[] = [];
  for (let from = 0; from < unlinked.length; from += PAGE) {
    signal?.throwIfAborted();
    let going: readonly KeptCommit[] = [];
    await recorder.commit({
      weight: PAGE,
      write: async (scope) => {
        const referred = await referredCommits(services, new Set(), scope);
        const removed: KeptCommit[] = [];
        for (const commit of unlinked.slice(from, from + PAGE)) {
          if (!referred.has(commit.id) && (await commits.remove(commit.id, scope))) removed.push(commit);
        }
        going = removed;
        return removed.map(({ id, fileCount }) => factory.make(FileCommitDeleted, { commitId: id, fileCount }));
      },
    });
    deleted.push(...going);
  }
  return deleted;
}

async function treesWithout(
  services: FileServices,
  deleted: readonly FileCommit[],
  signal: AbortSignal | undefined,
): Promise<readonly Hash[]> {
  if (deleted.length === 0) return services.commits.treeHashes();
  const gone = new Set(deleted.map(({ id }) => id));
  const staying = (await allCommits(services, signal)).filter(({ id }) => !gone.has(id));
  return [...new Set(staying.filter(isKept).map(({ treeHash }) => treeHash))];
}

/** The newest first. */
async function allCommits(
  { commits }: FileServices,
  signal: AbortSignal | undefined,
  status?: FileCommit['status'],
): Promise<readonly FileCommit[]> {
  const all: FileCommit[] = [];
  for (;;) {
    signal?.throwIfAborted();
    const before = all.at(-1)?.id;
    const page = await commits.list({
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
      ...(status === undefined ? {} : { status }),
    });
    if (page.length === 0) return all;
    all.push(...page);
  }
}
