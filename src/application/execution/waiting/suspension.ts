import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import { InvalidArgumentError } from '../../../domain/shared/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/shared/json.js';
import type { ApprovalNode, TimerNode, WorkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';

/** What a node that does not run waits for: all of a {@link SuspendedNode} that its work can say. */
export type Suspension = Omit<SuspendedNode, keyof NodeAttempt | 'since'>;

/** What comes with a signal is to be an object, whose keys become part of the state: whoever sends it is told, where nobody has the definition too. */
const TAKES_OBJECT = Object.freeze({ takes: 'object' });

/** Whether a node that waits for a signal can go on with what came with one. */
export function takesValue({ details }: Pick<SuspendedNode, 'details'>, value: JsonValue): boolean {
  return details?.['takes'] !== 'object' || value === null || isJsonObject(value);
}

/** The longest wait that a date can be given for, in milliseconds since the epoch. */
const LAST_MOMENT_MS = 253_402_300_799_999;

/**
 * What a node waits for that waits by its nature, or `undefined` for one that does work.
 *
 * @param now milliseconds since the epoch
 * @throws whatever the functions of the definition throw; InvalidArgumentError for a time that is none
 */
export function suspensionOf(definition: WorkflowNode, state: JsonObject, now: number): Suspension | undefined {
  switch (definition.kind) {
    case 'approval':
      return approvalOf(definition, state, now);
    case 'timer':
      return { awaiting: 'timer', dueAt: timerEnd(definition, state, now) };
    case 'signal':
      return {
        awaiting: 'signal',
        name: definition.name,
        ...dueAfter(definition.timeoutMs, now),
        ...(definition.into === undefined ? { details: TAKES_OBJECT } : {}),
      };
    case 'task':
    case 'decision':
    case 'group':
    case 'parallel':
    case 'loop':
    case 'map':
    case 'workflow':
      return undefined;
  }
}

/** The wait before another try. */
export function retrySuspension(error: SuspendedNode['error'], delayMs: number, now: number): Suspension {
  return { awaiting: 'retry', ...dueAfter(delayMs, now), ...(error === undefined ? {} : { error }) };
}

function approvalOf(definition: ApprovalNode, state: JsonObject, now: number): Suspension {
  const { message, approvers, expiresAfterMs } = definition;
  const text = typeof message === 'function' ? message(state) : message;
  const details = {
    ...(text === undefined ? {} : { message: String(text) }),
    ...(approvers === undefined ? {} : { approvers: [...approvers] }),
  };
  return { awaiting: 'approval', ...dueAfter(expiresAfterMs, now), details };
}

function timerEnd({ afterMs, until }: TimerNode, state: JsonObject, now: number): string {
  if (until !== undefined) return moment(Date.parse(until(state)), 'until');
  const ms = typeof afterMs === 'function' ? afterMs(state) : (afterMs ?? 0);
  return moment(now + Math.max(0, ms), 'afterMs');
}

function dueAfter(ms: number | undefined, now: number): { readonly dueAt?: string } {
  return ms === undefined ? {} : { dueAt: moment(Math.min(now + ms, LAST_MOMENT_MS), 'limit') };
}

function moment(at: number, what: string): string {
  if (Number.isFinite(at) && at <= LAST_MOMENT_MS && at >= 0) return new Date(at).toISOString();
  throw new InvalidArgumentError(`The ${what} of the timer gives no moment in time.`, {
    hint: 'afterMs is a number of milliseconds, until an ISO 8601 time.',
  });
}
