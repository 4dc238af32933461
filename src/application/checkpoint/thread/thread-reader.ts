import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import { ContentGraph } from '../../../domain/checkpoint/content/content-graph.js';
import type { ContentRef, ForeignValues } from '../../../domain/checkpoint/content/encoded.js';
import { loadStateFrom, loadValuesFrom } from '../../../domain/checkpoint/content/load-state.js';
import { VerifiedBodies } from '../../../domain/checkpoint/content/verified-bodies.js';
import { manifestHash } from '../../../domain/checkpoint/content/manifest-hash.js';
import type {
  ThreadCheckpoint,
  ThreadCheckpointKey,
  ThreadQuery,
  ThreadWrite,
} from '../../../domain/checkpoint/thread/graph-thread.js';
import { CheckpointIntegrityFailed } from '../../../domain/events/families/checkpoint.events.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { type Hash, sha256Hex } from '../../../domain/shared/hash.js';
import { type ThreadRecord, toThreadRecord, versionsOf } from './thread-record.js';
import type { ThreadServices } from './thread-services.js';
import type { ThreadListing, ThreadSnapshot, ThreadWriteSnapshot } from './thread-snapshot.js';

/** Whether a checkpoint is wanted, by what belongs to it beside its state. */
export type KeepsListing = (listing: ThreadListing) => boolean | Promise<boolean>;

/** How many checkpoints are read at once: at first, and at most where many are wanted. */
const PAGES = { first: 16, growth: 4, most: 1_024 } as const;

/** How many checkpoints are looked up at once, of those that are wanted. */
const TOGETHER = 16;

/** A checkpoint with what is stored about it, its contents apart. */
interface Found {
  readonly row: ThreadCheckpoint;
  readonly checkpoint: Checkpoint;
  readonly writes: readonly ThreadWrite[];
}

/** Reads the checkpoints of threads, and checks them. */
export class ThreadReader {
  readonly #services: ThreadServices;
  readonly #foreign: ForeignValues | undefined;
  /** What was read lately: the next state of a thread is mostly the one before. */
  readonly #verified = new VerifiedBodies();

  constructor(services: ThreadServices, foreign: ForeignValues | undefined) {
    this.#services = services;
    this.#foreign = foreign;
  }

  /** A checkpoint with its state and what was written on top of it, or `undefined` where its tree does not have it. */
  async snapshot(row: ThreadCheckpoint): Promise<ThreadSnapshot | undefined> {
    const found = await this.#find(row);
    return found === undefined ? undefined : this.#standing(found, this.#contents(), 'at once');
  }

