import { MAIN_BRANCH } from '../../../domain/checkpoint/checkpoint.js';
import type { StateEncoder } from '../../../domain/checkpoint/content/state-encoder.js';
import { manifestHash } from '../../../domain/checkpoint/content/manifest-hash.js';
import {
  type GraphThread,
  hashedKey,
  type ThreadCheckpointKey,
  threadKey,
  type ThreadWrite,
} from '../../../domain/checkpoint/thread/graph-thread.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { TransactionScope } from '../../../domain/shared/transaction.js';
import { storeCheckpoint, storeValues } from '../store-checkpoint.js';
import { encodeWrite } from './encode-write.js';
import { draftState, encodeNew, type NewValues, type StateDraft } from './draft-state.js';
import { eventsOf } from './checkpoint-events.js';
import { keyText, type KnownCheckpoint } from './known-checkpoints.js';
import { type Base, BaseMoved, parentOf, PutBases } from './put-base.js';
import { isSame, nextNodes, putConflict, toKnown } from './put-facts.js';
import { takeLine } from './thread-line.js';
import { assertTaskId, assertThreadKey } from './thread-names.js';
import type { ThreadReader } from './thread-reader.js';
import type { ThreadServices } from './thread-services.js';
import type { ThreadPut } from './thread-snapshot.js';

/** A write of a task that is to be stored. */
export interface ThreadWriteInit {
  /** See `ThreadWrite`. */
  readonly index: number;
  readonly channel: string;
  readonly value: unknown;
}

/** How often a put is prepared again because what it stands on has changed meanwhile. */
const MAX_TRIES = 8;

/** Stores the checkpoints of threads: each in one transaction, with the events that tell of it. */
export class ThreadWriter {
  readonly #services: ThreadServices;
  readonly #encoder: StateEncoder;
  readonly #bases: PutBases;
  /** The last put of each thread: when it has been handed over, the next one is made ready. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** What is being committed, by name. */
  readonly #pending = new Map<string, Promise<void>>();
  /** What was put and is not stored yet, by name. */
  readonly #underway = new Map<string, ThreadPut>();

  constructor(services: ThreadServices, reader: ThreadReader, encoder: StateEncoder) {
    this.#services = services;
    this.#bases = new PutBases(services, reader);
    this.#encoder = encoder;
  }

  /** See `GraphThreads.put`. */
  async put(given: ThreadPut): Promise<void> {
    assertThreadKey(given);
    const { values, versions, newVersions } = given;
    // Whoever gave them may go on, and change them.
    const put = { ...given, values: { ...values }, versions: { ...versions }, newVersions: { ...newVersions } };
    const encoded = encodeNew(put, this.#encoder, (channel) => this.#isHeld(put, channel));
    const name = keyText(put);
    this.#underway.set(name, put);
    try {
      await this.#put(put, encoded);
    } finally {
      if (this.#underway.get(name) === put) this.#underway.delete(name);
    }
  }

  /** Whether the checkpoint before, which is remembered or is just being stored, has the value of a channel. */
  #isHeld(put: ThreadPut, channel: string): boolean {
    const key = parentOf(put);
    if (key === undefined) return false;
    const version = put.versions[channel];
    const underway = this.#underway.get(keyText(key));
    if (underway !== undefined) {
      return Object.hasOwn(underway.values, channel) && underway.versions[channel] === version;
    }
    const known = this.#bases.remembered(key);
    if (known?.manifest.has(channel) !== true || !Object.hasOwn(known.channels, channel)) return false;
    return known.channels[channel]?.[0] === version;
  }

  async #put(put: ThreadPut, encoded: NewValues): Promise<void> {
    let freshId: string | undefined;
    let looks = false;
    for (let tries = 1; ; tries += 1) {
      try {
        const { committed } = await this.#inTurn(put.threadId, () => this.#handOver(put, encoded, looks, freshId));
        await committed;
        return;
      } catch (error) {
        const isTaken = WaymarkError.is(error, 'WAYMARK_CHECKPOINT_EXISTS');
        if (!isTaken && !(error instanceof BaseMoved)) throw error;
        if (tries === MAX_TRIES) throw isTaken ? error : putConflict(put);
        if (isTaken) freshId = this.#services.factory.ids.next();
        looks = true;
      }
    }
  }

