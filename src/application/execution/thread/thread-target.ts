import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import { checkpointNotFound } from '../../../domain/checkpoint/checkpoint.errors.js';
import type { GraphThread, ThreadCheckpoint } from '../../../domain/checkpoint/thread/graph-thread.js';
import { assertIdentifier } from '../../../domain/shared/identifiers.js';
import type { ThreadRecord } from '../../checkpoint/thread/thread-record.js';
import { ThreadReader } from '../../checkpoint/thread/thread-reader.js';
import { checkpointElsewhere } from '../execution-errors.js';
import { checkpointReplaced, subgraphCheckpoint } from './thread-errors.js';
import { threadRows } from './thread-rows.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/** A checkpoint of a thread's graph itself: where a thread can stand. */
export interface ThreadTarget {
  readonly row: ThreadCheckpoint;
  readonly checkpoint: Checkpoint;
  readonly record: ThreadRecord;
}

/**
 * Finds a checkpoint that a thread is to go back to, by its engine's name for it or by its id in the tree.
 *
 * @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND`, `WAYMARK_CHECKPOINT_ELSEWHERE`, `WAYMARK_SUBGRAPH_CHECKPOINT`,
 *   `WAYMARK_CHECKPOINT_REPLACED`
 */
export async function threadTarget(
  services: ThreadVerbServices,
  { threadId, executionId }: GraphThread,
  checkpointId: string,
): Promise<ThreadTarget> {
  assertIdentifier(checkpointId, 'checkpoint id');
  const { threads } = services;
  const named = await threads.find({ threadId, namespace: '', checkpointId });
  if (named !== undefined) return readTarget(services, named);
  const [inSubgraph] = await threads.list({ threadId, checkpointId, limit: 1 });
  const row = inSubgraph ?? (await rowOf(services, threadId, executionId, checkpointId));
  if (row.namespace === '') return readTarget(services, row);
  const { record } = await readTarget(services, row);
  const outer = services.engine.outerOf(record);
  const outerRow =
    outer === undefined ? undefined : await threads.find({ threadId, namespace: '', checkpointId: outer });
  throw subgraphCheckpoint(checkpointId, row.namespace, outerRow?.id);
}

/** @throws WaymarkError `WAYMARK_CHECKPOINT_NOT_FOUND` */
export async function readTarget(services: ThreadVerbServices, row: ThreadCheckpoint): Promise<ThreadTarget> {
  const found = await new ThreadReader(services, services.engine.values).known(row);
  if (found === undefined) throw checkpointNotFound(row.id);
  return { row, ...found };
}

async function rowOf(
  services: ThreadVerbServices,
  threadId: string,
  executionId: string,
  checkpointId: string,
): Promise<ThreadCheckpoint> {
  const checkpoint = await services.tree.get(checkpointId);
  if (checkpoint.executionId !== executionId) {
    throw checkpointElsewhere(checkpointId, executionId, checkpoint.executionId);
  }
  const row = (await threadRows(services.threads, threadId)).find(({ id }) => id === checkpointId);
  if (row === undefined) throw checkpointReplaced(checkpointId);
  return row;
}
