import {
  ExecutionBreakpointHit,
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionPaused,
  ExecutionTimedOut,
} from '../../domain/events/families/execution.events.js';
import { type BreakpointHit, isStepping } from '../../domain/execution/breakpoints.js';
import { staticId } from '../../domain/workflow/address.js';
import { dueAtOf } from '../../domain/execution/due.js';
import { undoneAmong } from '../../domain/execution/undoing.js';
import type { PauseReason } from '../../domain/execution/execution-snapshot.js';
import { type JsonValue, toJson } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { errorRecord } from '../context/error-record.js';
import { beginUndoFailure } from './compensation/begin-undo-failure.js';
import type { ExecutionResult } from './execution-result.js';
import type { ExecutionStep } from './execution-step.js';
import type { Failure } from './failure.js';
import { giveUpAll } from './flow/give-up-all.js';
import { executionTimedOut } from './waiting/waiting-errors.js';

export type { Failure } from './failure.js';

/** Ends a step with the completion of its execution, or with its failure where the output can't be made. */
export function concludeCompleted(
  step: ExecutionStep,
  workflow: Workflow,
  causationId: string | undefined,
): ExecutionResult {
  const executionId = step.execution.id;
  const { nodesExecuted, checkpointsCreated, workflowId } = step.execution.snapshot;
  let output: JsonValue = step.execution.snapshot.output ?? {};
  try {
    if (workflow.output !== undefined) output = toJson(workflow.output(step.state), 'output');
    step.emit(
      ExecutionCompleted,
      { executionId, workflowId, output, durationMs: step.elapsedMs(), nodesExecuted, checkpointsCreated },
      causationId,
    );
  } catch (error) {
    // Its making threw, it is not JSON, or it is too deep for an event.
    return concludeFailed(step, { nodeId: null, error: errorRecord(error), causationId }, workflow);
  }
  step.execution = step.execution.withOutput(output).complete(step.now());
  return { status: 'completed', executionId, output };
}

/**
 * Ends a step with the failure of its execution: a checkpoint that stands before the node that failed. Where its workflow
 * undoes what it did first, the step ends with the beginning of that, and the failure is what it will come to.
 */
export function concludeFailed(step: ExecutionStep, failure: Failure, workflow?: Workflow): ExecutionResult {
  if (workflow !== undefined && beginUndoFailure(step, workflow, failure)) {
    const { id: executionId, headCheckpointId: checkpointId } = step.execution.snapshot;
    return { status: 'failed', executionId, nodeId: failure.nodeId, error: failure.error, checkpointId };
  }
  const node = step.execution.snapshot.failed.find((candidate) => candidate.nodeId === failure.nodeId);
  return failAt(step, failure, step.checkpoint('error', node, failure.causationId));
}

/** The same for one that has its checkpoint already. */
export function failAt(
  step: ExecutionStep,
  { nodeId, error, causationId }: Failure,
  checkpointId: string,
): ExecutionResult {
  const { id: executionId, workflowId, completed, compensated } = step.execution.snapshot;
  step.execution = step.execution.fail(error, step.now());
  step.emit(
    ExecutionFailed,
    {
      executionId,
      workflowId,
      ...(nodeId === null ? {} : { nodeId }),
      error,
      checkpointId,
      durationMs: step.elapsedMs(),
    },
    causationId,
  );
  const undone = undoneAmong(completed, compensated).map((node) => ({
    nodeId: node.nodeId,
    occurrence: node.occurrence,
  }));
  return { status: 'failed', executionId, nodeId, error, checkpointId, ...(undone.length === 0 ? {} : { undone }) };
}

/**
 * Ends a step with its execution standing still: at the breakpoints that are given, at the end of a step, or because
 * somebody asked.
 *
 * @param note why somebody asked, which may be no reason at all; left out where nobody did
 */
export function concludePaused(
  step: ExecutionStep,
  hits: readonly BreakpointHit[],
  causationId: string | undefined,
  note?: string,
): ExecutionResult {
  const { id: executionId, headCheckpointId: checkpointId, waiting, breakpoints } = step.execution.snapshot;
  for (const hit of hits) emitHit(step, hit, causationId);
  const reason: PauseReason =
    note === undefined && (hits.length > 0 || isStepping(breakpoints)) ? 'breakpoint' : 'requested';
  const nodeId = hits.find(({ breakpoint }) => breakpoint.when === 'before')?.nodeId ?? onlyNode(reason, waiting);
  step.execution = step.execution.pause(reason);
  step.emit(
    ExecutionPaused,
    {
      executionId,
      checkpointId,
      ...(nodeId === undefined ? {} : { nodeId }),
      reason,
      ...(note === undefined || note === '' ? {} : { note }),
      elapsedMs: step.elapsedMs(),
    },
    causationId,
  );
  return { status: 'paused', executionId, reason, checkpointId, nextNodeIds: waiting };
}

