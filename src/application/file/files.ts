import type { CheckpointFiles } from '../../domain/file/checkpoint-files.js';
import type { FileChange, FileCommit, FileEntry } from '../../domain/file/file-commit.js';
import type { FileCommitQuery } from '../../domain/file/file-commit.repository.port.js';
import { InvalidArgumentError } from '../../domain/shared/errors.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { assertKeys, type KeysOf, oneOf, wholeNumber } from '../../domain/shared/options.js';
import { FILE_COMMIT_STATUSES } from '../../domain/file/file-commit.js';
import { runWithContext } from '../context/run-with-context.js';
import type { VerbOptions } from '../shared/verb.js';
import { type CollectedFiles, collectFiles } from './collect-files.js';
import { deleteCommit } from './delete-commit.js';
import { fileNotFound } from './file-commit.errors.js';
import {
  assertCollectOptions,
  assertCommitOptions,
  assertFolder,
  assertRestoreOptions,
  assertVerifyOptions,
  type CollectFilesOptions,
  type CommitFolderOptions,
  type RestoreFilesOptions,
  type VerifyFilesOptions,
  workOf,
} from './file-options.js';
import type { FileServices } from './file-services.js';
import type { Checkout } from './file-storage.port.js';
import { keptCommit } from './kept-commit.js';
import { prepareCommit, type PreparedCommit, type PrepareOptions } from './prepare-commit.js';
import { restoreFiles } from './restore-files.js';
import { type VerifiedFiles, verifyCheckpointFiles, verifyCommit } from './verify-files.js';

/** Which commits are wanted: see {@link FileCommitQuery}; 50 of them when left out. */
export type FileLogQuery = Partial<FileCommitQuery>;

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;

const QUERY: KeysOf<FileCommitQuery> = {
  executionId: true,
  workspaceId: true,
  status: true,
  before: true,
  limit: true,
};

/**
 * Files under versions: folders kept as commits, and put back. `docs/files.md` tells of it.
 *
 * @example
 * const commit = await waymark.files.commitFolder('./site', { message: 'before the build' });
 * await waymark.files.restore(commit.id, './site', { removeOthers: true });
 */
export class Files {
  readonly #services: FileServices;

  constructor(services: FileServices) {
    this.#services = services;
  }

