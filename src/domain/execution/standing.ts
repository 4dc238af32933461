import type { NodeAttempt, NodeOccurrence } from './node-attempt.js';
import type { Progress, SuspendedNode } from './progress.js';

/** Where an execution stands in its graph: what the planner moves on. */
export interface Standing {
  /** The addresses of nodes that are ready and have not been started. */
  readonly waiting: readonly string[];
  readonly running: readonly NodeAttempt[];
  /** To be tried again as the same occurrence, once they are started. */
  readonly interrupted: readonly NodeAttempt[];
  readonly failed: readonly NodeAttempt[];
  readonly suspended: readonly SuspendedNode[];
  readonly progress: Progress;
  readonly occurrences: Readonly<Record<string, number>>;
}

/** What a plan made of a standing. */
export interface Advance {
  readonly standing: Standing;
  /** What was completed on the way, in order. */
  readonly completed: readonly NodeOccurrence[];
}

/** The address of a node's attempt. */
export function addressOf({ at, nodeId }: Pick<NodeAttempt, 'at' | 'nodeId'>): string {
  return at ?? nodeId;
}