  async #find(row: ThreadCheckpoint): Promise<Found | undefined> {
    const [checkpoint, writes] = await Promise.all([
      this.#services.checkpoints.find(row.id),
      this.#services.threads.writes(row),
    ]);
    return checkpoint === undefined ? undefined : { row, checkpoint, writes };
  }

  /**
   * A checkpoint's snapshot, or `undefined` where it was removed since it was found: what it was made of may be collected
   * by then, which is no damage. Where it was replaced, that of the other one.
   */
  async #standing(
    found: Found,
    graph: ContentGraph,
    manner: 'at once' | 'lazily',
  ): Promise<ThreadSnapshot | undefined> {
    for (let at: Found | undefined = found, contents = graph; at !== undefined; contents = this.#contents()) {
      try {
        return await this.#snapshot(at, contents, manner);
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        const row: ThreadCheckpoint | undefined = await this.#services.threads.find(at.row);
        const now: Found | undefined = row === undefined ? undefined : await this.#find(row);
        if (now !== undefined && refsOf(now) === refsOf(at)) throw await this.#altered(at.checkpoint, error);
        at = now;
      }
    }
    return undefined;
  }

  async #snapshot(
    { row, checkpoint, writes }: Found,
    graph: ContentGraph,
    manner: 'at once' | 'lazily',
  ): Promise<ThreadSnapshot> {
    const values = writes.map(({ value }) => value);
    // All that they are made of with as few questions as the deepest of them takes.
    await graph.load([row.record, ...checkpoint.manifest.map(([, ref]) => ref), ...values]);
    const record = await this.#record(row, graph);
    const state = await this.#state(checkpoint, graph, manner);
    const written = await this.#writes(values, graph);
    const snapshots = writes.map(({ taskId, channel }, at) => ({ taskId, channel, value: written[at] }));
    return { ...listingOf(row, record), values: state, writes: snapshots };
  }

  /** What is known of a checkpoint without its state, and the checkpoint in the tree. */
  async known(
    row: ThreadCheckpoint,
  ): Promise<{ readonly checkpoint: Checkpoint; readonly record: ThreadRecord } | undefined> {
    const checkpoint = await this.#services.checkpoints.find(row.id);
    if (checkpoint === undefined) return undefined;
    const record = await this.#standingRecord(row, this.#contents());
    return record === undefined ? undefined : { checkpoint, record };
  }

  /**
   * Checkpoints by what is asked for, a page at a time: state is read of those alone that are wanted, and when they are.
   * What states share is read once, and each channel's value is made when it is first looked at.
   */
  async *list(query: Omit<ThreadQuery, 'limit'>, limit: number, keeps: KeepsListing): AsyncGenerator<ThreadSnapshot> {
    let left = limit;
    let size: number = PAGES.first;
    for (let after: ThreadCheckpoint | undefined; left > 0; size = Math.min(size * PAGES.growth, PAGES.most)) {
      const page: readonly ThreadCheckpoint[] = await this.#services.threads.list({ ...query, after, limit: size });
      const graph = this.#contents();
      await graph.load(page.map(({ record }) => record));
      const records = await Promise.all(page.map((row) => this.#standingRecord(row, graph)));
      let wanted: ThreadCheckpoint[] = [];
      for (const [at, row] of page.entries()) {
        const record = records[at];
        if (record !== undefined && (await keeps(listingOf(row, record)))) wanted.push(row);
        if (wanted.length < Math.min(TOGETHER, left) && at < page.length - 1) continue;
        const group = wanted;
        wanted = [];
        for (const found of await this.#findAll(group)) {
          const snapshot = await this.#standing(found, graph, 'lazily');
          if (snapshot === undefined) continue;
          yield snapshot;
          left -= 1;
        }
        if (left === 0) return;
      }
      if (page.length < size) return;
      after = page.at(-1);
    }
  }

  /** Checkpoints with the writes on top of them, but for those that the tree does not have. */
  async #findAll(rows: readonly ThreadCheckpoint[]): Promise<readonly Found[]> {
    const { checkpoints, threads } = this.#services;
    const [found, writes] = await Promise.all([checkpoints.findAll(rows.map(({ id }) => id)), threads.writesOf(rows)]);
    const byId = new Map(found.map((checkpoint) => [checkpoint.id, checkpoint]));
    return rows.flatMap((row, at) => {
      const checkpoint = byId.get(row.id);
      return checkpoint === undefined ? [] : [{ row, checkpoint, writes: writes[at] ?? [] }];
    });
  }

  /** What was written on top of a checkpoint, in one channel. */
  async sends(row: ThreadCheckpointKey, channel: string): Promise<readonly ThreadWriteSnapshot[]> {
    const writes = (await this.#services.threads.writes(row)).filter((write) => write.channel === channel);
    const values = await this.values(writes.map(({ value }) => value));
    return writes.map(({ taskId }, at) => ({ taskId, channel, value: values[at] }));
  }

  /**
   * Values, read at once.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_ALTERED`
   */
  async values(refs: readonly ContentRef[]): Promise<readonly unknown[]> {
    return refs.length === 0 ? [] : loadValuesFrom(this.#contents(), refs, this.#options());
  }

  async #writes(refs: readonly ContentRef[], graph: ContentGraph): Promise<readonly unknown[]> {
    if (refs.length === 0) return [];
    try {
      return await loadValuesFrom(graph, refs, this.#options());
    } catch (error) {
      if (!WaymarkError.is(error, 'WAYMARK_CHECKPOINT_ALTERED')) throw error;
      throw new Damaged(sha256Hex(JSON.stringify(error.details['hashes'])), error);
    }
  }

  async #record(row: ThreadCheckpoint, graph: ContentGraph): Promise<ThreadRecord> {
    try {
      const [record] = await loadValuesFrom(graph, [row.record], this.#options());
      return toThreadRecord(record, row.checkpointId);
    } catch (error) {
      if (!WaymarkError.is(error, 'WAYMARK_CHECKPOINT_ALTERED')) throw error;
      throw new Damaged(sha256Hex(row.record), error);
    }
  }

  /** A checkpoint's record, or `undefined` where the checkpoint was removed or replaced since it was found. */
  async #standingRecord(row: ThreadCheckpoint, graph: ContentGraph): Promise<ThreadRecord | undefined> {
    try {
      return await this.#record(row, graph);
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      const now = await this.#services.threads.find(row);
      const checkpoint = now === undefined ? undefined : await this.#services.checkpoints.find(now.id);
      if (checkpoint === undefined || now?.id !== row.id || now.record !== row.record) return undefined;
      throw await this.#altered(checkpoint, error);
    }
  }

  async #state(
    checkpoint: Checkpoint,
    graph: ContentGraph,
    manner: 'at once' | 'lazily',
  ): Promise<Record<string, unknown>> {
    const { manifest, stateHash } = checkpoint;
    const given = manifestHash(manifest);
    // Where the manifest is another one already, what it leads to says nothing.
    if (given !== stateHash) throw new Damaged(given);
    const { state, actualHash } = await loadStateFrom(graph, manifest, this.#options(), manner);
    if (actualHash !== stateHash) throw new Damaged(actualHash);
    return state;
  }

  async #altered(checkpoint: Checkpoint, { actualHash, cause }: Damaged): Promise<WaymarkError> {
    const { id: checkpointId, executionId, stateHash: expectedHash } = checkpoint;
    const { recorder, factory } = this.#services;
    const found = { executionId, checkpointId, expectedHash, actualHash };
    await recorder.record([factory.make(CheckpointIntegrityFailed, found)]);
    return new WaymarkError(
      'WAYMARK_CHECKPOINT_ALTERED',
      `What is stored of checkpoint ${checkpointId} is not what was stored.`,
      {
        cause,
        hint: 'Go back to another checkpoint, and look at what changed the store outside of Waymark.',
        details: { checkpointId, expectedHash, actualHash },
      },
    );
  }

  /** For what is read together: it asks for nothing twice, and checks nothing twice. */
  #contents(): ContentGraph {
    return new ContentGraph((hashes) => this.#services.checkpoints.contents(hashes), { verified: this.#verified });
  }

  #options(): { readonly foreign?: ForeignValues | undefined } {
    return { foreign: this.#foreign };
  }
}

/** What was read is not what was stored, unless it was removed meanwhile. */
class Damaged extends Error {
  readonly actualHash: Hash;

  constructor(actualHash: Hash, cause?: unknown) {
    super('damaged', { cause });
    this.actualHash = actualHash;
  }
}

/** All that a checkpoint refers to, as one text. */
function refsOf({ row, checkpoint, writes }: Found): string {
  return JSON.stringify([row.id, row.record, checkpoint.stateHash, writes.map(({ value }) => value)]);
}

function listingOf(row: ThreadCheckpoint, record: ThreadRecord): ThreadListing {
  const { threadId, namespace, checkpointId, parentCheckpointId, id } = row;
  const key = { threadId, namespace, checkpointId };
  return { ...key, parentCheckpointId, id, versions: versionsOf(record), details: record.d };
}
