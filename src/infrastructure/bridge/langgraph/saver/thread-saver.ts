import type { RunnableConfig } from '@langchain/core/runnables';
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointListOptions,
  CheckpointMetadata,
  CheckpointPendingWrite,
  CheckpointTuple,
  DeltaChannelHistory,
  PendingWrite,
  SerializerProtocol,
} from '@langchain/langgraph-checkpoint';
import type { GraphThreads } from '../../../../application/checkpoint/thread/graph-threads.js';
import type { ThreadListing, ThreadSnapshot } from '../../../../application/checkpoint/thread/thread-snapshot.js';
import { assertThreadId } from '../../../../application/checkpoint/thread/thread-names.js';
import { movedPath } from '../../../../application/checkpoint/thread/moved-path.js';
import type { ForeignValues } from '../../../../domain/checkpoint/content/encoded.js';
import { InvalidArgumentError } from '../../../../domain/shared/errors.js';
import { setOwn } from '../../../../domain/shared/json.js';
import { kindOf, nextNodesOf } from './checkpoint-facts.js';
import { copyDetails } from './copy-details.js';
import { graphValues } from './graph-values.js';
import { HostFormat } from './host-format.js';
import { checkpointPackage, langChainPackages } from './langchain-packages.js';
import { matchesMetadata } from './metadata-filter.js';

const { BaseCheckpointSaver, getCheckpointId, maxChannelVersion, TASKS, WRITES_IDX_MAP } = checkpointPackage;

/** What is kept of a checkpoint beside its channels: what else LangGraph says, and its metadata. */
interface Details {
  readonly v: number;
  readonly ts: string;
  /** `versions_seen` */
  readonly s: Checkpoint['versions_seen'];
  /** The metadata, in the host's format where it has one. */
  readonly m: unknown;
  /** What a checkpoint of another version has beside that. */
  readonly x?: Readonly<Record<string, unknown>>;
}

/** How a saver stores. */
export interface ThreadSaverOptions {
  /**
   * A format of the host's own for values and metadata: to encrypt them, say. Without one they are stored in Waymark's
   * typed format, of which unchanged parts are stored once. Names of threads, channels, nodes and tasks stay readable.
   */
  readonly serde?: SerializerProtocol;
}

/** A checkpoint saver of LangGraph.js on the threads of a Waymark. */
export class ThreadSaver extends BaseCheckpointSaver {
  readonly #threads: GraphThreads;
  readonly #format: HostFormat;
  readonly #values: ForeignValues;

  constructor(threads: GraphThreads, { serde }: ThreadSaverOptions = {}) {
    super(serde);
    this.#values = graphValues(langChainPackages);
    this.#threads = threads.using(this.#values);
    this.#format = new HostFormat(serde);
  }

