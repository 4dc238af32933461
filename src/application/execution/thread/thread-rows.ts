import type { ThreadCheckpoint } from '../../../domain/checkpoint/thread/graph-thread.js';
import type { ThreadRepository } from '../../../domain/checkpoint/thread/thread.repository.port.js';

/** How many rows are read at once. */
const PAGE = 500;

/** The names of all checkpoints of a thread, or of one of its namespaces: the newest first. */
export async function threadRows(
  threads: ThreadRepository,
  threadId: string,
  namespace?: string,
): Promise<readonly ThreadCheckpoint[]> {
  const rows: ThreadCheckpoint[] = [];
  for (let after: ThreadCheckpoint | undefined; ;) {
    const page: readonly ThreadCheckpoint[] = await threads.list({ threadId, namespace, after, limit: PAGE });
    rows.push(...page);
    if (page.length < PAGE) return rows;
    after = page.at(-1);
  }
}

/**
 * The names of the checkpoints that led to one, and its own, by their engine's word: a copy that a rollback made stands
 * beside the checkpoint that it is a copy of, and what that one led to is none of it.
 */
export function lineTo(rows: readonly ThreadCheckpoint[], checkpointId: string | null): ReadonlySet<string> {
  const byName = new Map(rows.map((row) => [row.checkpointId, row]));
  const names = new Set<string>();
  for (let at = checkpointId; at !== null && !names.has(at); at = byName.get(at)?.parentCheckpointId ?? null) {
    names.add(at);
  }
  return names;
}
