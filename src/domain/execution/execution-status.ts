import { WaymarkError } from '../shared/errors.js';
import type { ExecutionStatus } from './statuses.js';
import { type VerbName, verbsLegalIn } from './verbs.js';

export { EXECUTION_STATUSES, type ExecutionStatus } from './statuses.js';

/** Whether an execution has ended. Only a rollback lets it go on. */
export function isTerminal(status: ExecutionStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** The steps that an execution's status takes. */
export type StatusStep =
  'begin' | 'advance' | 'complete' | 'fail' | 'pause' | 'resume' | 'recover' | 'cancel' | 'rollback';

/** What can be done to an execution: by itself, or by somebody. */
export type ExecutionVerb = StatusStep | VerbName;

/** The state machine: for each step, the statuses it is legal in and the one it leads to. */
export const TRANSITIONS: Readonly<
  Record<StatusStep, { readonly from: readonly ExecutionStatus[]; readonly to: ExecutionStatus }>
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
  /** What can be done instead. */
  readonly legal: readonly VerbName[];

  constructor(executionId: string, status: ExecutionStatus, verb: ExecutionVerb) {
    super('WAYMARK_ILLEGAL_TRANSITION', `Execution ${executionId} is ${status}, so it can't ${verb}.`, {
      hint: hintFor(status, verb),
      details: { executionId, status, verb, legal: insteadOf(status, verb) },
    });
    this.legal = insteadOf(status, verb);
    this.status = status;
    this.verb = verb;
  }
}

/** The status a step leads to. @throws IllegalTransitionError */
export function transition(executionId: string, status: ExecutionStatus, verb: StatusStep): ExecutionStatus {
  const { from, to } = TRANSITIONS[verb];
  if (!from.includes(status)) throw new IllegalTransitionError(executionId, status, verb);
  return to;
}

/** The verbs of an operator that make sense in a status, but for the one that does not. */
function insteadOf(status: ExecutionStatus, verb: ExecutionVerb): readonly VerbName[] {
  return verbsLegalIn(status).filter((legal) => legal !== verb);
}

function hintFor(status: ExecutionStatus, verb: ExecutionVerb): string {
  const legal = `Possible are ${insteadOf(status, verb).join(', ')}`;
  switch (status) {
    case 'pending':
      return `It has not begun. ${legal}.`;
    case 'running':
      return `It is being run: wait for its end, or pause or cancel it. ${legal}; when you know that its process is gone, resume with takeOver.`;
    case 'paused':
      return `It stands still. ${legal}.`;
    case 'completed':
    case 'failed':
    case 'cancelled':
      return `It has ended, and only a rollback lets it go on. ${legal}.`;
  }
}
