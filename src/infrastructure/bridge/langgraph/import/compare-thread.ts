import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { ThreadCheckpointKey } from '../../../../domain/checkpoint/thread/graph-thread.js';
import type { CheckpointSource } from './checkpoint-source.js';
import { configOf } from './checkpoint-source.js';
import type { ImportTarget } from './copy-thread.js';
import { importDiffers } from './import-errors.js';
import { tupleDifference } from './tuple-difference.js';

/**
 * Reads a thread from both, namespace by namespace, in the order in which each lists it, and holds every tuple to the
 * other's. Gives the number of writes of each checkpoint that was found equal.
 *
 * @throws WaymarkError `WAYMARK_IMPORT_DIFFERS` at the first difference
 */
export async function* compareThread(
  source: CheckpointSource,
  { saver }: ImportTarget,
  threadId: string,
): AsyncGenerator<number> {
  const namespaces = new Set((await source.catalog.keys(threadId)).map(({ namespace }) => namespace));
  for (const namespace of namespaces) {
    const place = { threadId, namespace };
    const there = saver.list(configOf(place));
    for await (const tuple of source.list(threadId, namespace)) {
      const other = await there.next();
      if (other.done === true) throw importDiffers(keyOf(place, tuple), 'the store does not have it');
      assertEqual(place, tuple, other.value);
      yield tuple.pendingWrites?.length ?? 0;
    }
    const more = await there.next();
    if (more.done !== true) throw importDiffers(keyOf(place, more.value), 'the source does not have it');
    // What a graph goes on from.
    const newest = await saver.getTuple(configOf(place));
    if (newest === undefined) throw importDiffers(place, 'the store names none as the newest');
    assertEqual(place, await source.get(place), newest);
  }
}

type Within = Omit<ThreadCheckpointKey, 'checkpointId'>;

function assertEqual(place: Within, tuple: CheckpointTuple, other: CheckpointTuple): void {
  const path = tupleDifference(tuple, other);
  if (path !== undefined) throw importDiffers(keyOf(place, tuple), `it differs at ${path}`, path);
}

function keyOf(place: Within, { config }: CheckpointTuple): ThreadCheckpointKey {
  return { ...place, checkpointId: config.configurable?.['checkpoint_id'] as string };
}
