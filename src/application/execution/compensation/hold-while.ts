import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import type { LiveRun } from '../active-executions.js';
import type { ExecutionResult } from '../execution-result.js';
import type { VerbServices } from '../verb-services.js';

/**
 * Does work on an execution that this instance owns while the work goes on: its lease is renewed, and it is waited for
 * when Waymark closes. Compensations are not stopped half way by a wish to pause or cancel.
 *
 * @param resultOf how the execution stands after the work, for whoever waits for that
 * @param work is told by its signal when the execution is this instance's no more, or Waymark waits no longer
 */
export function holdWhile<Value>(
  { active }: VerbServices,
  execution: Pick<ExecutionSnapshot, 'id' | 'version'>,
  resultOf: (value: Value) => ExecutionResult,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  active.assertFree(execution);
  const abort = new AbortController();
  const runner: LiveRun = {
    askToPause: () => undefined,
    askToCancel: () => undefined,
    abandon: (lost) => abort.abort(lost?.error ?? abandoned(execution.id)),
  };
  // It is held before its first commit, which gives it its lease.
  const done = Promise.resolve().then(() => work(abort.signal));
  active.attach(execution.id, { runner, result: done.then(resultOf) });
  return done;
}

function abandoned(executionId: string): WaymarkError {
  return new WaymarkError('WAYMARK_CLOSED', `Waymark was closed while ${executionId} was being compensated.`, {
    hint: 'What was compensated is recorded. waymark recover goes on with the rest.',
    details: { executionId },
  });
}
