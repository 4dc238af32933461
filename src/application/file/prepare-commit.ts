import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { AmbientContext } from '../../domain/events/event-context.js';
import type { FileChange, FileCommit } from '../../domain/file/file-commit.js';
import type { Hash } from '../../domain/shared/hash.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { commitLost, commitNotFound } from './file-commit.errors.js';
import { commitEvents } from './file-events.js';
import type { FileServices } from './file-services.js';
import type { FileWorkOptions, Snapshot, SnapshotOptions } from './file-storage.port.js';
import { keptCommit } from './kept-commit.js';

/** Whose files are kept, and how. */
export interface PrepareOptions extends FileWorkOptions {
  /** What the commit is for. */
  readonly message?: string;
  /** The execution it belongs to. */
  readonly executionId?: string;
  /** The workspace whose files they are. */
  readonly workspaceId?: string;
  /** The commit of the same folder before it: what has not changed since is not told of again. */
  readonly parentId?: string;
  /** What is left out, beside what `.gitignore` files in the folder say: lines in their syntax. */
  readonly ignore?: readonly string[];
  /** A file outside of the folder that remembers what was seen, so that what did not change is not read again. */
  readonly index?: string;
}

/** Files whose contents are stored, and that are a commit as soon as somebody's transaction says so. */
export interface PreparedCommit {
  /** The commit as it will be; where nothing has changed, the one before it. */
  readonly commit: FileCommit;
  /** What is other than in the commit before it: everything where there was none. */
  readonly changes: readonly FileChange[];
  /** Whether the files are those of the commit before: then there is no new one. */
  readonly unchanged: boolean;
  /** What is to be recorded with {@link save}: nothing where nothing has changed. */
  events(context?: AmbientContext): readonly DomainEvent[];
  /** Writes the commit within a transaction. @throws WaymarkError `WAYMARK_FILE_COMMIT_LOST` */
  save(scope: TransactionScope): Promise<void>;
  /** Gives it up, where there will be no such transaction. Idempotent. What was stored is collected some day. */
  discard(): Promise<void>;
}

/** From then on a snapshot is long: a collection that begins meanwhile has to know of it. */
const LONG_MS = 5_000;

/**
 * Stores the files of a folder as a commit that waits for a transaction.
 *
 * A commit that is being made has a row, durable in a transaction of its own: it keeps collections away from what is as
 * young as itself and from the commit before, and tells after a crash that there was one. It costs a transaction, so it
 * is written no earlier than it is needed:
 *
 * - without a commit before, first of all: there will be a new one in any case;
 * - else when it is known that something has changed, or when the snapshot has become long. Until then the contents are
 *   too young for any collection. A folder in which nothing has changed costs no write at all.
 */
export async function prepareCommit(
  services: FileServices,
  folder: string,
  options: PrepareOptions,
): Promise<PreparedCommit> {
  const { parentId } = options;
  const parent = parentId === undefined ? undefined : await keptCommit(services.commits, parentId);
  const pending = new PendingCommit(services, options);
  try {
    if (parent === undefined) await pending.begin();
    const snapshot = await services.storage.snapshot(folder, snapshotOptions(options, parent?.treeHash, pending));
    if (parent !== undefined && snapshot.treeHash === parent.treeHash) {
      await pending.discard();
      return unchangedCommit(parent);
    }
    await pending.begin();
    return preparedCommit(services, pending, snapshot);
  } catch (error) {
    await pending.giveUp();
    throw error;
  }
}

function snapshotOptions(
  { ignore, index, signal, onProgress }: PrepareOptions,
  base: Hash | undefined,
  pending: PendingCommit,
): SnapshotOptions {
  return {
    ...(ignore === undefined ? {} : { ignore }),
    ...(index === undefined ? {} : { index }),
    ...(signal === undefined ? {} : { signal }),
    ...(base === undefined ? {} : { base }),
    onProgress: (progress) => {
      pending.beginWhereLong();
      onProgress?.(progress);
    },
  };
}

function unchangedCommit(commit: FileCommit): PreparedCommit {
  return {
    commit,
    changes: [],
    unchanged: true,
    events: () => [],
    save: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

function preparedCommit(services: FileServices, pending: PendingCommit, snapshot: Snapshot): PreparedCommit {
  const { treeHash, fileCount, totalBytes, changes } = snapshot;
  const { row } = pending;
  const commit: FileCommit = Object.freeze({
    ...row,
    status: 'finalised',
    treeHash,
    fileCount,
    totalBytes,
    owner: null,
  });
  return {
    commit,
    changes,
    unchanged: false,
    events: (context) => commitEvents(services.factory, commit, snapshot, context),
    save: async (scope) => {
      // A collection that took its row away, as that of somebody who is gone, may have taken contents with it.
      if ((await services.commits.find(commit.id, scope)) === undefined) throw commitLost(commit.id);
      await services.commits.save(commit, scope);
    },
    discard: () => pending.discard(),
  };
}

/** The row of a commit that is being made. */
class PendingCommit {
  readonly row: FileCommit;
  readonly #services: FileServices;
  readonly #startedMs: number;
  #begun: Promise<void> | undefined;

  constructor(services: FileServices, { message, executionId, workspaceId, parentId }: PrepareOptions) {
    const { factory, identity } = services;
    this.#services = services;
    this.#startedMs = factory.clock.now();
    this.row = Object.freeze({
      id: factory.ids.next(),
      status: 'pending',
      treeHash: null,
      fileCount: 0,
      totalBytes: 0,
      message: message ?? null,
      executionId: executionId ?? null,
      workspaceId: workspaceId ?? null,
      parentId: parentId ?? null,
      owner: identity.self,
      // Before the first content of it: a collection leaves alone what is younger.
      createdAt: factory.now(),
      verifiedAt: null,
    });
  }

  /** Makes it durable, once. */
  begin(): Promise<void> {
    this.#begun ??= this.#write(async (scope) => {
      const { parentId } = this.row;
      const { commits } = this.#services;
      // Its contents are what this one has in common with it: from here on nobody deletes it.
      if (parentId !== null && (await commits.find(parentId, scope)) === undefined) throw commitNotFound(parentId);
      await commits.save(this.row, scope);
    });
    return this.#begun;
  }

  beginWhereLong(): void {
    if (this.#begun !== undefined || this.#services.factory.clock.now() - this.#startedMs < LONG_MS) return;
    // Whoever takes the snapshot waits for it, and learns of its failure there.
    this.begin().catch(() => undefined);
  }

  /** Takes it away, where it is. */
  async discard(): Promise<void> {
    const begun = this.#begun;
    if (begun === undefined) return;
    await begun;
    const { commits } = this.#services;
    await this.#write(async (scope) => {
      const found = await commits.find(this.row.id, scope);
      if (found?.status === 'pending') await commits.remove(found.id, scope);
    });
  }

  /** {@link discard} after a failure, which is what its caller has to learn of: a row that stays is collected. */
  async giveUp(): Promise<void> {
    await this.discard().catch(() => undefined);
  }

  #write(work: (scope: TransactionScope) => Promise<void>): Promise<void> {
    return this.#services.recorder.commit({
      weight: 0,
      write: async (scope) => {
        await work(scope);
        return [];
      },
    });
  }
}
