import { type Checkpoint, MAIN_BRANCH } from '../../domain/checkpoint/checkpoint.js';
import { CheckpointBranchCreated, CheckpointRestored } from '../../domain/events/families/checkpoint.events.js';
import { ExecutionForked, ExecutionStarted } from '../../domain/events/families/execution.events.js';
import { breakpointNodes, type BreakpointLike, type StoredBreakpoint } from '../../domain/execution/breakpoints.js';
import { Execution } from '../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { outputAt } from '../../domain/execution/position.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import { checkBreakpoints } from './breakpoints/check-breakpoints.js';
import { editState } from './edit-state.js';
import {
  type ExecutionServices,
  findExecution,
  type Launch,
  toStatePatch,
  type RunOptions,
} from './execution-services.js';
import { ExecutionStep } from './execution-step.js';
import { assertKnown } from './map-nodes.js';

/** How to fork. */
export interface ForkOptions extends RunOptions {
  /** A JSON Merge Patch (RFC 7396) to apply to the state. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /** A name for people. */
  readonly label?: string;
  /** Where to stop: before the nodes that are named, or as said in more words. */
  readonly breakpoints?: readonly BreakpointLike[];
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
  const source = await services.tree.get(checkpointId);
  const parent = await findExecution(services, source.executionId);
  const workflow = services.registry.for(parent);
  const { completed, nextNodeIds: waiting, progress = null } = source.position;
  assertKnown({ ...parent, completed, waiting, interrupted: [], failed: [], suspended: [], progress }, workflow);
  const breakpoints = checkBreakpoints(services, workflow, options.breakpoints);
  return { workflow, ...(await forkStep(services, source, parent, options, breakpoints)), passed: new Set() };
}

/** The step that makes a new execution of a checkpoint, and the event that what it does first follows from. */
export async function forkStep(
  services: ExecutionServices,
  source: Checkpoint,
  parent: ExecutionSnapshot,
  options: ForkOptions,
  breakpoints: readonly StoredBreakpoint[] = [],
): Promise<Pick<Launch, 'step' | 'causationId'>> {
  const patch = toStatePatch(options.statePatch);
  if (options.executionId !== undefined) assertIdentifier(options.executionId, 'execution id');
  const checkpointId = source.id;
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
    compensable: parent.compensable,
    breakpoints,
    correlationId: parent.correlationId,
    label: options.label ?? null,
    parentExecutionId: parent.id,
    sourceCheckpointId: checkpointId,
    branchId: MAIN_BRANCH,
    position: source.position,
    output: outputAt(source.position, state),
    startedAt: services.factory.now(),
    ...(parent.timeoutMs === null ? {} : { timeoutMs: parent.timeoutMs }),
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
    breakpoints: [...breakpointNodes(breakpoints)],
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
  step.surround({ kind: 'forked', checkpointId }, causationId);
  const rootId = step.checkpoint('auto', undefined, causationId);
  step.emit(
    CheckpointBranchCreated,
    { executionId: id, checkpointId: rootId, branchId: MAIN_BRANCH, parentBranchId: source.branchId, reason: 'fork' },
    causationId,
  );
  if (patch !== undefined) editState(step, patch, reason, causationId);
  return { step, causationId };
}
