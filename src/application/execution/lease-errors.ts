import { WaymarkError } from '../../domain/shared/errors.js';

/** `WAYMARK_LEASE_LOST`: the lease of an execution could not be renewed before it ended. */
export function leaseExpired(executionId: string, leaseMs: number, cause: unknown): WaymarkError {
  return new WaymarkError(
    'WAYMARK_LEASE_LOST',
    `The lease of execution ${executionId} could not be renewed within ${leaseMs} ms: somebody else may run it now.`,
    {
      cause,
      hint: 'What ran was told to stop, and the execution is as it was last committed: executions.recover() takes it up there.',
      details: { executionId, leaseMs },
    },
  );
}

/** `WAYMARK_LEASE_LOST`: another owner has an execution. */
export function leaseTaken(executionId: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_LEASE_LOST',
    `Execution ${executionId} is no longer run here: somebody else has taken it over, or it was ended.`,
    {
      hint: 'What ran was told to stop, and nothing more of it is recorded. Read the execution to see who runs it.',
      details: { executionId },
    },
  );
}
