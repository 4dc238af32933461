import { IllegalTransitionError } from '../../domain/execution/execution-status.js';
import { toJsonObject } from '../../domain/shared/json.js';
import { editState } from './edit-state.js';
import { assertSettled, findExecution, type VerbOptions } from './execution-services.js';
import type { VerbServices } from './verb-services.js';
import { loadStep } from './load-step.js';
import type { VerbOnce } from './verb-once.js';

/** Where an edited execution stands. */
export interface ModifiedState {
  readonly executionId: string;
  /** The checkpoint with the edited state. */
  readonly checkpointId: string;
}

/** Edits the state of a paused execution: a checkpoint with the result, on its branch. */
export async function modifyState(
  services: VerbServices,
  executionId: string,
  patch: unknown,
  { reason = 'no reason given' }: VerbOptions,
  once?: VerbOnce,
): Promise<ModifiedState> {
  const checked = toJsonObject(patch, 'state patch');
  const stored = await findExecution(services, executionId);
  if (stored.status !== 'paused') throw new IllegalTransitionError(executionId, stored.status, 'modifyState');
  assertSettled(stored, 'modifyState');
  const step = await loadStep(services, stored);
  editState(step, checked, reason);
  const result = { executionId, checkpointId: step.execution.snapshot.headCheckpointId };
  if (once !== undefined) step.also((scope) => once.keep(executionId, result, scope));
  await step.commit();
  return result;
}
