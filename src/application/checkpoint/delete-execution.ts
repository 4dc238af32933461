import { CheckpointPruned } from '../../domain/events/families/checkpoint.events.js';
import { assertIdentifier } from '../../domain/shared/identifiers.js';
import type { VerbOptions } from '../shared/verb.js';
import { executionRunning, noCheckpoints, type UpkeepServices } from './upkeep-services.js';

/** What was removed of an execution. */
export interface DeletedExecution {
  readonly executionId: string;
  /** How many checkpoints. */
  readonly removed: number;
}

/**
 * Removes the tree of an execution and the execution with it, in one transaction with an event that tells of it. The log
 * keeps all that it recorded.
 */
export async function deleteExecution(
  services: UpkeepServices,
  executionId: string,
  { reason }: VerbOptions,
): Promise<DeletedExecution> {
  const { checkpoints, companions, executions, factory, recorder, verbKeys } = services;
  assertIdentifier(executionId, 'execution id');
  let removed = 0;
  await recorder.commit({
    weight: 1,
    write: async (scope) => {
      const execution = await executions.find(executionId, scope);
      if (execution?.status === 'running' || execution?.status === 'pending') {
        throw executionRunning(execution, 'deleted');
      }
      for (const companion of companions) await companion.forgetExecution(executionId, scope);
      removed = await checkpoints.removeExecution(executionId, scope);
      if (removed === 0 && execution === undefined) throw noCheckpoints(executionId);
      await executions.remove(executionId, scope);
      await verbKeys.removeExecution(executionId, scope);
      const policy = { delete: true, ...(reason === undefined ? {} : { reason }) };
      // What it frees is known when it is collected.
      return [factory.make(CheckpointPruned, { executionId, removed, kept: 0, freedBytes: 0, policy })];
    },
  });
  return { executionId, removed };
}
