import { ExecutionRecovered, ExecutionResumed } from '../../../domain/events/families/execution.events.js';
import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import { IllegalTransitionError } from '../../../domain/execution/execution-status.js';
import { isRecorded } from '../../../domain/execution/recorded.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import { editState } from '../edit-state.js';
import { findExecution, toStatePatch } from '../execution-services.js';
import type { VerbServices } from '../verb-services.js';
import type { ExecutionStep } from '../execution-step.js';
import { emitHistory, loadStep } from '../load-step.js';
import { attach } from './begin-recording.js';
import type { OpenRecordingOptions } from './recorder-options.js';
import { Recording } from './recording.js';
import { notARecording } from './recording-errors.js';

/**
 * Goes on with a recording: one that is paused (by a pause, a rollback or a fork), or whose owner is gone. One that is
 * completed can be read, and run through: all that it did is skipped.
 */
export async function openRecording(
  services: VerbServices,
  executionId: string,
  options: OpenRecordingOptions,
): Promise<Recording> {
  const patch = toStatePatch(options.statePatch);
  const stored = await findExecution(services, executionId);
  if (!isRecorded(stored)) throw notARecording(stored);
  if (services.active.find(executionId) !== undefined) {
    throw new IllegalTransitionError(executionId, 'running', 'resume');
  }
  if (stored.status === 'completed') {
    return new Recording(services, await loadStep(services, stored), undefined, options.actor);
  }
  const orphanOf = orphanOwner(services, stored, options.takeOver === true);
  if (orphanOf === undefined && stored.status !== 'paused') {
    throw new IllegalTransitionError(executionId, stored.status, 'resume');
  }
  const step = await loadStep(services, stored);
  const cause = await emitHistory(services, step, executionId);
  const causationId =
    orphanOf === undefined
      ? resume(services, step, patch, options.reason, cause)
      : recover(services, step, stored, orphanOf, cause);
  if (orphanOf !== undefined && patch !== undefined) {
    editState(step, patch, options.reason ?? 'edited on recovery', causationId);
  }
  if (orphanOf !== undefined && options.takeOver !== true) step.takesOver(stored);
  return attach(services, step, causationId, options);
}

/** Who ran it and does no more. */
function orphanOwner(services: VerbServices, stored: ExecutionSnapshot, takeOver: boolean): string | undefined {
  const { status, owner } = stored;
  if (status !== 'running' || owner === null) return undefined;
  return takeOver || services.active.isOrphan(stored) ? owner : undefined;
}

function resume(
  services: VerbServices,
  step: ExecutionStep,
  patch: JsonObject | undefined,
  reason: string | undefined,
  cause: string,
): string {
  const { id: executionId, headCheckpointId: checkpointId, waiting } = step.execution.snapshot;
  step.execution = step.execution.resume(services.identity.self);
  const edited = patch === undefined ? {} : { statePatch: patch };
  const payload = { executionId, checkpointId, nodeIds: [...waiting], ...edited };
  const causationId = step.emit(ExecutionResumed, payload, cause);
  if (patch !== undefined) editState(step, patch, reason ?? 'edited on resume', causationId);
  return causationId;
}

function recover(
  services: VerbServices,
  step: ExecutionStep,
  { id: executionId, headCheckpointId: checkpointId, updatedAt }: ExecutionSnapshot,
  previousOwner: string,
  cause: string,
): string {
  step.execution = step.execution.recover(services.identity.self);
  const idleMs = Math.max(0, services.factory.clock.now() - Date.parse(updatedAt));
  return step.emit(ExecutionRecovered, { executionId, checkpointId, previousOwner, idleMs }, cause);
}
