import { WaymarkError } from '../shared/errors.js';
import type { Branch, Checkpoint } from './checkpoint.js';

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

/** `WAYMARK_BRANCH_CONFLICT`: somebody else moved a branch's head since it was looked at, or made the branch. */
export function branchConflict(branch: Branch, expected: string | null, actual: string | null): WaymarkError {
  const { executionId, branchId } = branch;
  return new WaymarkError(
    'WAYMARK_BRANCH_CONFLICT',
    actual === null
      ? `Branch ${branchId} of ${executionId} is not there, though its head was to be ${expected}.`
      : `Branch ${branchId} of ${executionId} stands at ${actual}, and not at ${expected ?? 'nothing'}: somebody else wrote to it.`,
    {
      hint: 'Nothing was written. Read the branch again and go on from its head, or start a branch of your own.',
      details: { executionId, branchId, expectedHeadCheckpointId: expected, actualHeadCheckpointId: actual },
    },
  );
}

/** `WAYMARK_LABEL_TAKEN`: another checkpoint of the execution has that name. */
export function labelTaken(label: string, executionId: string, checkpointId: string): WaymarkError {
  return new WaymarkError('WAYMARK_LABEL_TAKEN', `In ${executionId}, "${label}" is the name of ${checkpointId}.`, {
    hint: 'Choose another label, or take that one away from the checkpoint that has it first.',
    details: { label, executionId, checkpointId },
  });
}

/** `WAYMARK_COLLECTION_SUPERSEDED`: another collection was begun while this one was going on. */
export function collectionSuperseded(): WaymarkError {
  return new WaymarkError(
    'WAYMARK_COLLECTION_SUPERSEDED',
    'Another collection of contents was begun in this store, and goes on in the place of this one.',
    { hint: 'Nothing is lost: the other one removes what this one has left. Wait for it, or run waymark prune again.' },
  );
}
