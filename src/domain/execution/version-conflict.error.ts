import { WaymarkError } from '../shared/errors.js';
import type { ExecutionSnapshot } from './execution.js';

/** `WAYMARK_VERSION_CONFLICT`: an execution was saved by somebody else since it was read. */
export function versionConflict(snapshot: Pick<ExecutionSnapshot, 'id' | 'version'>): WaymarkError {
  return new WaymarkError(
    'WAYMARK_VERSION_CONFLICT',
    `Execution ${snapshot.id} is no longer at version ${snapshot.version}: somebody else changed it.`,
    {
      hint: 'Read it again and repeat what you wanted to do.',
      details: { executionId: snapshot.id, version: snapshot.version },
    },
  );
}