  /**
   * A checkpoint: the one that is named, or the newest one of the thread and namespace; `undefined` where there is none.
   *
   * Its state is checked against the state hash, content by content; a content that was read lately in this process is not
   * read again. Versions, metadata and pending writes are what the rows say: only what of them is a content is checked.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ID`; WaymarkError `WAYMARK_CHECKPOINT_ALTERED` when it is not what was
   *   stored, which is also recorded as `checkpoint.integrity_failed`
   */
  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const { threadId, namespace = '' } = threadIn(config);
    if (threadId === undefined) return undefined;
    const snapshot = await this.#threads.get(threadId as string, namespace as string, namedIn(config));
    return snapshot === undefined ? undefined : this.#tuple(snapshot);
  }

  /**
   * Checkpoints, the newest first: of all threads, or of one, or of one namespace. State is read of those alone that are
   * given out, when they are asked for.
   */
  override async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const { threadId, namespace } = threadIn(config);
    if (threadId !== undefined && threadId !== null) assertThreadId(threadId);
    const { filter, limit, before } = options;
    const snapshots = this.#threads.list(
      {
        threadId: threadId ?? undefined,
        namespace: (namespace as string | null | undefined) ?? undefined,
        checkpointId: namedIn(config),
        before: before === undefined ? undefined : namedIn(before),
      },
      { limit, keeps: async (listing) => matchesMetadata(await this.#metadata(listing), filter) },
    );
    for await (const snapshot of snapshots) yield this.#tuple(snapshot);
  }

  /**
   * Stores a checkpoint, durable when it resolves, with `checkpoint.created` in the log. Channels that are not among
   * `newVersions` are taken over from the checkpoint before it, and cost nothing.
   *
   * @throws InvalidArgumentError `WAYMARK_INVALID_ID`; `WAYMARK_NOT_STORABLE`, which names the channel, the path within
   *   it, and why; WaymarkError `WAYMARK_STORE_…`
   */
  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const { threadId, namespace = '' } = threadIn(config);
    assertThreadId(threadId);
    const { v, id, ts, channel_values: values, channel_versions: versions, versions_seen, ...others } = checkpoint;
    const s = this.#copied(versions_seen);
    const x = this.#copied(others);
    const details = (m: unknown): Details => ({ v, ts, s, m, ...(Object.keys(x).length === 0 ? {} : { x }) });
    const { prepare } = this.#format;
    const dumped = this.#format.dump(prepare === undefined ? this.#copied({ ...metadata }) : { ...metadata });
    const outer: unknown = metadata.parents?.[''];
    const stored = this.#threads.put({
      threadId,
      namespace: namespace as string,
      checkpointId: id,
      parentCheckpointId: namedIn(config) ?? null,
      outerCheckpointId: typeof outer === 'string' ? outer : null,
      kind: kindOf(metadata),
      nextNodeIds: nextNodesOf(checkpoint),
      values,
      versions,
      newVersions,
      needsParent: metadata.counters_since_delta_snapshot !== undefined,
      details: dumped instanceof Promise ? dumped.then(details) : details(dumped),
      prepare,
    });
    try {
      await stored;
    } catch (error) {
      // In the record, the metadata has a name of its own.
      throw movedPath(error, (path) =>
        METADATA.test((error as Error).message) ? path.replace(/^\/m(?=\/|$)/, '') : path,
      );
    }
    return configOf({ threadId, namespace: namespace as string, checkpointId: id });
  }

  /**
   * Stores what a task wrote on top of a checkpoint. A task that writes again changes nothing, but for errors,
   * interrupts and the like, which replace those it wrote before.
   *
   * @throws as {@link put}
   */
  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const { threadId, namespace = '' } = threadIn(config);
    assertThreadId(threadId);
    const key = { threadId, namespace: namespace as string, checkpointId: namedIn(config) as string };
    const { prepare } = this.#format;
    const placed = writes.map(([channel, value], at) => {
      const special = Object.hasOwn(WRITES_IDX_MAP, channel) ? WRITES_IDX_MAP[channel] : undefined;
      return { index: special ?? at, channel, value };
    });
    if (prepare !== undefined) {
      const dumped = await Promise.all(placed.map(({ value }) => prepare(value)));
      for (const [at, write] of placed.entries()) write.value = dumped[at];
    }
    await this.#threads.putWrites(key, taskId, placed);
  }

  /** Removes a thread with all its checkpoints, and records that as `checkpoint.pruned`. */
  override deleteThread(threadId: string): Promise<void> {
    return this.#threads.delete(named(threadId) as string);
  }

  /** What was written to delta channels on the way to a checkpoint: each one on the way is looked at once. */
  override async getDeltaChannelHistory(options: {
    config: RunnableConfig;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const { config, channels } = options;
    const { threadId, namespace = '' } = threadIn(config);
    const result: Record<string, DeltaChannelHistory> = {};
    if (channels.length === 0 || threadId === undefined) return result;
    const checkpointId = namedIn(config) ?? (await this.#threads.head(threadId as string, namespace as string)) ?? '';
    const key = { threadId: threadId as string, namespace: namespace as string, checkpointId };
    for (const [channel, { writes, seed }] of await this.#threads.channelHistory(key, channels)) {
      const history: DeltaChannelHistory = { writes: await this.#writes(writes) };
      if (seed !== undefined) history.seed = await this.#format.load(seed.value);
      setOwn(result, channel, history);
    }
    return result;
  }

  async #tuple(snapshot: ThreadSnapshot): Promise<CheckpointTuple> {
    const { threadId, namespace, checkpointId, parentCheckpointId } = snapshot;
    const { v, ts, s, x } = snapshot.details as Details;
    const values = await this.#format.loadEach(snapshot.values);
    const checkpoint: Checkpoint = {
      ...x,
      v,
      id: checkpointId,
      ts,
      channel_values: values,
      channel_versions: { ...snapshot.versions },
      versions_seen: s,
    };
    const tuple: CheckpointTuple = {
      config: configOf(snapshot),
      checkpoint,
      metadata: (await this.#metadata(snapshot)) as CheckpointMetadata,
      pendingWrites: await this.#writes(snapshot.writes),
    };
    if (parentCheckpointId === null) return tuple;
    const parent = { threadId, namespace, checkpointId: parentCheckpointId };
    if (v < 4) await this.#migrateSends(checkpoint, parent);
    return { ...tuple, parentConfig: configOf(parent) };
  }

  /** Before version 4, what was sent to nodes was kept with the checkpoint before, as writes. */
  async #migrateSends(checkpoint: Checkpoint, parent: Named): Promise<void> {
    const sends = await this.#writes(await this.#threads.sends(parent, TASKS));
    checkpoint.channel_values[TASKS] = sends.map(([, , value]) => value);
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  /** What is kept beside the state, as it is now. */
  #copied<Value>(value: Value): Value {
    return copyDetails(value, this.#values) as Value;
  }

  async #metadata({ details }: ThreadListing): Promise<Record<string, unknown>> {
    return (await this.#format.load((details as Details).m)) as Record<string, unknown>;
  }

  async #writes(writes: ThreadSnapshot['writes']): Promise<CheckpointPendingWrite[]> {
    const read: CheckpointPendingWrite[] = [];
    for (const { taskId, channel, value } of writes) read.push([taskId, channel, await this.#format.load(value)]);
    return read;
  }
}

/** What a message begins with about metadata that can't be stored. */
const METADATA = /^The metadata of /;

/** The thread and the namespace that a configuration names, if any. */
function threadIn(config: RunnableConfig): { readonly threadId: unknown; readonly namespace?: unknown } {
  const { thread_id: threadId, checkpoint_ns: namespace } = config.configurable ?? {};
  return { threadId: named(threadId), namespace };
}

/** A thread's name. A number stands for its text, as with LangGraph's own savers. */
function named(threadId: unknown): unknown {
  return typeof threadId === 'number' ? String(threadId) : threadId;
}

/** How LangGraph calls a checkpoint. */
type Named = Pick<ThreadListing, 'threadId' | 'namespace' | 'checkpointId'>;

/** The checkpoint that a configuration names, by the newer or the older key. */
function namedIn(config: RunnableConfig): string | undefined {
  const named: unknown = getCheckpointId(config);
  if (named === '' || named === undefined || named === null) return undefined;
  if (typeof named === 'string') return named;
  throw new InvalidArgumentError(`The checkpoint id is not valid: it is of type ${typeof named}.`, {
    code: 'WAYMARK_INVALID_ID',
    hint: 'Give the checkpoint_id as LangGraph made it.',
    details: { what: 'checkpoint id' },
  });
}

function configOf({ threadId, namespace, checkpointId }: Named): RunnableConfig {
  return { configurable: { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: checkpointId } };
}
