import { WaymarkError } from '../shared/errors.js';
import type { Checkpoint } from './checkpoint.js';

/** `WAYMARK_CHECKPOINT_EXISTS`: the id of a new checkpoint is taken. */
export function checkpointExists(checkpoint: Checkpoint): WaymarkError {
  return new WaymarkError('WAYMARK_CHECKPOINT_EXISTS', `There is a checkpoint ${checkpoint.id} already.`, {
    hint: 'Ids must never be given twice: check the id generator.',
    details: { checkpointId: checkpoint.id },
  });
}

/** `WAYMARK_PARENT_NOT_FOUND`: the parent of a new checkpoint is not in its execution's tree. */
export function parentNotFound(checkpoint: Checkpoint): WaymarkError {
  return new WaymarkError(
    'WAYMARK_PARENT_NOT_FOUND',
    `Checkpoint ${checkpoint.id} follows ${checkpoint.parentId}, which execution ${checkpoint.executionId} does not have.`,
    { details: { checkpointId: checkpoint.id, parentId: checkpoint.parentId } },
  );
}

/** `WAYMARK_STORE_CORRUPT`: the checkpoints of an execution contradict each other. */
export function checkpointsCorrupt(executionId: string, problem: string): WaymarkError {
  return new WaymarkError('WAYMARK_STORE_CORRUPT', `The checkpoints of ${executionId} are damaged: ${problem}.`, {
    hint: 'Copy the store away before anything else, then run waymark verify to learn how far the log is intact.',
    details: { executionId },
  });
}

/** `WAYMARK_CHECKPOINT_NOT_FOUND`: nothing is stored under that id. */
export function checkpointNotFound(checkpointId: string): WaymarkError {
  return new WaymarkError('WAYMARK_CHECKPOINT_NOT_FOUND', `There is no checkpoint ${checkpointId}.`, {
    hint: 'List the checkpoints of the execution (waymark checkpoints EXECUTION) to find the one you mean.',
    details: { checkpointId },
  });
}
