import type { ThreadCheckpoint, ThreadCheckpointKey } from '../../../domain/checkpoint/thread/graph-thread.js';
import { threadRows } from './thread-rows.js';
import { readTarget } from './thread-target.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/** Where sub-graphs that remember stood, when the graph was at a checkpoint. */
export interface SubgraphHeads {
  /** The newest checkpoint of each namespace as of then. */
  readonly kept: readonly ThreadCheckpointKey[];
  /** Namespaces that had none yet. */
  readonly dropped: readonly string[];
}

/**
 * Where the sub-graphs of a thread that have a memory of their own stood at a moment of the graph. Those that are made
 * anew with each call need not be looked at: another checkpoint is another call. One that was called from the target
 * itself is begun anew: a graph that goes on lets its sub-graphs go on as well, and one that stood at its end would do
 * nothing.
 *
 * @param names the checkpoints of the graph that sub-graphs may have been run from until then
 */
export async function subgraphHeads(
  services: ThreadVerbServices,
  threadId: string,
  names: ReadonlySet<string>,
  target: string,
): Promise<SubgraphHeads> {
  const rows = (await threadRows(services.threads, threadId)).filter(
    ({ namespace }) => namespace !== '' && !services.engine.isOfOneCall(namespace),
  );
  const found = new Map<string, ThreadCheckpoint | undefined>();
  const called = new Set<string>();
  for (const row of rows) {
    if (found.get(row.namespace) !== undefined || called.has(row.namespace)) continue;
    const { record } = await readTarget(services, row);
    const outer = services.engine.outerOf(record);
    if (outer === target) called.add(row.namespace);
    found.set(row.namespace, outer !== undefined && outer !== target && names.has(outer) ? row : undefined);
  }
  return {
    kept: [...found.values()].filter((row) => row !== undefined),
    dropped: [...found].flatMap(([namespace, row]) => (row === undefined ? [namespace] : [])),
  };
}
