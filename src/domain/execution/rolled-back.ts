import type { ExecutionPosition } from '../checkpoint/checkpoint.js';
import type { JsonObject } from '../shared/json.js';
import type { ExecutionSnapshot } from './execution-snapshot.js';
import { openAttempts, reachedAgain, reachedStill } from './position.js';

/** Where an execution goes back to. */
export interface WayTo {
  readonly checkpointId: string;
  readonly position: ExecutionPosition;
  /** The branch that it goes on with. */
  readonly branchId: string;
  /** The output of then. */
  readonly output: JsonObject | null;
  /**
   * `again` for what is open there to be reached once more, as another occurrence; `same` to go on with it as the next
   * attempt, for one that failed and is taken up where it did.
   */
  readonly work: 'again' | 'same';
}

/** What changes of an execution that goes back: it waits there, on a branch of its own. */
export function rolledBack(
  before: ExecutionSnapshot,
  { checkpointId, position, branchId, output, work }: WayTo,
): Partial<ExecutionSnapshot> {
  const { progress, occurrences } =
    work === 'same'
      ? reachedStill(position.progress, before.progress, before.occurrences)
      : reachedAgain(position.progress, before.occurrences);
  return {
    branchId,
    branchesCreated: before.branchesCreated + 1,
    headCheckpointId: checkpointId,
    completed: position.completed,
    undoing: null,
    waiting: position.nextNodeIds,
    running: [],
    interrupted: openAttempts(progress),
    failed: [],
    suspended: [],
    progress,
    occurrences,
    output,
    error: null,
    pauseReason: 'rollback',
    owner: null,
    endedAt: null,
  };
}
