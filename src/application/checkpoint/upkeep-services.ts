import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import type { ContentCollectionRepository, ContentHolder } from '../../domain/checkpoint/content-collection.port.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import type { ExecutionRepository } from '../../domain/execution/execution.repository.port.js';
import type { VerbKeyRepository } from '../../domain/execution/verb-key.repository.port.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { UnitOfWork } from '../../domain/shared/transaction.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import type { EventFactory } from '../context/event-factory.js';
import type { Compaction } from '../store/store.port.js';
import type { CheckpointCompanion } from './checkpoint-companion.js';

/** What the upkeep of checkpoints needs: labels, pruning, collecting, copies. */
export interface UpkeepServices {
  readonly checkpoints: CheckpointRepository;
  readonly contents: ContentCollectionRepository;
  readonly executions: ExecutionRepository;
  readonly verbKeys: VerbKeyRepository;
  readonly unitOfWork: UnitOfWork;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  /** All that refers to contents: what none of them does is garbage. */
  readonly holders: readonly ContentHolder[];
  readonly companions: readonly CheckpointCompanion[];
  /** Makes the store's file smaller, where it has one. */
  readonly compact: (() => Promise<Compaction>) | undefined;
}

/** `WAYMARK_NO_CHECKPOINTS`: an execution has no tree. */
export function noCheckpoints(executionId: string): WaymarkError {
  return new WaymarkError('WAYMARK_NO_CHECKPOINTS', `There are no checkpoints of ${executionId}.`, {
    hint: 'Check the id (waymark executions lists them); what was deleted is in the log only.',
    details: { executionId },
  });
}

/** `WAYMARK_EXECUTION_RUNNING`: what was asked for takes an execution that stands still. */
export function executionRunning({ id, status }: ExecutionSnapshot, verb: string): WaymarkError {
  return new WaymarkError('WAYMARK_EXECUTION_RUNNING', `Execution ${id} is ${status}, so it can't be ${verb}.`, {
    hint: 'Pause or cancel it first, or wait for its end. When its process is gone, resume it with takeOver.',
    details: { executionId: id, status },
  });
}

/** `WAYMARK_EXECUTION_EXISTS`: the id that was chosen is taken. */
export function executionExists(executionId: string, what: string): WaymarkError {
  return new WaymarkError('WAYMARK_EXECUTION_EXISTS', `There is an execution ${executionId} already.`, {
    hint: `Choose another id for the ${what}, or leave it out.`,
    details: { executionId },
  });
}