  /**
   * Keeps the files of a folder. Recorded as `file.commit_created`, after a `file.blob_created` for each of the first
   * hundred contents that had to be looked at.
   *
   * @returns the new commit; the one before it (`parentId`) where nothing has changed since
   * @throws WaymarkError `WAYMARK_FILE_…`: what of the folder could not be kept, and why
   * @example
   * const first = await waymark.files.commitFolder('./site');
   * const second = await waymark.files.commitFolder('./site', { parentId: first.id, message: 'new prices' });
   */
  commitFolder(folder: string, options: CommitFolderOptions = {}): Promise<FileCommit> {
    return this.#as(options, async () => {
      const prepared = await this.prepare(folder, options);
      if (prepared.unchanged) return prepared.commit;
      try {
        await this.#services.recorder.commit({
          weight: 1,
          write: async (scope) => {
            await prepared.save(scope);
            return prepared.events();
          },
        });
      } catch (error) {
        // Its failure is what the caller has to learn of; a row that stays is collected.
        await prepared.discard().catch(() => undefined);
        throw error;
      }
      return prepared.commit;
    });
  }

  /**
   * Stores the files of a folder for a transaction of the caller's own, which makes them a commit: it calls `save` with
   * its scope, and records `events()`. A caller without one calls {@link commitFolder}.
   *
   * @throws what {@link commitFolder} throws; then there is nothing to discard
   */
  async prepare(folder: string, options: PrepareOptions = {}): Promise<PreparedCommit> {
    assertFolder(folder);
    assertCommitOptions(options);
    return prepareCommit(this.#services, folder, options);
  }

  /** @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING` */
  async get(commitId: string): Promise<FileCommit> {
    assertIdentifier(commitId, 'commit id');
    return keptCommit(this.#services.commits, commitId);
  }

  /** What was around an execution at a checkpoint: its files, its environment. `undefined` for one without either. */
  async ofCheckpoint(checkpointId: string): Promise<CheckpointFiles | undefined> {
    assertIdentifier(checkpointId, 'checkpoint id');
    return this.#services.links.find(checkpointId);
  }

  /**
   * Commits, the newest first: those that are still being made as well, unless a `status` is asked for.
   *
   * @example
   * const page = await waymark.files.log({ executionId: run.id, limit: 20 });
   * const next = await waymark.files.log({ executionId: run.id, limit: 20, before: page.at(-1)?.id ?? '' });
   */
  async log(query: FileLogQuery = {}): Promise<readonly FileCommit[]> {
    assertKeys(query, QUERY, 'log query');
    const { limit = DEFAULT_LIMIT, status } = query;
    wholeNumber(limit, 'limit', 1, MAX_LIMIT);
    for (const key of ['executionId', 'workspaceId', 'before'] as const) {
      if (query[key] !== undefined) assertIdentifier(query[key], key);
    }
    if (status !== undefined) oneOf(status, FILE_COMMIT_STATUSES, 'status');
    return this.#services.commits.list({ ...query, limit });
  }

  /**
   * What a commit has, in the order of the paths; folders come before what is in them.
   *
   * @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING`
   * @example
   * for await (const { path, size } of waymark.files.entries(commit.id)) console.log(path, size);
   */
  async *entries(commitId: string): AsyncGenerator<FileEntry, void, undefined> {
    const { treeHash } = await this.#kept(commitId);
    yield* this.#services.storage.entries(treeHash);
  }

  /**
   * One thing of a commit.
   *
   * @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING`; `WAYMARK_FILE_NOT_FOUND` where
   *   nothing has that path
   */
  async entry(commitId: string, path: string): Promise<FileEntry> {
    if (typeof path !== 'string') throw new InvalidArgumentError('The path of a file must be a string.');
    for await (const entry of this.entries(commitId)) if (entry.path === path) return entry;
    throw fileNotFound(commitId, path, 'nothing has that path');
  }

  /**
   * The content of one file of a commit, in parts.
   *
   * @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING`; `WAYMARK_FILE_NOT_FOUND` where
   *   it has no file of that path; `WAYMARK_FILE_DAMAGED` at the end, where the content is not what was stored
   * @example
   * for await (const part of waymark.files.read(commit.id, 'src/index.html')) process.stdout.write(part);
   */
  async *read(commitId: string, path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const { kind, hash, target } = await this.entry(commitId, path);
    if (kind === 'folder') throw fileNotFound(commitId, path, 'it is a folder');
    if (hash === null) throw fileNotFound(commitId, path, `it is a link to ${JSON.stringify(target ?? '')}`);
    yield* this.#services.storage.read(hash);
  }

  /**
   * What became of each file between two commits.
   *
   * @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING`
   */
  async diff(beforeId: string, afterId: string): Promise<readonly FileChange[]> {
    const before = await this.#kept(beforeId);
    const after = await this.#kept(afterId);
    return this.#services.storage.diff(before.treeHash, after.treeHash);
  }

  /**
   * Puts the files of a commit back into a folder, which has to be there. Recorded as `file.restored` or, unless it is a
   * dry run, `file.restore_failed`; with a `checkpointId`, an `executionId` and `removeOthers` what was taken away as
   * `file.cleanup_completed`, in a dry run too. What was interrupted is finished by calling it again.
   *
   * @returns what was written and taken away, or would be
   * @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING`; `WAYMARK_FILE_…` when it fails
   * @example
   * const plan = await waymark.files.restore(commit.id, './site', { removeOthers: true, dryRun: true });
   * console.log(plan.restored, plan.removed);
   */
  restore(commitId: string, folder: string, options: RestoreFilesOptions = {}): Promise<Checkout> {
    return this.#as(options, async () => {
      assertIdentifier(commitId, 'commit id');
      assertFolder(folder);
      assertRestoreOptions(options);
      return restoreFiles(this.#services, commitId, folder, options);
    });
  }

  /**
   * Reads every content of a commit back, and holds it to its hash. Recorded as `file.commit_verified`; the commit is
   * `verified` then.
   *
   * @throws WaymarkError `WAYMARK_FILE_DAMAGED` with what is missing or damaged in its details: the commit counts as
   *   verified no more
   */
  verify(commitId: string, options: VerifyFilesOptions = {}): Promise<VerifiedFiles> {
    return this.#as(options, async () => {
      assertIdentifier(commitId, 'commit id');
      assertVerifyOptions(options);
      return verifyCommit(this.#services, commitId, workOf(options));
    });
  }

  /**
   * {@link verify} for the files that a checkpoint goes back to. Recorded as `file.checkpoint_link_verified` as well.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_WITHOUT_FILES`, and what {@link verify} throws
   */
  verifyCheckpoint(checkpointId: string, options: VerifyFilesOptions = {}): Promise<VerifiedFiles> {
    return this.#as(options, async () => {
      assertIdentifier(checkpointId, 'checkpoint id');
      assertVerifyOptions(options);
      return verifyCheckpointFiles(this.#services, checkpointId, workOf(options));
    });
  }

  /**
   * Deletes a commit that nothing refers to. Recorded as `file.commit_deleted`. Its contents stay until {@link gc}.
   *
   * @throws WaymarkError `WAYMARK_FILE_COMMIT_NOT_FOUND`, `WAYMARK_FILE_COMMIT_PENDING`; `WAYMARK_FILE_COMMIT_LINKED`
   *   while a checkpoint, a workspace or a commit in the making needs it
   */
  delete(commitId: string, options: Pick<VerbOptions, 'actor'> = {}): Promise<FileCommit> {
    return this.#as(options, async () => {
      assertIdentifier(commitId, 'commit id');
      assertKeys(options, { actor: true }, 'delete option');
      return deleteCommit(this.#services, commitId);
    });
  }

  /**
   * Takes away commits that nobody finishes, with `unlinked` those that nothing refers to, and then the contents that no
   * commit has. Safe beside whoever commits, in this process and in others: what is young stays, and what is as young as
   * a commit in the making. Recorded as a `file.commit_deleted` for each commit that could be restored, and a
   * `file.blob_deleted` for each of the first hundred contents.
   *
   * @example
   * const { contents, bytes } = await waymark.files.gc({ unlinked: true, dryRun: true });
   */
  gc(options: CollectFilesOptions = {}): Promise<CollectedFiles> {
    return this.#as(options, async () => {
      assertCollectOptions(options);
      return collectFiles(this.#services, options);
    });
  }

  async #kept(commitId: string): ReturnType<typeof keptCommit> {
    assertIdentifier(commitId, 'commit id');
    return keptCommit(this.#services.commits, commitId);
  }

  #as<Result>(options: { readonly actor?: string } | null | undefined, work: () => Promise<Result>): Promise<Result> {
    return runWithContext({ actor: options?.actor }, work);
  }
}
