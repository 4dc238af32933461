import { MAIN_BRANCH } from '../../domain/checkpoint/checkpoint.js';
import { CheckpointBranchCreated, CheckpointRestored } from '../../domain/events/families/checkpoint.events.js';
import { ExecutionForked, ExecutionStarted } from '../../domain/events/families/execution.events.js';
import { Execution, outputAt } from '../../domain/execution/execution.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { editState } from './edit-state.js';
import {
  assertBreakpoints,
  type ExecutionServices,
  findExecution,
  type Launch,
  toStatePatch,
  type RunOptions,
} from './execution-services.js';
import { ExecutionStep } from './execution-step.js';

/** How to fork. */
export interface ForkOptions extends RunOptions {
  /** A JSON Merge Patch (RFC 7396) to apply to the state. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /** A name for people. */
  readonly label?: string;
  readonly breakpoints?: readonly string[];
  /** An id of the caller's for the new execution. */
  readonly executionId?: string;
}

/**
 * Prepares a new execution that continues at a checkpoint, with its state. The original is untouched, whatever its
 * status.
 */
export async function prepareFork(
  services: ExecutionServices,
  checkpointId: string,
  options: ForkOptions,
): Promise<Launch> {
  const patch = toStatePatch(options.statePatch);
  if (options.executionId !== undefined) assertIdentifier(options.executionId, 'execution id');
  const source = await services.tree.get(checkpointId);
  const parent = await findExecution(services, source.executionId);
  const workflow = services.registry.for(parent);
  const breakpoints = [...(options.breakpoints ?? [])];
  assertBreakpoints(workflow, breakpoints);
  const state = await services.tree.load(source);
  const reason = options.reason ?? 'no reason given';
  const id = options.executionId ?? services.factory.ids.next();
  const { workflowId, workflowName, workflowVersion, input } = parent;
  const execution = Execution.create({
    id,
    workflowId,
    workflowName,
    workflowVersion,
    workflowHash: parent.workflowHash,
    workflowSource: parent.workflowSource,
    input,
    breakpoints,
    correlationId: parent.correlationId,
    label: options.label ?? null,
    parentExecutionId: parent.id,
    sourceCheckpointId: checkpointId,
    branchId: MAIN_BRANCH,
    position: source.position,
    output: outputAt(source.position, state),
    startedAt: services.factory.now(),
  }).begin(services.identity.self);
  const step = new ExecutionStep(services, execution, state, {
    executionId: id,
    branchId: MAIN_BRANCH,
    parentBranchId: null,
    startCheckpointId: null,
    abandoned: false,
  });
  const started = step.emit(ExecutionStarted, {
    executionId: id,
    workflowId,
    workflowName,
    workflowVersion,
    input,
    breakpoints,
    parentExecutionId: parent.id,
    sourceCheckpointId: checkpointId,
  });
  const causationId = step.emit(
    ExecutionForked,
    {
      executionId: id,
      parentExecutionId: parent.id,
      checkpointId,
      reason,
      ...(patch === undefined ? {} : { statePatch: patch }),
      ...(options.label === undefined ? {} : { label: options.label }),
    },
    started,
  );
  step.emit(CheckpointRestored, { executionId: id, checkpointId, stateHash: source.stateHash }, causationId);
  const rootId = step.checkpoint('auto', undefined, causationId);
  step.emit(
    CheckpointBranchCreated,
    { executionId: id, checkpointId: rootId, branchId: MAIN_BRANCH, parentBranchId: source.branchId, reason: 'fork' },
    causationId,
  );
  if (patch !== undefined) editState(step, patch, reason, causationId);
  return { workflow, step, causationId, passed: new Set() };
}
