import { CheckpointHistoryLoaded } from '../../domain/events/families/checkpoint.events.js';
import { ExecutionResumed } from '../../domain/events/families/execution.events.js';
import { Execution } from '../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { editState } from './edit-state.js';
import { currentBranch, type ExecutionServices } from './execution-services.js';
import { ExecutionStep } from './execution-step.js';

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

/** Lets a paused execution go on in a step. Returns the event that what follows is caused by. */
export function resumeStep(
  services: ExecutionServices,
  step: ExecutionStep,
  {
    nodeIds,
    patch,
    reason,
    mapNodes,
  }: {
    nodeIds: readonly string[];
    patch?: JsonObject | undefined;
    reason?: string | undefined;
    mapNodes?: Readonly<Record<string, string>> | undefined;
  },
  cause: string,
): string {
  const { id: executionId, headCheckpointId: checkpointId } = step.execution.snapshot;
  step.execution = step.execution.resume(services.identity.self);
  const causationId = step.emit(
    ExecutionResumed,
    {
      executionId,
      checkpointId,
      nodeIds: [...nodeIds],
      ...(patch === undefined ? {} : { statePatch: patch }),
      ...(reason === undefined ? {} : { reason }),
      ...(mapNodes === undefined
        ? {}
        : {
            mapNodes: Object.entries(mapNodes).map(([from, to]) => ({ from, to })),
            workflowVersion: step.execution.snapshot.workflowVersion,
          }),
    },
    cause,
  );
  if (patch !== undefined) editState(step, patch, reason ?? 'edited on resume', causationId);
  // Its place by the new ids, so that a rollback has somewhere to go to that the definition knows.
  else if (mapNodes !== undefined) step.checkpoint('manual', undefined, causationId);
  return causationId;
}
