import { manifestHash } from '../../../domain/checkpoint/content/manifest-hash.js';
import { WaymarkError } from '../../../domain/shared/errors.js';
import { identifierProblem } from '../../../domain/shared/identifiers.js';
import type { StateDraft } from './draft-state.js';
import type { KnownCheckpoint } from './known-checkpoints.js';
import type { ThreadPut } from './thread-snapshot.js';

/** Whether a put says what is stored under its name already. */
export function isSame(put: ThreadPut, draft: StateDraft, existing: KnownCheckpoint | undefined): boolean {
  return (
    existing !== undefined &&
    existing.parentCheckpointId === put.parentCheckpointId &&
    existing.recordRef === draft.recordRef &&
    JSON.stringify(existing.stored) === JSON.stringify(draft.manifest)
  );
}

/** What is remembered of a checkpoint that was stored. */
export function toKnown(put: ThreadPut, draft: StateDraft, id: string, branchId: string): KnownCheckpoint {
  return {
    id,
    branchId,
    parentCheckpointId: put.parentCheckpointId,
    channels: draft.channels,
    manifest: new Map(draft.manifest),
    recordRef: draft.recordRef,
    stored: draft.manifest,
    stateHash: manifestHash(draft.manifest),
  };
}

/** Those that the log can name, each once. */
export function nextNodes({ nextNodeIds }: ThreadPut): readonly string[] {
  return [...new Set(nextNodeIds)].filter((nodeId) => identifierProblem(nodeId) === undefined);
}

/** `WAYMARK_BRANCH_CONFLICT`: others write the same checkpoints again and again. */
export function putConflict({ threadId, checkpointId }: ThreadPut): WaymarkError {
  return new WaymarkError(
    'WAYMARK_BRANCH_CONFLICT',
    `Checkpoint ${checkpointId} could not be put: the one it follows, or it itself, was changed each time it was tried.`,
    {
      hint: 'Nothing was written. Let one process at a time run a thread, and put it again.',
      details: { threadId, checkpointId },
    },
  );
}