function emitHit(
  step: ExecutionStep,
  { nodeId, breakpoint, error }: BreakpointHit,
  causationId: string | undefined,
): void {
  const { id: executionId, headCheckpointId: checkpointId } = step.execution.snapshot;
  step.emit(
    ExecutionBreakpointHit,
    {
      executionId,
      nodeId,
      checkpointId,
      ...(breakpoint.when === 'before' ? {} : { when: breakpoint.when }),
      ...(breakpoint.if === undefined ? {} : { condition: breakpoint.if.text }),
      ...(error === undefined ? {} : { error: errorRecord(error) }),
    },
    causationId,
  );
}

/** The node that comes next, where that is one. */
function onlyNode(reason: PauseReason, [first, ...others]: readonly string[]): string | undefined {
  return reason === 'breakpoint' && first !== undefined && others.length === 0 ? staticId(first) : undefined;
}

/** Ends a step with its execution standing still because its nodes wait. */
export function concludeWaiting(
  step: ExecutionStep,
  reason: PauseReason,
  causationId: string | undefined,
): ExecutionResult {
  const { id: executionId, headCheckpointId: checkpointId, waiting, suspended } = step.execution.snapshot;
  const nodeId = suspended.find(({ awaiting }) => awaiting === reason)?.nodeId ?? suspended[0]?.nodeId;
  step.execution = step.execution.pause(reason);
  step.emit(
    ExecutionPaused,
    { executionId, checkpointId, ...(nodeId === undefined ? {} : { nodeId }), reason, elapsedMs: step.elapsedMs() },
    causationId,
  );
  const dueAt = dueAtOf(step.execution.snapshot);
  return {
    status: 'paused',
    executionId,
    reason,
    checkpointId,
    nextNodeIds: waiting,
    ...(dueAt === null ? {} : { dueAt }),
  };
}

/**
 * Ends a step with the failure of its execution because its time is up. What runs and what waits is to be done again
 * where somebody goes back to the checkpoint.
 *
 * @param nodeId a node that was running
 */
export function concludeTimedOut(
  step: ExecutionStep,
  workflow: Workflow,
  limitMs: number,
  nodeId: string | undefined,
): ExecutionResult {
  const executionId = step.execution.id;
  const timedOutId = step.emit(ExecutionTimedOut, {
    executionId,
    ...(nodeId === undefined ? {} : { nodeId }),
    limitMs,
  });
  const error = errorRecord(executionTimedOut(executionId, limitMs));
  step.execution = step.execution.standDown();
  return concludeFailed(step, { nodeId: null, error, causationId: timedOutId }, workflow);
}

/** Ends a step with its execution standing still before a node that failed. */
export function concludeOnFailure(step: ExecutionStep, { nodeId, causationId }: Failure): ExecutionResult {
  const reason: PauseReason = 'error';
  const { id: executionId, headCheckpointId: checkpointId } = step.execution.snapshot;
  const { nextNodeIds } = step.execution.position;
  step.execution = step.execution.pause(reason);
  step.emit(
    ExecutionPaused,
    { executionId, checkpointId, ...(nodeId === null ? {} : { nodeId }), reason, elapsedMs: step.elapsedMs() },
    causationId,
  );
  return { status: 'paused', executionId, reason, checkpointId, nextNodeIds };
}

/** Ends a step with the cancellation of its execution, and of whatever runs, waits or is open in it. */
export function concludeCancelled(step: ExecutionStep, reason: string, nodeId: string | undefined): ExecutionResult {
  const executionId = step.execution.id;
  giveUpAll(step, reason);
  step.emit(ExecutionCancelled, {
    executionId,
    ...(nodeId === undefined ? {} : { nodeId }),
    reason,
    durationMs: step.elapsedMs(),
  });
  step.execution = step.execution.cancel(step.now());
  return { status: 'cancelled', executionId, reason };
}
