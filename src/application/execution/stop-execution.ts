import { childWaits } from '../../domain/execution/child-waits.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { IllegalTransitionError, transition } from '../../domain/execution/execution-status.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import { concludeCancelled } from './conclude-execution.js';
import type { ExecutionResult } from './execution-result.js';
import type { AtEnd } from './execution-runner.js';
import { assertSettled, findExecution, type VerbOptions } from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import { loadStep } from './load-step.js';
import type { VerbOnce } from './verb-once.js';

/**
 * Asks an execution to stop before its next node.
 *
 * @throws IllegalTransitionError when this instance does not run it
 */
export async function pauseExecution(
  services: VerbServices,
  executionId: string,
  { reason }: VerbOptions,
  once?: VerbOnce,
): Promise<ExecutionResult> {
  const active = services.active.find(executionId);
  if (active === undefined) {
    const { status } = await findExecution(services, executionId);
    throw new IllegalTransitionError(executionId, status, 'pause');
  }
  active.runner.askToPause(reason, keeping(once));
  const result = await active.result;
  await keepLate(services, result, once);
  return result;
}

/** Ends an execution now, whether this instance runs it or it stands still. */
export async function cancelExecution(
  services: VerbServices,
  executionId: string,
  options: VerbOptions,
  once?: VerbOnce,
): Promise<ExecutionResult> {
  const reason = options.reason ?? 'no reason given';
  const active = services.active.find(executionId);
  if (active !== undefined) {
    // What it came to is kept with its end; a standstill is not the end that was asked for.
    const atEnd = keeping(once);
    active.runner.askToCancel(reason, (step, result) => result.status !== 'paused' && atEnd?.(step, result));
    const result = await active.result;
    // It was already pausing when the wish came.
    if (result.status !== 'paused') {
      await keepLate(services, result, once);
      return result;
    }
  }
  return cancelStanding(services, executionId, reason, once);
}

async function cancelStanding(
  services: VerbServices,
  executionId: string,
  reason: string,
  once: VerbOnce | undefined,
): Promise<ExecutionResult> {
  const stored = await findExecution(services, executionId);
  transition(executionId, stored.status, 'cancel');
  assertSettled(stored, 'cancel');
  if (stored.status === 'running' && !services.active.isOrphan(stored)) {
    throw new WaymarkError(
      'WAYMARK_NOT_OWNER',
      `Execution ${executionId} is run by ${stored.owner ?? 'another process'}.`,
      {
        hint: 'Cancel it in the process that runs it; when you know that it is gone, resume it here with takeOver first.',
      },
    );
  }
  const step = await loadStep(services, stored);
  if (stored.status === 'running') step.takesOver(stored);
  const result = concludeCancelled(step, reason, undefined);
  if (once !== undefined) step.also((scope) => once.keep(executionId, result, scope));
  await step.commit();
  services.active.due.goesOn(executionId, { result: Promise.resolve(result) });
  services.active.ended(stored, result);
  await cancelChildren(services, stored, reason);
  return result;
}

/** What is no trouble: an execution has ended, or is run by somebody else, and its own log says how it goes on. */
const GOES_ON = ['WAYMARK_ILLEGAL_TRANSITION', 'WAYMARK_NOT_OWNER', 'WAYMARK_VERSION_CONFLICT'] as const;

/** The executions of sub-workflows that an execution waited for, as it was read, end: it does so no longer. */
export async function cancelChildren(services: VerbServices, stored: ExecutionSnapshot, reason: string): Promise<void> {
  for (const { childExecutionId } of childWaits(stored)) {
    await cancelExecution(services, childExecutionId, { reason }).catch((error: unknown) => {
      // What was asked for is done and durable: trouble with a child does not take it back.
      if (!GOES_ON.some((code) => WaymarkError.is(error, code))) services.onError(error);
    });
  }
}

/** Keeps what a run came to in the commit that ends it. The run does not fail when somebody used the key meanwhile. */
function keeping(once: VerbOnce | undefined): AtEnd | undefined {
  if (once === undefined) return undefined;
  return (step, result) => step.also((scope) => once.keepIfFree(result.executionId, result, scope));
}

/** The same for a wish that came when the end was being committed: it changed nothing. */
async function keepLate(services: VerbServices, result: ExecutionResult, once: VerbOnce | undefined): Promise<void> {
  if (once === undefined || (await once.kept()) !== undefined) return;
  await services.recorder.commit({
    weight: 0,
    write: async (scope) => {
      await once.keepIfFree(result.executionId, result, scope);
      return [];
    },
  });
}
