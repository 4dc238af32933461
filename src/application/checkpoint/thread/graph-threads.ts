import type { ForeignValues } from '../../../domain/checkpoint/content/encoded.js';
import { StateEncoder } from '../../../domain/checkpoint/content/state-encoder.js';
import type { GraphThread, ThreadCheckpointKey, ThreadQuery } from '../../../domain/checkpoint/thread/graph-thread.js';
import { assertNamespace, assertThreadId, assertThreadKey } from './thread-names.js';
import { readChannelHistory } from './channel-history.js';
import { type KeepsListing, ThreadReader } from './thread-reader.js';
import type { ThreadServices } from './thread-services.js';
import { removeThread } from './remove-thread.js';
import type { ChannelHistory, ThreadPut, ThreadSnapshot, ThreadWriteSnapshot } from './thread-snapshot.js';
import { ThreadWriter, type ThreadWriteInit } from './thread-writer.js';

/**
 * The threads of another engine (LangGraph's `thread_id`), kept as checkpoint trees beside those of Waymark's own
 * executions: adapters such as `WaymarkSaver` write and read them here.
 *
 * @example
 * for (const { threadId, executionId } of await waymark.threads.all()) console.log(threadId, executionId);
 */
export class GraphThreads {
  readonly #services: ThreadServices;
  readonly #reader: ThreadReader;
  readonly #writer: ThreadWriter;

  /** @param foreign makes data of an engine's own objects, and objects of data; without it only data is stored */
  constructor(services: ThreadServices, foreign?: ForeignValues) {
    this.#services = services;
    this.#reader = new ThreadReader(services, foreign);
    const encoder = new StateEncoder(foreign === undefined ? {} : { foreign });
    this.#writer = new ThreadWriter(services, this.#reader, encoder);
  }

  /** The same threads, with an engine's own objects in their states. */
  using(foreign: ForeignValues): GraphThreads {
    return new GraphThreads(this.#services, foreign);
  }

  /** Threads in the order of their creation, at most `limit` (1,000 when left out) after the one that is named. */
  all(options: { readonly after?: string; readonly limit?: number } = {}): Promise<readonly GraphThread[]> {
    return this.#services.threads.threads({ after: options.after, limit: options.limit ?? 1_000 });
  }

  /**
   * A thread by its name, or `undefined`: its `executionId` is that of its checkpoint tree, for `waymark.checkpoints`.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ID`
   */
  async find(threadId: string): Promise<GraphThread | undefined> {
    assertThreadId(threadId);
    return this.#services.threads.thread(threadId);
  }

  /** The thread whose checkpoint tree is that of an execution, or `undefined` for an execution of Waymark's own. */
  ofExecution(executionId: string): Promise<GraphThread | undefined> {
    return this.#services.threads.threadOfExecution(executionId);
  }

  /**
   * Stores a checkpoint: its state, its place in the tree, its name, and `checkpoint.created` in the log, in one
   * transaction. Of two with one name, the second replaces the first, which stays in the tree as the one before it; one
   * that says the same again changes nothing.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ID`, `WAYMARK_NOT_STORABLE`; WaymarkError `WAYMARK_STORE_…`
   */
  put(put: ThreadPut): Promise<void> {
    return this.#writer.put(put);
  }

  /**
   * Stores what a task wrote on top of a checkpoint, which need not be stored yet. What the task wrote there before
   * stays, but for writes of an index below zero.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ID`, `WAYMARK_NOT_STORABLE`; WaymarkError `WAYMARK_STORE_…`
   */
  putWrites(key: ThreadCheckpointKey, taskId: string, writes: readonly ThreadWriteInit[]): Promise<void> {
    return this.#writer.putWrites(key, taskId, writes);
  }

  /**
   * A checkpoint with its state and the writes on top of it, or `undefined`; the newest one of its namespace when none is
   * named. The state is checked against its hash; what is in rows (short records and writes, names) is taken as it is.
   *
   * @throws WaymarkError `WAYMARK_CHECKPOINT_ALTERED` when it is not what was stored, which is also recorded as
   *   `checkpoint.integrity_failed`
   */
  async get(threadId: string, namespace: string, checkpointId?: string): Promise<ThreadSnapshot | undefined> {
    assertThreadId(threadId);
    assertNamespace(namespace);
    const { threads } = this.#services;
    const named = checkpointId ?? (await threads.head(threadId, namespace));
    if (named === undefined) return undefined;
    const key = { threadId, namespace, checkpointId: named };
    assertThreadKey(key);
    const row = await threads.find(key);
    return row === undefined ? undefined : this.#reader.snapshot(row);
  }

  /**
   * Checkpoints, the newest first. The state of one is read when it is its turn, and not at all of those that are not
   * wanted.
   *
   * @param keeps whether a checkpoint is wanted, by what belongs to it beside its state
   */
  list(
    query: Omit<ThreadQuery, 'limit' | 'after'>,
    options: { readonly limit?: number | undefined; readonly keeps?: KeepsListing } = {},
  ): AsyncGenerator<ThreadSnapshot> {
    return this.#reader.list(query, options.limit ?? Number.POSITIVE_INFINITY, options.keeps ?? (() => true));
  }

  /** What was written to one channel on top of a checkpoint. */
  async sends(key: ThreadCheckpointKey, channel: string): Promise<readonly ThreadWriteSnapshot[]> {
    return this.#reader.sends(key, channel);
  }

  /**
   * For each channel what was written to it on the way to a checkpoint, since one before it last held its value whole.
   * Each checkpoint on the way is looked at once, and values are read at the end.
   */
  async channelHistory(
    key: ThreadCheckpointKey,
    channels: readonly string[],
  ): Promise<ReadonlyMap<string, ChannelHistory>> {
    return readChannelHistory(this.#services, this.#reader, key, channels);
  }

  /** The name of a namespace's newest checkpoint, or `undefined`. */
  head(threadId: string, namespace: string): Promise<string | undefined> {
    return this.#services.threads.head(threadId, namespace);
  }

  /**
   * Removes a thread with all its checkpoints, and records that as `checkpoint.pruned`. What its states were made of goes
   * with the next collection of contents. Does nothing where there is no such thread.
   */
  delete(threadId: string): Promise<void> {
    assertThreadId(threadId);
    return removeThread(this.#services, threadId);
  }
}
