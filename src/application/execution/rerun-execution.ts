import type { Checkpoint, ExecutionPosition } from '../../domain/checkpoint/checkpoint.js';
import type { CheckpointTree } from '../../domain/checkpoint/checkpoint-tree.js';
import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import type { OpenComposite } from '../../domain/execution/progress.js';
import { staticId } from '../../domain/workflow/address.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { wholeNumber } from '../../domain/shared/options.js';
import { type ExecutionServices, findExecution } from './execution-services.js';
import { occurrenceNotFound } from './thread/thread-errors.js';

/** A node that was reached, once or several times. */
export interface NodeReached {
  readonly nodeId: string;
  /** The n-th time that it was reached, from 1; the last time when left out. */
  readonly occurrence?: number;
}

/** Checks what is to be run again. @throws InvalidArgumentError `WAYMARK_INVALID_ID`, `WAYMARK_INVALID_ARGUMENT` */
export function assertNodeReached({ nodeId, occurrence }: NodeReached): void {
  assertIdentifier(nodeId, 'node id');
  if (occurrence !== undefined) wholeNumber(occurrence, 'occurrence', 1);
}

/**
 * The checkpoint right before a node's occurrence, in the tree of one of Waymark's own executions: what was done beside
 * it by then stays done.
 *
 * @throws WaymarkError `WAYMARK_EXECUTION_NOT_FOUND`, `WAYMARK_OCCURRENCE_NOT_FOUND`
 */
export async function checkpointBefore(
  services: ExecutionServices,
  executionId: string,
  { nodeId, occurrence }: NodeReached,
): Promise<string> {
  const { occurrences, branchId } = await findExecution(services, executionId);
  const last = Object.hasOwn(occurrences, nodeId) ? occurrences[nodeId] : undefined;
  const wanted = occurrence ?? last;
  const tree = await services.tree.tree(executionId);
  const led = tree.occurrences(nodeId).find((checkpoint) => checkpoint.occurrence === wanted);
  const end = led?.id ?? tree.head(branchId).id;
  const begun = wanted === undefined ? undefined : beforeBegun(tree.path(end), { nodeId, occurrence: wanted });
  if (begun !== undefined) return begun.id;
  // One that failed is not done: it has led to the checkpoint that it failed at.
  if (led !== undefined && led.parentId !== null && tree.has(led.parentId)) return led.parentId;
  // One that is not done has led to no checkpoint: the newest one before the node is the one before it.
  const before = wanted === last && led === undefined ? newestBefore(tree, nodeId, branchId) : undefined;
  if (before !== undefined) return before.id;
  const known = Object.entries(occurrences).map(([node, times]) => (times === 1 ? node : `${node} (1 to ${times})`));
  throw occurrenceNotFound(executionId, nodeId, occurrence, known);
}

/**
 * The checkpoint before the first one that knows an occurrence as begun. A node with a body is open from there on; one that
 * a rollback went back into was begun by the occurrence before it, and so on.
 */
function beforeBegun(path: readonly Checkpoint[], node: NodeOccurrence): Checkpoint | undefined {
  let begun = node;
  const isIt = (other: NodeOccurrence): boolean =>
    other.nodeId === begun.nodeId && other.occurrence === begun.occurrence;
  let first = path.findIndex(({ position }) => openIn(position).some(isIt) || position.completed.some(isIt));
  while (first > 0) {
    const before = path[first - 1];
    const now = openIn(path[first]?.position);
    const sameNode = openIn(before?.position).filter(({ nodeId }) => nodeId === node.nodeId);
    const at = now.find(isIt)?.at;
    const wasOpen = sameNode.find((open) =>
      at === undefined ? !now.some((other) => other.at === open.at) : open.at === at,
    );
    if (wasOpen === undefined) return before;
    begun = wasOpen;
    first -= 1;
  }
  return undefined;
}

function openIn(position: ExecutionPosition | undefined): readonly OpenComposite[] {
  return position?.progress?.open ?? [];
}

function newestBefore(tree: CheckpointTree, nodeId: string, branchId: string): Checkpoint | undefined {
  return tree
    .path(tree.head(branchId).id)
    .findLast(({ kind, position }) => kind !== 'error' && position.nextNodeIds.some((at) => staticId(at) === nodeId));
}
