import { valueAltered } from '../../../domain/checkpoint/content/content.errors.js';
import { refHash } from '../../../domain/checkpoint/content/references.js';
import type { ThreadCheckpoint, ThreadCheckpointKey } from '../../../domain/checkpoint/thread/graph-thread.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import type { DraftBase, StateDraft } from './draft-state.js';
import { type KnownCheckpoint, KnownCheckpoints } from './known-checkpoints.js';
import type { ThreadReader } from './thread-reader.js';
import type { ThreadServices } from './thread-services.js';
import type { ThreadPut } from './thread-snapshot.js';

/** What a put is prepared on top of. */
export interface Base {
  readonly parent: KnownCheckpoint | undefined;
  /** What stands under its own name already. */
  readonly existing: KnownCheckpoint | undefined;
}

/** What a put was prepared on top of is another one by now: it is prepared again. */
export class BaseMoved extends Error {}

/** How many checkpoints without a parent are looked through for a value that one of them may be a copy of. */
const ROOTS = 32;

/** Finds what puts build on: most often it was stored from here just before. */
export class PutBases {
  readonly #services: ThreadServices;
  readonly #reader: ThreadReader;
  readonly #known = new KnownCheckpoints();

  constructor(services: ThreadServices, reader: ThreadReader) {
    this.#services = services;
    this.#reader = reader;
  }

  /** A checkpoint was stored. */
  remember(key: ThreadCheckpointKey, known: KnownCheckpoint): void {
    this.#known.set(key, known);
  }

  /** What is known of a checkpoint without a look into the store. */
  remembered(key: ThreadCheckpointKey): KnownCheckpoint | undefined {
    return this.#known.get(key);
  }

  /** @throws BaseMoved when what a put was prepared on top of is another one by now */
  async assertStands(put: ThreadPut, { parent, existing }: Base, scope: TransactionScope): Promise<void> {
    const { threads } = this.#services;
    const parentKey = parentOf(put);
    const before = parentKey === undefined ? undefined : await threads.find(parentKey, scope);
    if (!(await this.#stillIs(before, parent, scope))) throw new BaseMoved();
    if (!(await this.#stillIs(await threads.find(put, scope), existing, scope))) throw new BaseMoved();
  }

  /** Its id is not enough: a thread that is removed and made again may give it to something else. */
  async #stillIs(
    row: ThreadCheckpoint | undefined,
    known: KnownCheckpoint | undefined,
    scope: TransactionScope,
  ): Promise<boolean> {
    if (row === undefined || known === undefined) return row === known;
    const { id, record, parentCheckpointId } = row;
    if (id !== known.id || record !== known.recordRef || parentCheckpointId !== known.parentCheckpointId) return false;
    return (await this.#services.checkpoints.stateHashOf(id, scope)) === known.stateHash;
  }

  /**
   * What is taken over need not be looked for since the checkpoint that has it was stored; but once contents were removed.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_ALTERED` where a stored checkpoint has lost it
   */
  async assertCarried({ carried }: StateDraft, scope: TransactionScope): Promise<void> {
    if (carried.length === 0) return;
    const { checkpoints } = this.#services;
    const epoch = await checkpoints.contentEpoch(scope);
    const unsure = carried.flatMap(({ ref, from }) => (from.epoch === epoch ? [] : (refHash(ref) ?? [])));
    if (unsure.length === 0) return;
    const missing = await checkpoints.missing([...new Set(unsure)], scope);
    if (missing.size > 0) throw valueAltered('state of the checkpoint before', [...missing]);
  }

  /**
   * What there is to build on.
   *
   * @param looks whether to look into the store also for what is nearly always remembered, or not there
   */
  async find(put: ThreadPut, looks: boolean): Promise<Base> {
    const parentKey = parentOf(put);
    return {
      parent: parentKey === undefined ? undefined : await this.#knownAt(parentKey, looks),
      existing: looks ? await this.#knownAt(put, looks) : this.#known.get(put),
    };
  }

  async #knownAt(key: ThreadCheckpointKey, looks: boolean): Promise<KnownCheckpoint | undefined> {
    const known = looks ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const row = await this.#services.threads.find(key);
    const read = row === undefined ? undefined : await this.#read(row);
    if (read === undefined) this.#known.delete(key);
    else this.#known.set(key, read);
    return read;
  }

  async #read(row: ThreadCheckpoint): Promise<KnownCheckpoint | undefined> {
    const found = await this.#reader.known(row);
    if (found === undefined) return undefined;
    const { checkpoint, record } = found;
    return {
      id: row.id,
      branchId: checkpoint.branchId,
      parentCheckpointId: row.parentCheckpointId,
      channels: record.c,
      manifest: new Map(checkpoint.manifest),
      recordRef: row.record,
      stored: checkpoint.manifest,
      stateHash: checkpoint.stateHash,
    };
  }

  /** Where the values of channels that did not change come from. */
  draftBase(put: ThreadPut, { parent, existing }: Base): DraftBase {
    const before = [parent, existing].filter((known) => known !== undefined);
    let roots: Promise<readonly KnownCheckpoint[]> | undefined;
    return {
      before,
      holds: async (channel) => {
        if (before.length > 0 || put.parentCheckpointId !== null) return true;
        // A copy of a first checkpoint follows nothing, as that one does.
        const candidates = await (roots ??= this.#roots(put));
        return candidates.some(({ manifest }) => manifest.has(channel));
      },
    };
  }

  async #roots({ threadId, namespace }: ThreadPut): Promise<readonly KnownCheckpoint[]> {
    const rows = await this.#services.threads.list({ threadId, namespace, limit: ROOTS });
    const roots = rows.filter(({ parentCheckpointId }) => parentCheckpointId === null);
    const read = await Promise.all(roots.map((row) => this.#read(row)));
    return read.filter((known) => known !== undefined);
  }
}

/** How the checkpoint is called that a put follows. */
export function parentOf({ threadId, namespace, parentCheckpointId }: ThreadPut): ThreadCheckpointKey | undefined {
  return parentCheckpointId === null ? undefined : { threadId, namespace, checkpointId: parentCheckpointId };
}
