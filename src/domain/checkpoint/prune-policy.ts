import type { CheckpointKind, Checkpoint } from './checkpoint.js';
import type { CheckpointTree } from './checkpoint-tree.js';

/** Which checkpoints pruning leaves where they are. What no rule keeps is removed. */
export interface PrunePolicy {
  /** The newest ones of each branch: how many. */
  readonly keepLast?: number;
  /**
   * What is younger is kept: a time (a `Date`, or ISO 8601 with its zone), or an age in milliseconds. The clock is
   * Waymark's own.
   */
  readonly olderThan?: string | Date | number;
  /** Whether those with a label are kept; they are when left out. */
  readonly keepLabelled?: boolean;
  /** Kinds that are kept: `['manual', 'approval']`. */
  readonly keepKinds?: readonly CheckpointKind[];
}

/** A policy at a certain moment. */
export interface PruneRules {
  readonly keepLast: number;
  /** What was created at this time or later is kept; ISO 8601, UTC. Nothing is by its age while this is `undefined`. */
  readonly before: string | undefined;
  readonly keepLabelled: boolean;
  readonly keepKinds: ReadonlySet<CheckpointKind>;
}

/** What a policy makes of a tree. Both lists are in the order of creation. */
export interface PrunePlan {
  readonly removed: readonly Checkpoint[];
  readonly kept: readonly Checkpoint[];
}

/**
 * Which checkpoints of a tree a policy removes. Whatever it says, these are kept: the head of each branch, and where each
 * branch starts, so that what is kept stays one tree.
 *
 * @param needed the ids of others that must be kept
 */
export function planPrune(tree: CheckpointTree, rules: PruneRules, needed: Iterable<string> = []): PrunePlan {
  const kept = new Set(needed);
  for (const { headCheckpointId, startCheckpointId } of tree.branches) {
    kept.add(headCheckpointId);
    if (startCheckpointId !== null) kept.add(startCheckpointId);
  }
  for (const id of newestOfEachBranch(tree.checkpoints, rules.keepLast)) kept.add(id);
  const isKept = (checkpoint: Checkpoint): boolean =>
    kept.has(checkpoint.id) ||
    (rules.before !== undefined && checkpoint.createdAt >= rules.before) ||
    (rules.keepLabelled && checkpoint.label !== null) ||
    rules.keepKinds.has(checkpoint.kind);
  const [keeps, removes]: [Checkpoint[], Checkpoint[]] = [[], []];
  for (const checkpoint of tree.checkpoints) (isKept(checkpoint) ? keeps : removes).push(checkpoint);
  return { removed: removes, kept: keeps };
}

function newestOfEachBranch(checkpoints: readonly Checkpoint[], count: number): readonly string[] {
  const left = new Map<string, number>();
  return checkpoints
    .toSorted((a, b) => b.sequence - a.sequence)
    .filter(({ branchId }) => {
      const more = left.get(branchId) ?? count;
      left.set(branchId, more - 1);
      return more > 0;
    })
    .map(({ id }) => id);
}
