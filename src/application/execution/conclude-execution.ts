import {
  ExecutionBreakpointHit,
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionFailed,
  ExecutionPaused,
} from '../../domain/events/families/execution.events.js';
import type { ErrorRecord } from '../../domain/events/families/fields.js';
import type { PauseReason } from '../../domain/execution/execution.js';
import { type JsonValue, toJson } from '../../domain/shared/json.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { errorRecord } from '../context/error-record.js';
import type { ExecutionResult } from './execution-result.js';
import type { ExecutionStep } from './execution-step.js';

/** What makes an execution fail once everything has settled. */
export interface Failure {
  /** `null` when no node failed but the making of the output did. */
  readonly nodeId: string | null;
  readonly error: ErrorRecord;
  /** The event that tells of it. */
  readonly causationId: string | undefined;
}

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
    return concludeFailed(step, { nodeId: null, error: errorRecord(error), causationId });
  }
  step.execution = step.execution.withOutput(output).complete(step.now());
  return { status: 'completed', executionId, output };
}

/** Ends a step with the failure of its execution: a checkpoint that stands before the node that failed. */
export function concludeFailed(step: ExecutionStep, { nodeId, error, causationId }: Failure): ExecutionResult {
  const { id: executionId, workflowId, failed } = step.execution.snapshot;
  const node = failed.find((candidate) => candidate.nodeId === nodeId);
  const checkpointId = step.checkpoint('error', node, causationId);
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
  return { status: 'failed', executionId, nodeId, error, checkpointId };
}

/**
 * Ends a step with its execution standing still: before the nodes with a breakpoint that are given, or because somebody
 * asked.
 */
export function concludePaused(
  step: ExecutionStep,
  hit: readonly string[],
  causationId: string | undefined,
): ExecutionResult {
  const { id: executionId, headCheckpointId: checkpointId, waiting } = step.execution.snapshot;
  for (const nodeId of hit) step.emit(ExecutionBreakpointHit, { executionId, nodeId, checkpointId }, causationId);
  const reason: PauseReason = hit.length > 0 ? 'breakpoint' : 'requested';
  const nodeId = hit[0];
  step.execution = step.execution.pause(reason);
  step.emit(
    ExecutionPaused,
    { executionId, checkpointId, ...(nodeId === undefined ? {} : { nodeId }), reason, elapsedMs: step.elapsedMs() },
    causationId,
  );
  return { status: 'paused', executionId, reason, checkpointId, nextNodeIds: waiting };
}

/** Ends a step with the cancellation of its execution. */
export function concludeCancelled(step: ExecutionStep, reason: string, nodeId: string | undefined): ExecutionResult {
  const executionId = step.execution.id;
  step.emit(ExecutionCancelled, {
    executionId,
    ...(nodeId === undefined ? {} : { nodeId }),
    reason,
    durationMs: step.elapsedMs(),
  });
  step.execution = step.execution.cancel(step.now());
  return { status: 'cancelled', executionId, reason };
}
