import { lastingBreakpoints, type StoredBreakpoint } from '../../../domain/execution/breakpoints.js';
import type { ExecutionSnapshot, PauseReason } from '../../../domain/execution/execution-snapshot.js';
import type { ExecutionStatus } from '../../../domain/execution/execution-status.js';
import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { Checkpoints } from '../../checkpoint/checkpoints.js';

/** Where an execution stands, for whoever looks at it between two steps. */
export interface Inspection {
  readonly executionId: string;
  readonly status: ExecutionStatus;
  /** Why it stands still; `null` while it does not. */
  readonly reason: PauseReason | null;
  /** The checkpoint that it stands at. */
  readonly checkpointId: string;
  /** The addresses of the nodes that may start next. */
  readonly ready: readonly string[];
  readonly running: readonly NodeAttempt[];
  readonly suspended: readonly SuspendedNode[];
  readonly failed: readonly NodeAttempt[];
  /** The state at the checkpoint. */
  readonly state: JsonObject;
  readonly breakpoints: readonly StoredBreakpoint[];
}

/** Looks at where an execution, or a thread as one, stands. Changes nothing. */
export async function inspectExecution(tree: Checkpoints, execution: ExecutionSnapshot): Promise<Inspection> {
  const { id, status, pauseReason, headCheckpointId, waiting, running, suspended, failed, breakpoints } = execution;
  return {
    executionId: id,
    status,
    reason: pauseReason,
    checkpointId: headCheckpointId,
    ready: waiting,
    running,
    suspended,
    failed,
    state: headCheckpointId === '' ? {} : await tree.state(headCheckpointId),
    breakpoints: lastingBreakpoints(breakpoints),
  };
}
