import type { CheckpointMetadata, CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { GraphThreads } from '../../../../application/checkpoint/thread/graph-threads.js';
import type { ThreadWriteInit } from '../../../../application/checkpoint/thread/thread-writer.js';
import type { ThreadCheckpointKey } from '../../../../domain/checkpoint/thread/graph-thread.js';
import { checkpointPackage } from '../saver/langchain-packages.js';
import type { ThreadSaver } from '../saver/thread-saver.js';
import { type CheckpointSource, configOf } from './checkpoint-source.js';
import { importConflict } from './import-errors.js';
import { placeWrites } from './pending-writes.js';
import { checkpointDifference, difference } from './tuple-difference.js';

const { TASKS } = checkpointPackage;

/** Where threads are imported to: a saver, and the threads below it. */
export interface ImportTarget {
  readonly saver: ThreadSaver;
  readonly threads: GraphThreads;
}

/** What became of one checkpoint. */
export interface CopiedCheckpoint {
  /** Whether the checkpoint itself was there. */
  readonly wasThere: boolean;
  /** Writes that were stored, and writes that were there. */
  readonly writes: number;
  readonly writesThere: number;
}

/**
 * Copies a thread, one checkpoint after another, the oldest first. What is there and equal stays.
 *
 * @param dryRun whether nothing is to be written: all is read, and what is there is compared
 * @throws WaymarkError `WAYMARK_IMPORT_CONFLICT`, `WAYMARK_IMPORT_SOURCE_FAILED`
 */
export async function* copyThread(
  source: CheckpointSource,
  target: ImportTarget,
  threadId: string,
  dryRun: boolean,
): AsyncGenerator<CopiedCheckpoint> {
  const keys = (await source.catalog.keys(threadId)).map((key) => ({ threadId, ...key }));
  const names = new Set(keys.map(nameOf));
  const there = await namesThere(target, threadId);
  for (const [name, key] of there) {
    if (!names.has(name)) throw importConflict(key, 'the source does not have it: the thread was gone on with here');
  }
  for (const key of keys) {
    const tuple = await source.get(key);
    const existing = there.has(nameOf(key)) ? await target.saver.getTuple(configOf(key)) : undefined;
    const writes = missingWrites(key, tuple, existing);
    if (!dryRun) await store(target, key, tuple, existing, writes, names);
    const missing = [...writes.values()].reduce((sum, own) => sum + own.length, 0);
    const writesThere = (tuple.pendingWrites?.length ?? 0) - missing;
    yield { wasThere: existing !== undefined, writes: missing, writesThere };
  }
}

async function store(
  { saver, threads }: ImportTarget,
  key: ThreadCheckpointKey,
  { checkpoint, metadata, parentConfig }: CheckpointTuple,
  existing: CheckpointTuple | undefined,
  writes: ReturnType<typeof placeWrites>,
  names: ReadonlySet<string>,
): Promise<void> {
  const { threadId, namespace } = key;
  const parentId = parentConfig?.configurable?.['checkpoint_id'] as string | undefined;
  const parent = parentId === undefined ? undefined : { threadId, namespace, checkpointId: parentId };
  const storing: Promise<unknown>[] = [];
  for (const [taskId, own] of writes) if (own.length > 0) storing.push(threads.putWrites(key, taskId, own));
  if (existing === undefined) {
    const before = parent === undefined ? configOf({ threadId, namespace }) : configOf(parent);
    // Every channel is stored as it was read: that two of one version are equal is for the source to know.
    const given = metadata ?? ({} as CheckpointMetadata);
    storing.push(saver.put(before, checkpoint, given, checkpoint.channel_versions));
  }
  if (parent !== undefined && checkpoint.v < 4 && !names.has(nameOf(parent))) {
    // What was sent to nodes is read from the checkpoint before, which the source has lost, but for this.
    const sends = (checkpoint.channel_values[TASKS] ?? []) as readonly unknown[];
    const kept = sends.map((value, index) => ({ index, channel: TASKS, value }));
    if (kept.length > 0) storing.push(threads.putWrites(parent, LOST_TASK, kept));
  }
  // At once, so that they share a transaction; and none is still on its way when one has failed.
  for (const settled of await Promise.allSettled(storing)) if (settled.status === 'rejected') throw settled.reason;
}

/** The task that writes are from whose own task is not known. */
const LOST_TASK = 'unknown';

/** @throws WaymarkError `WAYMARK_IMPORT_CONFLICT` when what is there is not a part of what is to be stored */
function missingWrites(
  key: ThreadCheckpointKey,
  tuple: CheckpointTuple,
  existing: CheckpointTuple | undefined,
): ReturnType<typeof placeWrites> {
  const given = placeWrites(tuple.pendingWrites ?? []);
  if (existing === undefined) return given;
  const path = checkpointDifference(tuple, existing);
  if (path !== undefined) throw importConflict(key, `it differs at ${path}`, path);
  const there = placeWrites(existing.pendingWrites ?? []);
  const missing = new Map(given);
  for (const [taskId, own] of there) {
    const wanted = given.get(taskId) ?? [];
    for (const write of own) assertAmong(key, taskId, write, wanted);
    const indexes = new Set(own.map(({ index }) => index));
    missing.set(
      taskId,
      wanted.filter(({ index }) => !indexes.has(index)),
    );
  }
  return missing;
}

function assertAmong(
  key: ThreadCheckpointKey,
  taskId: string,
  write: ThreadWriteInit,
  wanted: readonly ThreadWriteInit[],
): void {
  const same = wanted.find(({ index }) => index === write.index);
  const path = difference(same, write, `pendingWrites.${taskId}`);
  if (path !== undefined) throw importConflict(key, `what the task ${taskId} wrote differs`, path);
}

/** The checkpoints of a thread that are there, without reading their state. */
async function namesThere(
  { threads }: ImportTarget,
  threadId: string,
): Promise<ReadonlyMap<string, ThreadCheckpointKey>> {
  const there = new Map<string, ThreadCheckpointKey>();
  const keeps = ({ namespace, checkpointId }: ThreadCheckpointKey): boolean => {
    const key = { threadId, namespace, checkpointId };
    there.set(nameOf(key), key);
    return false;
  };
  for await (const _ of threads.list({ threadId }, { keeps })) void _;
  return there;
}

function nameOf({ namespace, checkpointId }: Pick<ThreadCheckpointKey, 'namespace' | 'checkpointId'>): string {
  return JSON.stringify([namespace, checkpointId]);
}
