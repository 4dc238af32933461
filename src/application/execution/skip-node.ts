import { childWaits } from '../../domain/execution/child-waits.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { IllegalTransitionError } from '../../domain/execution/execution-status.js';
import { addressOf } from '../../domain/execution/standing.js';
import { type JsonObject, toJsonObject } from '../../domain/shared/json.js';
import { isWithin, staticId } from '../../domain/workflow/address.js';
import type { Workflow } from '../../domain/workflow/workflow-definition.js';
import { nodeAmbiguous, nodeNotOpen } from './execution-errors.js';
import { assertSettled, assertWorkThere, findExecution, type Launch, type RunOptions } from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import type { ExecutionStep } from './execution-step.js';
import { framesOf, withResult } from './flow/state-scope.js';
import { keepOutput, skipNode } from './node-steps.js';
import { assertNodeReached } from './rerun-execution.js';
import { resumeStep } from './load-step.js';
import { stepFromFailure } from './retry-node.js';

/** A node that is to be passed over. */
export interface NodeToSkip {
  /** Its id; its address, `refine[2]/draft`, where several of one id are open. */
  readonly nodeId: string;
  /** What it is to have returned: becomes a part of the state. */
  readonly output?: Readonly<Record<string, unknown>>;
}

/**
 * Prepares an execution to go on as if a node were done: one that failed, that waits, or that is yet to run. What follows
 * it is ready then. An execution that has failed goes back to the checkpoint it failed at first.
 */
export async function prepareSkip(
  services: VerbServices,
  executionId: string,
  { nodeId, output }: NodeToSkip,
  options: RunOptions,
): Promise<Launch> {
  assertNodeReached({ nodeId });
  const result = output === undefined ? {} : toJsonObject(output, `output of ${nodeId}`);
  const stored = await findExecution(services, executionId);
  if (stored.status !== 'paused' && stored.status !== 'failed') {
    throw new IllegalTransitionError(executionId, stored.status, 'skipNode');
  }
  assertSettled(stored, 'skipNode');
  assertWorkThere(stored, 'skipNode');
  const workflow = services.registry.for(stored);
  const at = openAt(stored, nodeId);
  const reason = options.reason ?? 'no reason given';
  const { step, cause } = await stepFromFailure(services, stored, reason);
  if (stored.status === 'failed') step.execution = step.execution.retrying(stored.failed);
  const waiting = step.execution.position.nextNodeIds;
  const nodeIds = waiting.filter((address) => address !== at && !isWithin(address, at));
  const resumedId = resumeStep(services, step, { nodeIds, reason: options.reason }, cause);
  const causationId = skip(step, workflow, { at, result, reason }, resumedId);
  return { workflow, step, causationId, passed: new Set(waiting) };
}

function skip(
  step: ExecutionStep,
  workflow: Workflow,
  { at, result, reason }: { readonly at: string; readonly result: JsonObject; readonly reason: string },
  resumedId: string,
): string {
  const { headCheckpointId } = step.execution.snapshot;
  step.state = withResult(step.state, framesOf(workflow.tree, at), result);
  keepOutput(step, workflow.tree, at, result);
  // Nobody waits for the execution of a sub-workflow that is passed over: it ends once that is durable.
  for (const node of childWaits(step.execution.snapshot)) {
    if (addressOf(node) === at || isWithin(addressOf(node), at)) step.memory.noteCancelled(node);
  }
  const causationId = skipNode(step, workflow, at, reason, resumedId) ?? resumedId;
  // What is completed by it, a node around it, has made its checkpoint.
  if (step.execution.snapshot.headCheckpointId === headCheckpointId) step.checkpoint('manual', undefined, causationId);
  return causationId;
}

/** The address of a node that failed, waits, or is yet to run. @throws WaymarkError */
function openAt(stored: ExecutionSnapshot, nodeId: string): string {
  const attempts = stored.status === 'failed' ? stored.failed : [...stored.failed, ...stored.suspended];
  const ready = stored.status === 'failed' ? [] : stored.waiting;
  const open = [...new Set([...attempts.map(addressOf), ...ready])];
  const found = open.filter((at) => at === nodeId || staticId(at) === nodeId);
  const [at] = found;
  if (at === undefined) throw nodeNotOpen(stored.id, nodeId, open);
  if (found.length > 1 && !found.includes(nodeId)) throw nodeAmbiguous(stored.id, nodeId, found);
  return found.includes(nodeId) ? nodeId : at;
}
