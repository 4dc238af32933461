import type { ThreadCheckpoint } from '../../../domain/checkpoint/thread/graph-thread.js';
import { lineTo, threadRows } from './thread-rows.js';
import { readTarget, type ThreadTarget } from './thread-target.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/** What of a thread a fork takes along. */
export interface ForkSelection {
  /** The checkpoints, each after the one it follows; those of the graph itself first, the target last of these. */
  readonly taken: readonly ThreadTarget[];
  /** Those of them whose writes are taken as well. */
  readonly withWrites: ReadonlySet<ThreadCheckpoint>;
}

/**
 * A checkpoint, and what it can't do without: where a channel's value is what was written since a checkpoint before it,
 * those on the way; and where sub-graphs stood, as far as they remember or wait.
 *
 * @param anew whether the nodes that run next run whatever they have done. Otherwise what those of the target have done
 *   so far, and what they ask, comes along, as long as the thread has not gone on from there
 */
export async function selectForFork(
  services: ThreadVerbServices,
  target: ThreadTarget,
  anew: boolean,
): Promise<ForkSelection> {
  const { threadId, checkpointId } = target.row;
  const rows = await threadRows(services.threads, threadId);
  const ofGraph = rows.filter(({ namespace }) => namespace === '');
  const isPending = !anew && !ofGraph.some((row) => row.parentCheckpointId === checkpointId);
  const needed = await neededBy(services, target, rows);
  const withWrites = new Set(needed.map(({ row }) => row));
  if (isPending) withWrites.add(target.row);
  const line = lineTo(ofGraph, isPending ? checkpointId : target.row.parentCheckpointId);
  const taken = [...needed, target];
  for (const namespace of new Set(rows.map((row) => row.namespace))) {
    if (namespace === '') continue;
    const head = await standingOf(services, rows, namespace, line, checkpointId, isPending);
    if (head === undefined) continue;
    const before = await neededBy(services, head, rows);
    for (const { row } of [...before, head]) withWrites.add(row);
    taken.push(...before, head);
  }
  return { taken, withWrites };
}

/** Where a sub-graph stood: one that remembers, as of then; one that was made for a call, where that has not ended. */
async function standingOf(
  services: ThreadVerbServices,
  rows: readonly ThreadCheckpoint[],
  namespace: string,
  line: ReadonlySet<string>,
  checkpointId: string,
  isPending: boolean,
): Promise<ThreadTarget | undefined> {
  const { engine } = services;
  for (const row of rows) {
    if (row.namespace !== namespace) continue;
    const target = await readTarget(services, row);
    const outer = engine.outerOf(target.record);
    if (outer === undefined) continue;
    // One that was called from the target is begun anew: where it stands it would do nothing.
    if (outer === checkpointId && !isPending) return undefined;
    if (engine.isOfOneCall(namespace) ? outer === checkpointId : line.has(outer)) return target;
  }
  return undefined;
}

/** The checkpoints before one that its channels are made of, the oldest first. */
async function neededBy(
  services: ThreadVerbServices,
  target: ThreadTarget,
  rows: readonly ThreadCheckpoint[],
): Promise<readonly ThreadTarget[]> {
  const needed: ThreadTarget[] = [];
  for (let at = target; at.record.p === true || services.engine.isMadeByHand(at.record);) {
    const { namespace, parentCheckpointId } = at.row;
    const parent = rows.find((row) => row.namespace === namespace && row.checkpointId === parentCheckpointId);
    if (parent === undefined) break;
    at = await readTarget(services, parent);
    needed.push(at);
  }
  return needed.reverse();
}
