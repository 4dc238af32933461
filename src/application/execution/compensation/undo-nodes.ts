import type { CheckpointTree } from '../../../domain/checkpoint/checkpoint-tree.js';
import type { ErrorRecord } from '../../../domain/events/families/fields.js';
import { NodeCompensated, NodeCompensationFailed } from '../../../domain/events/families/node.events.js';
import type { Execution } from '../../../domain/execution/execution.js';
import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import type { Undoing } from '../../../domain/execution/undoing.js';
import type { CompensationContext } from '../../../domain/workflow/nodes/node-context.js';
import { errorRecord } from '../../context/error-record.js';
import { runInAmbience } from '../../context/run-with-context.js';
import { ExecutionStep } from '../execution-step.js';
import { nodeExit, seenAtExit } from './node-exit.js';
import type { UndoneExecution, UndoServices } from './undo-services.js';
import { keyOf } from './what-to-undo.js';

/** How far compensations came. */
export interface Undone {
  /** As it was last committed. */
  readonly execution: Execution;
  /** The compensation that failed, where it ended them. */
  readonly stoppedBy?: { readonly node: NodeOccurrence; readonly error: ErrorRecord };
}

/**
 * Runs what is left of the compensations of an execution, one after another. Each is recorded in a commit of its own
 * before the next one begins: whoever goes on after a crash knows which are done, and one that was under way is run
 * again, with the same idempotency key.
 *
 * @param signal ends it when it aborts: what runs is waited for no longer, and nothing of it is recorded
 * @throws the signal's reason; whatever a commit throws
 */
export async function undoNodes(services: UndoServices, begun: UndoneExecution, signal: AbortSignal): Promise<Undone> {
  const tree = await services.tree.tree(begun.execution.id);
  let { execution } = begun;
  for (;;) {
    const { undoing } = execution.snapshot;
    const node = undoing?.remaining[0];
    if (undoing === null || node === undefined) return { execution };
    signal.throwIfAborted();
    const { error, durationMs } = await compensate(services, { ...begun, execution }, { tree, node, undoing, signal });
    const step = new ExecutionStep(services, execution, {}, begun.branch, begun.stopwatch);
    const { nodeId, occurrence } = node;
    const told = { executionId: execution.id, nodeId, occurrence, attempt: 1, checkpointId: undoing.checkpointId };
    if (error === undefined) step.emit(NodeCompensated, { ...told, durationMs });
    else step.emit(NodeCompensationFailed, { ...told, error });
    step.execution = execution.undoNext(error === undefined);
    await step.commit('patiently');
    execution = step.execution;
    if (error !== undefined && undoing.onFailure !== 'continue') return { execution, stoppedBy: { node, error } };
  }
}

interface Compensation {
  readonly tree: CheckpointTree;
  readonly node: NodeOccurrence;
  readonly undoing: Undoing;
  readonly signal: AbortSignal;
}

/** Runs one compensation. What it throws is its outcome. */
async function compensate(
  services: UndoServices,
  { workflow, execution }: UndoneExecution,
  { tree, node, undoing, signal }: Compensation,
): Promise<{ readonly error?: ErrorRecord; readonly durationMs: number }> {
  const { clock, ids } = services.factory;
  const { id: executionId, input, headCheckpointId, correlationId } = execution.snapshot;
  const begunAt = clock.monotonic();
  const elapsed = (): number => Math.max(0, clock.monotonic() - begunAt);
  try {
    const exit = await nodeExit(services.tree, tree, headCheckpointId, node);
    const context: CompensationContext = {
      ...seenAtExit(services.expressions, workflow, execution, node, exit),
      nodeId: node.nodeId,
      occurrence: node.occurrence,
      executionId,
      input,
      idempotencyKey: `${executionId}/${keyOf(node)}/compensate`,
      reason: undoing.reason,
      signal,
    };
    const work = runInAmbience({ clock, ids, context: { correlationId } }, async () =>
      workflow.tree.get(node.nodeId)?.definition.compensate?.(context),
    );
    await unlessAborted(work, signal);
    return { durationMs: elapsed() };
  } catch (error) {
    signal.throwIfAborted();
    return { error: errorRecord(error), durationMs: elapsed() };
  }
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
