import type { ContentRef } from '../../../domain/checkpoint/content/encoded.js';
import type { ThreadCheckpointKey, ThreadWrite } from '../../../domain/checkpoint/thread/graph-thread.js';
import type { ThreadReader } from './thread-reader.js';
import type { ThreadServices } from './thread-services.js';
import type { ChannelHistory } from './thread-snapshot.js';

/** What was found of a channel so far: the newest first. */
interface Found {
  readonly writes: ThreadWrite[];
  seed?: ContentRef;
}

/** See `GraphThreads.channelHistory`. */
export async function readChannelHistory(
  { threads, checkpoints }: ThreadServices,
  reader: ThreadReader,
  key: ThreadCheckpointKey,
  channels: readonly string[],
): Promise<ReadonlyMap<string, ChannelHistory>> {
  const found = new Map(channels.map((channel): [string, Found] => [channel, { writes: [] }]));
  const open = new Set(channels);
  const { threadId, namespace } = key;
  let at = (await threads.find(key))?.parentCheckpointId ?? null;
  for (const met = new Set<string>(); at !== null && open.size > 0 && !met.has(at);) {
    met.add(at);
    const row = await threads.find({ threadId, namespace, checkpointId: at });
    if (row === undefined) break;
    const [checkpoint, writes] = await Promise.all([checkpoints.find(row.id), threads.writes(row)]);
    for (const write of writes.toReversed()) if (open.has(write.channel)) found.get(write.channel)?.writes.push(write);
    for (const [channel, ref] of checkpoint?.manifest ?? []) {
      const of = open.has(channel) ? found.get(channel) : undefined;
      if (of === undefined) continue;
      of.seed = ref;
      open.delete(channel);
    }
    at = row.parentCheckpointId;
  }
  return valuesOf(found, reader);
}

async function valuesOf(
  found: ReadonlyMap<string, Found>,
  reader: ThreadReader,
): Promise<ReadonlyMap<string, ChannelHistory>> {
  const all = [...found.values()];
  const refs = all.flatMap(({ writes, seed }) => [
    ...writes.map(({ value }) => value),
    ...(seed === undefined ? [] : [seed]),
  ]);
  const values = (await reader.values(refs)).values();
  const next = (): unknown => values.next().value;
  const histories = new Map<string, ChannelHistory>();
  for (const [channel, { writes, seed }] of found) {
    const read = writes.map(({ taskId }) => ({ taskId, channel, value: next() })).reverse();
    histories.set(channel, { writes: read, ...(seed === undefined ? {} : { seed: { value: next() } }) });
  }
  return histories;
}
