import { keptParents } from '../kept-parents.js';
import type { ThreadCheckpoint } from './graph-thread.js';

/**
 * The checkpoints of a thread that follow another one when those before them are forgotten: the nearest before them in
 * their namespace that stays, or none. One whose parent was never there keeps its word.
 *
 * @param checkpoints all of a thread
 * @param forgotten the ids that those which go have in the tree
 */
export function keptThreadParents<
  Row extends Pick<ThreadCheckpoint, 'namespace' | 'checkpointId' | 'parentCheckpointId' | 'id'>,
>(checkpoints: readonly Row[], forgotten: ReadonlySet<string>): readonly Row[] {
  const nameOf = (namespace: string, checkpointId: string): string => JSON.stringify([namespace, checkpointId]);
  const named = checkpoints.map((row) => ({
    row,
    id: nameOf(row.namespace, row.checkpointId),
    parentId: row.parentCheckpointId === null ? null : nameOf(row.namespace, row.parentCheckpointId),
  }));
  const going = new Set(named.filter(({ row }) => forgotten.has(row.id)).map(({ id }) => id));
  const names = new Map(named.map(({ row, id }) => [id, row.checkpointId]));
  const parents = keptParents(named, going);
  return named.flatMap(({ row, id }) => {
    const parent = parents.get(id);
    if (parent === undefined) return [];
    return [{ ...row, parentCheckpointId: parent === null ? null : (names.get(parent) ?? null) }];
  });
}
