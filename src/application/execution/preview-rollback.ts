import { transition } from '../../domain/execution/execution-status.js';
import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import { undoneAmong } from '../../domain/execution/undoing.js';
import { toUndo } from './compensation/what-to-undo.js';
import { checkpointElsewhere, workUndone } from './execution-errors.js';
import { assertSettled, type ExecutionServices, findExecution } from './execution-services.js';
import { undoneBy } from './step-back.js';
import type { FilesToRestore } from './surroundings/surroundings.port.js';

/** What a rollback would do. */
export interface RollbackPreview {
  readonly executionId: string;
  readonly fromCheckpointId: string;
  readonly toCheckpointId: string;
  /** The nodes that it would go back over, newest first. */
  readonly rolledBackNodes: readonly NodeOccurrence[];
  /** Those of them that would be compensated, in that order. */
  readonly compensates: readonly NodeOccurrence[];
  /** The addresses of the nodes that would be next. */
  readonly nextNodeIds: readonly string[];
  /** What would become of the files of its workspace; left out where it has none. */
  readonly files?: FilesToRestore;
}

/**
 * What rolling an execution back to a checkpoint would do, and whether that may be done. Nothing is changed.
 *
 * @throws what the rollback would throw
 */
export async function previewRollback(
  services: ExecutionServices,
  executionId: string,
  checkpointId: string,
): Promise<RollbackPreview> {
  const stored = await findExecution(services, executionId);
  const target = await services.tree.get(checkpointId);
  if (target.executionId !== executionId) throw checkpointElsewhere(checkpointId, executionId, target.executionId);
  transition(executionId, stored.status, 'rollback');
  assertSettled(stored, 'rollback');
  const { completed, nextNodeIds } = target.position;
  const undone = undoneAmong(completed, stored.compensated);
  if (undone.length > 0) throw workUndone(executionId, undone, 'rollback', target.id);
  const files = await services.surroundings.wayBack(checkpointId);
  return {
    executionId,
    fromCheckpointId: stored.headCheckpointId,
    toCheckpointId: checkpointId,
    rolledBackNodes: undoneBy(stored, completed),
    compensates: toUndo(stored, completed),
    nextNodeIds,
    ...(files === undefined ? {} : { files }),
  };
}
