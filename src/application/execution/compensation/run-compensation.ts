import type { CheckpointTree } from '../../../domain/checkpoint/checkpoint-tree.js';
import type { NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import { addressOf } from '../../../domain/execution/standing.js';
import type { Undoing } from '../../../domain/execution/undoing.js';
import type { CompensationContext } from '../../../domain/workflow/nodes/node-context.js';
import { runInAmbience } from '../../context/run-with-context.js';
import { compensationTimedOut } from '../waiting/waiting-errors.js';
import { WorkWatch } from '../waiting/work-limits.js';
import { compensationOf } from './compensation-of.js';
import { nodeExit, seenAtExit } from './node-exit.js';
import type { UndoneExecution, UndoServices } from './undo-services.js';
import { keyOf } from './what-to-undo.js';

/** A try of a compensation. */
export interface CompensationToRun {
  readonly tree: CheckpointTree;
  readonly node: NodeOccurrence;
  readonly undoing: Undoing;
  /** Which try it is, from 1. */
  readonly attempt: number;
  /** Ends it when it aborts: nothing of it is recorded. */
  readonly signal: AbortSignal;
}

/**
 * Runs a compensation once, for as long as it may take: one that goes on after that has its signal aborted, and is not
 * listened to. Of the node of a sub-workflow that has none of its own, the execution is undone.
 *
 * @throws whatever it throws; the signal's reason once that aborts; WaymarkError `WAYMARK_NODE_TIMED_OUT`
 */
export async function runCompensation(
  services: UndoServices,
  begun: UndoneExecution,
  { tree, node, undoing, attempt, signal }: CompensationToRun,
): Promise<void> {
  const { workflow, execution, children } = begun;
  const definition = workflow.tree.get(node.nodeId)?.definition;
  const { run, timeoutMs } = compensationOf(definition) ?? {};
  if (run === undefined) {
    if (definition?.kind !== 'workflow' || children === undefined) return;
    const child = { parent: execution.snapshot, node, definition };
    const { reason, onFailure = 'stop' } = undoing;
    await unlessAborted(children.undo(child, { reason, onFailure, signal }), signal);
    return;
  }
  const { clock, ids } = services.factory;
  const { id: executionId, input, headCheckpointId, correlationId } = execution.snapshot;
  const exit = await nodeExit(services.tree, tree, headCheckpointId, node);
  const seen = seenAtExit(services.expressions, workflow, execution, node, exit);
  await within({ services, executionId, node, timeoutMs, signal }, (stop) => {
    const context: CompensationContext = {
      ...seen,
      ...services.surroundings.of(executionId),
      nodeId: node.nodeId,
      occurrence: node.occurrence,
      attempt,
      executionId,
      input,
      idempotencyKey: `${executionId}/${keyOf(node)}/compensate`,
      reason: undoing.reason,
      signal: stop,
    };
    return runInAmbience({ clock, ids, context: { correlationId } }, async () => run(context));
  });
}

/** How long work may take, and who may end it. */
interface Within {
  readonly services: UndoServices;
  readonly executionId: string;
  readonly node: NodeOccurrence;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
}

/** Waits for work that is told by a signal of its own: when its time is up, or when the outer signal aborts. */
async function within(
  { services: { factory, scheduler, surroundings }, executionId, node, timeoutMs, signal }: Within,
  work: (stop: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const abort = new AbortController();
  const stop = AbortSignal.any([signal, abort.signal]);
  const watch = new WorkWatch({ clock: factory.clock, scheduler }, node.nodeId, abort);
  const begun = work(stop);
  const stopped = surroundings.works(executionId, `the compensation of ${addressOf(node)}`, begun);
  try {
    const inTime = begun.then(() => undefined);
    const overdue = await unlessAborted(
      Promise.race([inTime, watch.overdue({ timeoutMs }, compensationTimedOut)]),
      signal,
    );
    if (overdue === undefined) return;
    // Another try in the same folder must not meet it.
    throw stopped === undefined ? overdue.error : await unlessAborted(stopped(overdue.error), signal);
  } finally {
    watch.stop();
  }
}

async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
