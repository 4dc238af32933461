import type { QueryRunner } from 'typeorm';
import type { Checkpoint } from '../../../../domain/checkpoint/checkpoint.js';
import { type CheckpointRow, toCheckpoints } from './checkpoint-rows.js';
import { type CompletionLists, isCompletionListRef } from './completion-lists.js';

/**
 * All rows of an execution as checkpoints.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT` as `toCheckpoints`
 */
export async function readCheckpoints(
  queries: QueryRunner,
  rows: readonly CheckpointRow[],
  lists: CompletionLists,
): Promise<readonly Checkpoint[]> {
  return toCheckpoints(rows, await lists.load(queries, refsOf(rows)));
}

/**
 * Those rows of some as checkpoints that are wanted; the others are there because these stand on them.
 *
 * @throws WaymarkError `WAYMARK_STORE_CORRUPT` as `toCheckpoints`
 */
export async function readSomeCheckpoints(
  queries: QueryRunner,
  rows: readonly CheckpointRow[],
  wanted: readonly string[],
  lists: CompletionLists,
): Promise<ReadonlyMap<string, Checkpoint>> {
  const ids = new Set(wanted);
  const listOf = await lists.load(queries, refsOf(rows.filter(({ id }) => ids.has(id))));
  const checkpoints = toCheckpoints(rows, listOf, 'some').filter(({ id }) => ids.has(id));
  return new Map(checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]));
}

function refsOf(rows: readonly CheckpointRow[]) {
  // What was read is only said to be of the type.
  return rows.map(({ position }) => (position as typeof position | null)?.completed).filter(isCompletionListRef);
}
