import type { RunnableConfig } from '@langchain/core/runnables';
import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { ThreadCheckpointKey } from '../../../../domain/checkpoint/thread/graph-thread.js';
import { WaymarkError } from '../../../../domain/shared/errors.js';
import { checkpointPackage } from '../saver/langchain-packages.js';
import { sourceFailed } from './import-errors.js';
import type { SourceCatalog } from './source-catalog.js';

const { maxChannelVersion, TASKS } = checkpointPackage;

/** How many checkpoints a list of the source's is asked for at once: LangGraph's savers have them all in memory. */
const PAGE = 16;

/** Reads the checkpoints of a source, through its own saver and serializer. */
export class CheckpointSource {
  readonly catalog: SourceCatalog;
  readonly #saver: BaseCheckpointSaver;

  constructor(saver: BaseCheckpointSaver, catalog: SourceCatalog) {
    this.#saver = saver;
    this.catalog = catalog;
  }

  /**
   * A checkpoint: the newest of its namespace where none is named.
   *
   * @throws WaymarkError `WAYMARK_IMPORT_SOURCE_FAILED`
   */
  async get(
    place: Omit<ThreadCheckpointKey, 'checkpointId'> & { readonly checkpointId?: string },
  ): Promise<CheckpointTuple> {
    const tuple = await reading(place, () => this.#saver.getTuple(configOf(place)));
    if (tuple === undefined) throw sourceFailed(place, new Error('it is gone.'));
    return this.#asOfToday(tuple);
  }

  /**
   * The checkpoints of a namespace as the source lists them: the newest first, a few at a time.
   *
   * @throws WaymarkError `WAYMARK_IMPORT_SOURCE_FAILED`
   */
  async *list(threadId: string, namespace: string): AsyncGenerator<CheckpointTuple> {
    const place = { threadId, namespace };
    for (let before: RunnableConfig | undefined; ;) {
      const options = before === undefined ? { limit: PAGE } : { limit: PAGE, before };
      const page = await reading(place, () => allOf(this.#saver.list(configOf(place), options)));
      for (const tuple of page) yield this.#asOfToday(tuple);
      if (page.length < PAGE) return;
      before = page.at(-1)?.config;
    }
  }

  /**
   * A checkpoint from before version 4 has no channel for what is sent to nodes; savers fill it in when they read one.
   * The one for PostgreSQL leaves it out where nothing was sent.
   */
  #asOfToday(tuple: CheckpointTuple): CheckpointTuple {
    const { checkpoint, parentConfig } = tuple;
    const { channel_values: values, channel_versions: versions } = checkpoint;
    if (checkpoint.v >= 4 || parentConfig === undefined || Object.hasOwn(values, TASKS)) return tuple;
    const known = Object.values(versions);
    const version = known.length > 0 ? maxChannelVersion(...known) : this.#saver.getNextVersion(undefined);
    return {
      ...tuple,
      checkpoint: {
        ...checkpoint,
        channel_values: { ...values, [TASKS]: [] },
        channel_versions: { ...versions, [TASKS]: version },
      },
    };
  }
}

/** How LangGraph is told which checkpoint is meant. */
export function configOf({
  threadId,
  namespace,
  checkpointId,
}: Omit<ThreadCheckpointKey, 'checkpointId'> & { readonly checkpointId?: string }): RunnableConfig {
  const thread = { thread_id: threadId, checkpoint_ns: namespace };
  return { configurable: checkpointId === undefined ? thread : { ...thread, checkpoint_id: checkpointId } };
}

async function reading<Result>(place: Partial<ThreadCheckpointKey>, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw WaymarkError.is(error) ? error : sourceFailed(place, error);
  }
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
