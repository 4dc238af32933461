import type { QueryRunner } from 'typeorm';
import { nextTurn } from '../../../../application/shared/next-turn.js';
import { keptParents } from '../../../../domain/checkpoint/kept-parents.js';
import type { Checkpoint } from '../../../../domain/checkpoint/checkpoint.js';
import { type CheckpointRow, toCheckpointRow } from './checkpoint-rows.js';
import { type CompletionLists, isCompletionListRef } from './completion-lists.js';
import { readCheckpoints } from './read-checkpoints.js';
import { deleteCheckpoints, rewriteCheckpoint, selectRows, updateParent } from './checkpoints.sql.js';
import type { ContentStore } from './content-store.js';

/** How many rows are written again between two turns of the event loop. */
const ROWS_PER_TURN = 50;

/**
 * Removes rows of an execution, and writes those again that stood on them or followed them.
 *
 * @returns how many were removed
 */
export async function removeCheckpoints(
  queries: QueryRunner,
  executionId: string,
  ids: ReadonlySet<string>,
  contents: ContentStore,
  lists: CompletionLists,
): Promise<number> {
  const rows = await selectRows(queries, executionId);
  const removed = new Set(rows.flatMap(({ id }) => (ids.has(id) ? [id] : [])));
  if (removed.size === 0) return 0;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const read = await readCheckpoints(queries, rows, lists);
  const checkpoints = new Map(read.map((checkpoint) => [checkpoint.id, checkpoint]));
  const parents = keptParents(rows, removed);
  let written = 0;
  for (const row of rows) {
    if (removed.has(row.id)) continue;
    const parentId = parents.get(row.id);
    const checkpoint = checkpoints.get(row.id);
    if (row.baseId !== null && removed.has(row.baseId) && checkpoint !== undefined) {
      const base = checkpoints.get(keptBase(row, byId, removed) ?? '');
      const again = toCheckpointRow(
        checkpoint,
        row.depth,
        base === undefined ? undefined : { checkpoint: base },
        completedOf(row, checkpoint),
      );
      await rewriteCheckpoint(queries, { ...again, parentId: parentId === undefined ? row.parentId : parentId });
      // A collection may have read this row already, and not yet the one that held what it holds now.
      await contents.refer(
        queries,
        checkpoint.manifest.map(([, ref]) => ref),
      );
      written += 1;
      if (written % ROWS_PER_TURN === 0) await nextTurn();
    } else if (parentId !== undefined) {
      await updateParent(queries, row.id, parentId);
    }
  }
  await deleteCheckpoints(queries, [...removed]);
  return removed.size;
}

/** What is completed, as the row has it. The row that an older one has it from may be one that goes. */
function completedOf(
  { position: { completed = { at: null } } }: CheckpointRow,
  checkpoint: Checkpoint,
): NonNullable<CheckpointRow['position']['completed']> {
  return isCompletionListRef(completed) ? completed : { whole: checkpoint.position.completed };
}

/** The nearest row that stays, of those that a row stands on. */
function keptBase(
  row: CheckpointRow,
  byId: ReadonlyMap<string, CheckpointRow>,
  removed: ReadonlySet<string>,
): string | null {
  let at = row.baseId;
  while (at !== null && removed.has(at)) at = byId.get(at)?.baseId ?? null;
  return at;
}
