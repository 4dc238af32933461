import { WaymarkError } from '../shared/errors.js';

/** Where an execution is in its life. */
export const EXECUTION_STATUSES = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;

/** See {@link EXECUTION_STATUSES}. */
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** Whether an execution has ended. Only a rollback lets it go on. */
export function isTerminal(status: ExecutionStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** What can be done to an execution. */
export type ExecutionVerb =
  'begin' | 'advance' | 'complete' | 'fail' | 'pause' | 'resume' | 'recover' | 'cancel' | 'rollback';

/** The state machine: for each verb, the statuses it is legal in and the one it leads to. */
export const TRANSITIONS: Readonly<
  Record<ExecutionVerb, { readonly from: readonly ExecutionStatus[]; readonly to: ExecutionStatus }>
> = {
  begin: { from: ['pending'], to: 'running' },
  advance: { from: ['running'], to: 'running' },
  complete: { from: ['running'], to: 'completed' },
  fail: { from: ['running'], to: 'failed' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  recover: { from: ['running'], to: 'running' },
  cancel: { from: ['pending', 'running', 'paused'], to: 'cancelled' },
  rollback: { from: ['paused', 'completed', 'failed', 'cancelled'], to: 'paused' },
};

/** A verb that an execution's status does not allow. The message names the status and what can be done instead. */
export class IllegalTransitionError extends WaymarkError {
  readonly status: ExecutionStatus;
  readonly verb: ExecutionVerb;

  constructor(executionId: string, status: ExecutionStatus, verb: ExecutionVerb) {
    super('WAYMARK_ILLEGAL_TRANSITION', `Execution ${executionId} is ${status}, so it can't ${verb}.`, {
      hint: hintFor(status),
      details: { executionId, status, verb },
    });
    this.status = status;
    this.verb = verb;
  }
}

/** The status a verb leads to. @throws IllegalTransitionError */
export function transition(executionId: string, status: ExecutionStatus, verb: ExecutionVerb): ExecutionStatus {
  const { from, to } = TRANSITIONS[verb];
  if (!from.includes(status)) throw new IllegalTransitionError(executionId, status, verb);
  return to;
}

/** The verbs of an operator that make sense in each status. */
function hintFor(status: ExecutionStatus): string {
  switch (status) {
    case 'pending':
      return 'It has not begun; cancel is possible.';
    case 'running':
      return 'It is being run; pause or cancel it first, or wait for its end. When you know that its process is gone, resume it with takeOver.';
    case 'paused':
      return 'A paused execution can be resumed, rolled back, forked or cancelled.';
    case 'completed':
    case 'failed':
    case 'cancelled':
      return 'It has ended: roll it back to a checkpoint and resume it, or fork a checkpoint.';
  }
}
