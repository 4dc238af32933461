import type { CheckpointPendingWrite } from '@langchain/langgraph-checkpoint';
import type { ThreadWriteInit } from '../../../../application/checkpoint/thread/thread-writer.js';
import { checkpointPackage } from '../saver/langchain-packages.js';

const { WRITES_IDX_MAP } = checkpointPackage;

/**
 * What tasks wrote on top of a checkpoint, by task and in the order in which each wrote, with the places to store them
 * at. Errors, interrupts and the like come first, each at the place where another one of its kind replaces it. Savers
 * differ in the order of the tasks among themselves, which means nothing.
 */
export function placeWrites(
  writes: readonly CheckpointPendingWrite[],
): ReadonlyMap<string, readonly ThreadWriteInit[]> {
  const byTask = new Map<string, ThreadWriteInit[]>();
  const tasks = new Set(writes.map(([taskId]) => taskId));
  for (const taskId of [...tasks].toSorted()) {
    const own = writes.filter(([of]) => of === taskId).toSorted((a, b) => rankOf(a) - rankOf(b));
    const placed: ThreadWriteInit[] = [];
    let next = 0;
    for (const [at, write] of own.entries()) {
      const [, channel, value] = write;
      // Savers of old kept several of one kind: those after the first are kept where nothing replaces them.
      const isRepeated = at > 0 && own[at - 1]?.[1] === channel;
      const rank = rankOf(write);
      placed.push({ index: rank < 0 && !isRepeated ? rank : next++, channel, value });
    }
    byTask.set(taskId, placed);
  }
  return byTask;
}

/** Below zero for a special one. */
function rankOf([, channel]: CheckpointPendingWrite): number {
  return Object.hasOwn(WRITES_IDX_MAP, channel) ? (WRITES_IDX_MAP[channel] as number) : 0;
}
