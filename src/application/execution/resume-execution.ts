import { CheckpointHistoryLoaded } from '../../domain/events/families/checkpoint.events.js';
import { ExecutionRecovered, ExecutionResumed } from '../../domain/events/families/execution.events.js';
import { Execution, type ExecutionSnapshot } from '../../domain/execution/execution.js';
import { IllegalTransitionError } from '../../domain/execution/execution-status.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { editState } from './edit-state.js';
import {
  assertBreakpoints,
  currentBranch,
  type ExecutionServices,
  findExecution,
  type Launch,
  toStatePatch,
  type RunOptions,
} from './execution-services.js';
import { ExecutionStep } from './execution-step.js';

/** How to resume an execution. */
export interface ResumeOptions extends RunOptions {
  /** A JSON Merge Patch (RFC 7396) to apply to the state first. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /** Nodes to stop before, instead of those it has. */
  readonly breakpoints?: readonly string[];
  /**
   * Takes a running execution over though its owner may be there. Only when you know that the owner is gone: if it is
   * not, the work of a node is done by both, and the first that records wins; the other's run ends with
   * `WAYMARK_VERSION_CONFLICT`.
   */
  readonly takeOver?: boolean;
}

/**
 * Prepares a paused execution to go on. One that is recorded as running by an owner who is provably gone (its process
 * was killed) is taken over: its work that had begun is begun again, as the same occurrence.
 */
export async function prepareResume(
  services: ExecutionServices,
  executionId: string,
  options: ResumeOptions,
  isAbandoned: (owner: string) => boolean,
): Promise<Launch> {
  const patch = toStatePatch(options.statePatch);
  const stored = await findExecution(services, executionId);
  const { status, owner } = stored;
  const isLeft = owner !== null && (options.takeOver === true || isAbandoned(owner));
  const orphanOf = status === 'running' && isLeft ? owner : undefined;
  if (orphanOf === undefined && status !== 'paused') throw new IllegalTransitionError(executionId, status, 'resume');
  const workflow = services.registry.for(stored);
  if (options.breakpoints !== undefined) assertBreakpoints(workflow, options.breakpoints);
  const step = await loadStep(services, withBreakpoints(stored, options.breakpoints));
  const cause = await emitHistory(services, step, executionId);
  // What had begun has passed its breakpoint.
  const begun = [...stored.running, ...stored.interrupted].map((node) => node.nodeId);
  const passed = new Set(orphanOf === undefined ? stored.waiting : begun);
  if (orphanOf === undefined) {
    return { workflow, step, causationId: resume(services, step, patch, options.reason, cause), passed };
  }
  step.execution = step.execution.recover(services.identity.self);
  const idleMs = Math.max(0, services.factory.clock.now() - Date.parse(stored.updatedAt));
  const causationId = step.emit(
    ExecutionRecovered,
    { executionId, checkpointId: stored.headCheckpointId, previousOwner: orphanOf, idleMs },
    cause,
  );
  if (patch !== undefined) editState(step, patch, options.reason ?? 'edited on recovery', causationId);
  return { workflow, step, causationId, passed };
}

/** A stored execution with the state of its head, ready for its next step. */
export async function loadStep(services: ExecutionServices, stored: ExecutionSnapshot): Promise<ExecutionStep> {
  const state = await services.tree.state(stored.headCheckpointId);
  return new ExecutionStep(services, Execution.from(stored), state, await currentBranch(services, stored));
}

/** Tells that the tree of an execution was read. */
export async function emitHistory(
  services: ExecutionServices,
  step: ExecutionStep,
  executionId: string,
): Promise<string> {
  const tree = await services.tree.tree(executionId);
  return step.emit(CheckpointHistoryLoaded, {
    executionId,
    checkpointCount: tree.checkpoints.length,
    latestCheckpointId: step.execution.snapshot.headCheckpointId,
    branches: tree.branches.length,
  });
}

function resume(
  services: ExecutionServices,
  step: ExecutionStep,
  patch: JsonObject | undefined,
  reason: string | undefined,
  cause: string,
): string {
  const { id: executionId, headCheckpointId: checkpointId } = step.execution.snapshot;
  step.execution = step.execution.resume(services.identity.self);
  const causationId = step.emit(
    ExecutionResumed,
    {
      executionId,
      checkpointId,
      nodeIds: [...step.execution.snapshot.waiting],
      ...(patch === undefined ? {} : { statePatch: patch }),
    },
    cause,
  );
  if (patch !== undefined) editState(step, patch, reason ?? 'edited on resume', causationId);
  return causationId;
}

function withBreakpoints(stored: ExecutionSnapshot, breakpoints: readonly string[] | undefined): ExecutionSnapshot {
  return breakpoints === undefined ? stored : { ...stored, breakpoints: [...breakpoints] };
}