  /** See `GraphThreads.putWrites`. */
  async putWrites(key: ThreadCheckpointKey, taskId: string, writes: readonly ThreadWriteInit[]): Promise<void> {
    assertThreadKey(key);
    assertTaskId(taskId);
    // Of two in one place, the first counts; of two special ones the last does, which replaces the other.
    const byIndex = new Map<number, ThreadWriteInit>();
    for (const write of writes) if (write.index < 0 || !byIndex.has(write.index)) byIndex.set(write.index, write);
    const encoded = Array.from(byIndex.values(), ({ index, channel, value }) => {
      const what = `write of task ${taskId} to ${JSON.stringify(channel)}`;
      return { index, channel, value: encodeWrite(this.#encoder, value, what) };
    });
    const { threadId, namespace, checkpointId } = key;
    const rows = encoded.map(({ index, channel, value }): ThreadWrite => ({
      threadId,
      namespace,
      checkpointId,
      taskId,
      index,
      channel,
      value: value.ref,
    }));
    const { checkpoints, threads, recorder } = this.#services;
    await recorder.commit({
      weight: 1,
      write: async (scope) => {
        const known = await threads.thread(threadId, scope);
        if (known === undefined) await threads.saveThread(await this.#newThread(threadId), scope);
        await storeValues(
          checkpoints,
          encoded.map(({ value }) => value),
          scope,
        );
        await threads.addWrites(rows, scope);
        return [];
      },
    });
  }

  /** Resolves when it is in the queue of what is committed, so that what comes after it comes after it there as well. */
  async #handOver(put: ThreadPut, encoded: NewValues, looks: boolean, freshId: string | undefined): Promise<Handed> {
    const parentKey = parentOf(put);
    // Whoever puts it is told how that ended.
    for (const key of parentKey === undefined ? [put] : [parentKey, put]) await this.#pending.get(keyText(key));
    const base = await this.#bases.find(put, looks);
    const draft = await draftState(put, encoded, this.#bases.draftBase(put, base), this.#encoder);
    // What a run did before it put this comes before it in the log as well.
    const told = this.#services.told?.();
    if (told !== undefined) await told;
    const committed = this.#commit(put, base, draft, freshId);
    const name = keyText(put);
    const ended = committed.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.set(name, ended);
    void ended.then(() => this.#pending.get(name) === ended && this.#pending.delete(name));
    return { committed };
  }

  async #commit(put: ThreadPut, base: Base, draft: StateDraft, freshId: string | undefined): Promise<void> {
    let written: KnownCheckpoint | undefined;
    await this.#services.recorder.commit({
      weight: 2,
      write: async (scope) => {
        const thread =
          (await this.#services.threads.thread(put.threadId, scope)) ?? (await this.#newThread(put.threadId));
        await this.#bases.assertStands(put, base, scope);
        await this.#bases.assertCarried(draft, scope);
        if (isSame(put, draft, base.existing)) {
          written = base.existing;
          return [];
        }
        const { known, events } = await this.#write(put, base, draft, thread, freshId, scope);
        written = known;
        return events;
      },
    });
    if (written !== undefined) this.#bases.remember(put, written);
  }

  async #write(
    put: ThreadPut,
    base: Base,
    draft: StateDraft,
    thread: GraphThread,
    freshId: string | undefined,
    scope: TransactionScope,
  ): Promise<{ readonly known: KnownCheckpoint; readonly events: readonly DomainEvent[] }> {
    const { checkpoints, threads, factory } = this.#services;
    const { executionId, checkpointsCreated: sequence } = thread;
    // What is replaced stays in the tree, with the log's word for it: the new one follows it there.
    const follows = base.existing ?? base.parent;
    const id = freshId ?? (base.existing === undefined ? put.checkpointId : factory.ids.next());
    const outer = follows === undefined ? await this.#outer(put, scope) : undefined;
    await threads.saveThread({ ...thread, checkpointsCreated: sequence + 1 }, scope);
    const request = { executionId, headCheckpointId: id, namespace: put.namespace, sequence, follows, outer };
    const line = await takeLine(checkpoints, request, scope);
    await storeValues(checkpoints, draft.recordValues, scope);
    const checkpoint = await storeCheckpoint(
      checkpoints,
      {
        checkpoint: {
          id,
          executionId,
          parentId: (follows ?? outer)?.id ?? null,
          branchId: line.branchId,
          sequence,
          kind: put.kind,
          nodeId: null,
          occurrence: null,
          position: { completed: [], nextNodeIds: nextNodes(put) },
          stateHash: manifestHash(draft.manifest),
          manifest: draft.manifest,
          stateBytes: draft.stateBytes,
          createdAt: factory.now(),
        },
        values: draft.values,
      },
      scope,
    );
    const { threadId, namespace, checkpointId, parentCheckpointId } = put;
    const key = { threadId, namespace, checkpointId };
    await threads.save({ ...key, parentCheckpointId, id, record: draft.recordRef }, scope);
    const head = await threads.head(threadId, namespace, scope);
    if (head === undefined || head < checkpointId || head === parentCheckpointId) await threads.saveHead(key, scope);
    const epoch = await checkpoints.contentEpoch(scope);
    return {
      known: { ...toKnown(put, draft, id, line.branchId), epoch },
      events: eventsOf(this.#services.factory, checkpoint, line),
    };
  }

  /** The checkpoint of the graph itself that a sub-graph's first one starts from, where that is there. */
  async #outer(put: ThreadPut, scope: TransactionScope): Promise<{ id: string; branchId: string } | undefined> {
    if (put.namespace === '' || put.outerCheckpointId === null) return undefined;
    const key = { threadId: put.threadId, namespace: '', checkpointId: put.outerCheckpointId };
    const row = await this.#services.threads.find(key, scope);
    if (row === undefined) return undefined;
    const known = this.#bases.remembered(key) ?? (await this.#services.checkpoints.find(row.id));
    // One that is being committed together with this one is on the graph's own branch, as far as is known.
    return { id: row.id, branchId: known?.branchId ?? MAIN_BRANCH };
  }

  /** A thread whose execution is called like it, unless there is another of that name. */
  async #newThread(threadId: string): Promise<GraphThread> {
    const key = threadKey(threadId);
    const taken = await this.#services.checkpoints.branches(key);
    return { threadId, executionId: taken.length === 0 ? key : hashedKey(threadId), checkpointsCreated: 0 };
  }

  /** Puts of one thread are made ready one after another, in the order of the calls. */
  async #inTurn<T>(threadId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(threadId) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(threadId, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(threadId) === turn) this.#turns.delete(threadId);
    }
  }
}

/** A commit that is on its way. In an object, for a promise of a promise would wait for it. */
interface Handed {
  readonly committed: Promise<void>;
}
