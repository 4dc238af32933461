import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import type { CheckpointTree } from '../../../domain/checkpoint/checkpoint-tree.js';
import type { ThreadCheckpoint } from '../../../domain/checkpoint/thread/graph-thread.js';
import { NodeStarted } from '../../../domain/events/families/node.events.js';
import type { ThreadVerbServices } from './thread-verb-services.js';

/** A node that a thread reached, and the checkpoint that it began from, by the name that its engine gave that. */
export interface ReachedNode extends NodeOccurrence {
  readonly from: string;
}

const PAGE = 1_000;

/**
 * The nodes that a thread reached, in their order: as the log tells them where its graph is observed. Where it is not,
 * the checkpoints on the way to where it stands say which nodes ran next; of those that are sent to several times at
 * once, they know one.
 */
export async function nodesReached(
  services: ThreadVerbServices,
  tree: CheckpointTree,
  rows: readonly ThreadCheckpoint[],
  headId: string,
): Promise<readonly ReachedNode[]> {
  const told: ReachedNode[] = [];
  const executionId = tree.get(headId).executionId;
  for (let after = -1; ;) {
    const entries = await services.log.query({ executionId, types: [NodeStarted.type] }, { after, limit: PAGE });
    for (const { event } of entries) {
      if (!NodeStarted.is(event)) continue;
      const { nodeId, occurrence, entryCheckpointId } = event.payload;
      if (entryCheckpointId !== undefined) told.push({ nodeId, occurrence, from: entryCheckpointId });
    }
    after = entries.at(-1)?.position ?? after;
    if (entries.length < PAGE) break;
  }
  return told.length > 0 ? told : nodesOnTheWay(services, tree.path(headId), rows);
}

function nodesOnTheWay(
  { engine }: ThreadVerbServices,
  path: readonly Checkpoint[],
  rows: readonly ThreadCheckpoint[],
): readonly ReachedNode[] {
  const names = new Map(rows.map(({ id, checkpointId }) => [id, checkpointId]));
  const counts = new Map<string, number>();
  const reached: ReachedNode[] = [];
  for (const { id, position } of path.slice(0, -1)) {
    const from = names.get(id);
    for (const nodeId of position.nextNodeIds) {
      if (from === undefined || engine.isOwnNode(nodeId)) continue;
      const occurrence = (counts.get(nodeId) ?? 0) + 1;
      counts.set(nodeId, occurrence);
      reached.push({ nodeId, occurrence, from });
    }
  }
  return reached;
}

/** Those that began from any of some checkpoints, by their engine's names: each occurrence once, the newest first. */
export function nodesFrom(reached: readonly ReachedNode[], names: ReadonlySet<string>): readonly NodeOccurrence[] {
  const nodes = new Map<string, NodeOccurrence>();
  for (const { nodeId, occurrence, from } of reached) {
    if (names.has(from)) nodes.set(`${nodeId}/${occurrence}`, { nodeId, occurrence });
  }
  return [...nodes.values()].reverse();
}
