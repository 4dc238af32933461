import type { Checkpoint } from './checkpoint.js';

/**
 * Where checkpoints hang when others are removed: on the nearest one before them that stays.
 *
 * @param checkpoints all of an execution
 * @param removed the ids of those that go
 * @returns the new parent of each checkpoint that stays and whose parent goes, by its id; `null` for one that nothing is
 *   left before
 */
export function keptParents(
  checkpoints: readonly Pick<Checkpoint, 'id' | 'parentId'>[],
  removed: ReadonlySet<string>,
): ReadonlyMap<string, string | null> {
  const parents = new Map(checkpoints.map(({ id, parentId }) => [id, parentId]));
  const kept = new Map<string, string | null>();
  for (const { id, parentId } of checkpoints) {
    if (removed.has(id) || parentId === null || !removed.has(parentId)) continue;
    let at: string | null = parentId;
    const passed: string[] = [];
    while (at !== null && removed.has(at)) {
      passed.push(at);
      at = parents.get(at) ?? null;
      // Nobody walks the same way twice, however many hang on it.
      parents.delete(passed.at(-1) ?? '');
    }
    for (const one of passed) parents.set(one, at);
    kept.set(id, at);
  }
  return kept;
}
