import type { RunnableConfig } from '@langchain/core/runnables';
import {
  type BaseCheckpointSaver,
  type Checkpoint,
  type CheckpointMetadata,
  emptyCheckpoint,
  uuid6,
} from '@langchain/langgraph-checkpoint';

/** How a thread is named to a saver. */
export function threadConfig(threadId: string, namespace = ''): RunnableConfig {
  return { configurable: { thread_id: threadId, checkpoint_ns: namespace } };
}

/** Puts a checkpoint whose channels have all changed, unless it is said which did. Returns its configuration. */
export async function putValues(
  saver: BaseCheckpointSaver,
  config: RunnableConfig,
  values: Record<string, unknown>,
  options: {
    readonly id?: string;
    readonly versions?: Record<string, number>;
    readonly newVersions?: Record<string, number>;
    readonly metadata?: Record<string, unknown>;
  } = {},
): Promise<RunnableConfig> {
  const versions = options.versions ?? Object.fromEntries(Object.keys(values).map((channel) => [channel, 1]));
  const checkpoint: Checkpoint = {
    ...emptyCheckpoint(),
    id: options.id ?? uuid6(1),
    channel_values: values,
    channel_versions: versions,
  };
  const metadata = { source: 'loop', step: 1, parents: {}, ...options.metadata } as CheckpointMetadata;
  return saver.put(config, checkpoint, metadata, options.newVersions ?? versions);
}

/** The channels of a checkpoint. */
export async function valuesAt(saver: BaseCheckpointSaver, config: RunnableConfig): Promise<Record<string, unknown>> {
  const tuple = await saver.getTuple(config);
  if (tuple === undefined) throw new Error('there is no such checkpoint');
  return tuple.checkpoint.channel_values;
}

/** All that a generator gives. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
