import { WaymarkError } from '../shared/errors.js';
import type { ExecutionSnapshot } from './execution-snapshot.js';

/** `WAYMARK_VERSION_CONFLICT`: an execution was saved by somebody else since it was read. */
export function versionConflict(snapshot: Pick<ExecutionSnapshot, 'id' | 'version'>): WaymarkError {
  if (snapshot.version === 0) return idTaken(snapshot.id);
  return new WaymarkError(
    'WAYMARK_VERSION_CONFLICT',
    `Execution ${snapshot.id} is no longer at version ${snapshot.version}: somebody else changed it.`,
    {
      hint: 'Read it again and repeat what you wanted to do.',
      details: { executionId: snapshot.id, version: snapshot.version },
    },
  );
}

/** A new one was saved under the id of another. */
function idTaken(executionId: string): WaymarkError {
  return new WaymarkError('WAYMARK_VERSION_CONFLICT', `There is an execution ${executionId} already.`, {
    hint: 'Nothing was started. Choose another executionId, or leave it out; repeat a call safely with an idempotencyKey.',
    details: { executionId, version: 0 },
  });
}
