import { Execution } from '../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { IllegalTransitionError } from '../../domain/execution/execution-status.js';
import type { NodeAttempt } from '../../domain/execution/node-attempt.js';
import { nodeNotFailed } from './execution-errors.js';
import {
  assertSettled,
  assertWorkThere,
  currentBranch,
  findExecution,
  type Launch,
  type RunOptions,
} from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import type { ExecutionStep } from './execution-step.js';
import { assertNodeReached, type NodeReached } from './rerun-execution.js';
import { loadStep, emitHistory, resumeStep } from './load-step.js';
import { goBack, requestBack, stepBackTo } from './step-back.js';

/**
 * Prepares an execution to go on with a node that failed, as the next attempt of the same occurrence: a service that was
 * given its idempotency key knows that it is the same work. What failed beside it is tried again too.
 */
export async function prepareRetry(
  services: VerbServices,
  executionId: string,
  node: NodeReached,
  options: RunOptions,
): Promise<Launch> {
  assertNodeReached(node);
  const stored = await findExecution(services, executionId);
  const { failed } = failedNode(stored, node, 'retryNode');
  const workflow = services.registry.for(stored);
  const reason = options.reason ?? `${node.nodeId} is tried again`;
  const { step, cause } = await stepFromFailure(services, stored, reason);
  if (stored.status === 'failed') step.execution = step.execution.retrying(failed);
  const waiting = step.execution.position.nextNodeIds;
  const causationId = resumeStep(services, step, { nodeIds: waiting, reason: options.reason }, cause);
  return { workflow, step, causationId, passed: new Set(waiting) };
}

/**
 * The node that failed, with all that failed beside it.
 *
 * @throws IllegalTransitionError when nothing failed; WaymarkError `WAYMARK_NODE_NOT_FAILED`, `WAYMARK_UNDOING`,
 *   `WAYMARK_WORK_UNDONE`
 */
export function failedNode(
  stored: ExecutionSnapshot,
  { nodeId, occurrence }: NodeReached,
  verb: 'retryNode' | 'skipNode',
): { readonly node: NodeAttempt; readonly failed: readonly NodeAttempt[] } {
  const { id, status, pauseReason, failed } = stored;
  if (status !== 'failed' && !(status === 'paused' && pauseReason === 'error')) {
    throw new IllegalTransitionError(id, status, verb);
  }
  assertSettled(stored, verb);
  assertWorkThere(stored, verb);
  const node = failed.findLast(
    (one) => one.nodeId === nodeId && (occurrence === undefined || one.occurrence === occurrence),
  );
  if (node === undefined) throw nodeNotFailed(stored, nodeId, occurrence);
  return { node, failed };
}

/**
 * The step with which an execution goes on where a node failed: one that has failed goes back to the checkpoint it failed
 * at first, on a branch of its own.
 */
export async function stepFromFailure(
  services: VerbServices,
  stored: ExecutionSnapshot,
  reason: string,
): Promise<{ readonly step: ExecutionStep; readonly cause: string }> {
  if (stored.status === 'paused') {
    const step = await loadStep(services, stored);
    return { step, cause: await emitHistory(services, step, stored.id) };
  }
  const old = await currentBranch(services, stored);
  const target = await services.tree.get(stored.headCheckpointId);
  const way = { old, target, state: await services.tree.load(target), reason, retried: stored.failed };
  const step = stepBackTo(services, Execution.from(stored), way);
  const requested = await requestBack(services, step, target, reason);
  const { causationId } = goBack(step, way, { compensated: 0, notCompensated: 0 }, requested);
  return { step, cause: causationId };
}
