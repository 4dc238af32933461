import { mergePatch } from '../../domain/checkpoint/merge-patch.js';
import { ExecutionStateModified } from '../../domain/events/families/execution.events.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { ExecutionStep } from './execution-step.js';

/**
 * Applies a patch to an execution's state: a new checkpoint with the result, and the event that tells who changed what,
 * and why.
 */
export function editState(step: ExecutionStep, patch: JsonObject, reason: string, causationId?: string): void {
  step.state = mergePatch(step.state, patch);
  const checkpointId = step.newId();
  const cause = step.emit(
    ExecutionStateModified,
    { executionId: step.execution.id, checkpointId, patch, reason },
    causationId,
  );
  step.checkpoint('manual', undefined, cause, checkpointId);
}
