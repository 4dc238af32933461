import type { ErrorRecord } from '../../../domain/events/families/fields.js';
import { NodeCompensated, NodeCompensationFailed } from '../../../domain/events/families/node.events.js';
import type { Execution } from '../../../domain/execution/execution.js';
import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import type { Undoing } from '../../../domain/execution/undoing.js';
import { errorRecord } from '../../context/error-record.js';
import { ExecutionStep } from '../execution-step.js';
import { retryAfter } from '../retry-policy.js';
import { compensationOf } from './compensation-of.js';
import { type CompensationToRun, runCompensation } from './run-compensation.js';
import type { UndoneExecution, UndoServices } from './undo-services.js';

/** How far compensations came. */
export interface Undone {
  /** As it was last committed. */
  readonly execution: Execution;
  /** The compensation that failed, where it ended them. */
  readonly stoppedBy?: { readonly node: NodeOccurrence; readonly error: ErrorRecord };
}

/**
 * Runs what is left of the compensations of an execution, one after another. Each try is recorded in a commit of its own
 * before the next one begins: whoever goes on after a crash knows which are done, and one that was under way is run
 * again, with the same idempotency key.
 *
 * @param signal ends it when it aborts: what runs is waited for no longer, and nothing of it is recorded
 * @throws the signal's reason; whatever a commit throws
 */
export async function undoNodes(services: UndoServices, begun: UndoneExecution, signal: AbortSignal): Promise<Undone> {
  const tree = await services.tree.tree(begun.execution.id);
  await services.surroundings.enter(begun.execution.snapshot);
  let { execution } = begun;
  for (;;) {
    const { undoing } = execution.snapshot;
    const node = undoing?.remaining[0];
    if (undoing === null || node === undefined) return { execution };
    await whenDue(services, undoing, signal);
    const attempt = (undoing.tries ?? 0) + 1;
    const outcome = await compensate(services, { ...begun, execution }, { tree, node, undoing, attempt, signal });
    const step = new ExecutionStep(services, execution, {}, begun.branch, begun.stopwatch);
    const { nodeId, occurrence } = node;
    const told = { executionId: execution.id, nodeId, occurrence, attempt, checkpointId: undoing.checkpointId };
    const { error, retry, durationMs } = outcome;
    if (error === undefined) step.emit(NodeCompensated, { ...told, durationMs });
    else step.emit(NodeCompensationFailed, { ...told, error });
    step.execution =
      retry === undefined
        ? execution.undoNext(error === undefined)
        : execution.undoAgain(new Date(Date.parse(step.now()) + retry.delayMs).toISOString());
    await step.commit('patiently');
    execution = step.execution;
    if (error === undefined || retry !== undefined) continue;
    if (undoing.onFailure !== 'continue') return { execution, stoppedBy: { node, error } };
  }
}

/** Waits until the next try is due. */
async function whenDue({ factory, scheduler }: UndoServices, { retryAt }: Undoing, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const leftMs = retryAt === undefined ? 0 : Date.parse(retryAt) - factory.clock.now();
  if (leftMs <= 0) return;
  // Whatever it rejects with, the signal's reason is what counts.
  await scheduler.delay(leftMs, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

/** What a try of a compensation came to. */
interface Outcome {
  readonly durationMs: number;
  readonly error?: ErrorRecord;
  /** Where it failed, and its policy allows another try. */
  readonly retry?: { readonly delayMs: number } | undefined;
}

/** Runs one compensation once. What it throws is its outcome. */
async function compensate(
  services: UndoServices,
  begun: UndoneExecution,
  { signal, ...work }: CompensationToRun,
): Promise<Outcome> {
  const { clock } = services.factory;
  const begunAt = clock.monotonic();
  const elapsed = (): number => Math.max(0, clock.monotonic() - begunAt);
  try {
    await runCompensation(services, begun, { signal, ...work });
    return { durationMs: elapsed() };
  } catch (error) {
    signal.throwIfAborted();
    const definition = begun.workflow.tree.get(work.node.nodeId)?.definition;
    const retry = retryAfter(compensationOf(definition), work.attempt, error);
    return { error: errorRecord(error), durationMs: elapsed(), retry };
  }
}
