import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import type { StateEncoder } from '../../domain/checkpoint/content/state-encoder.js';
import type { ExecutionRepository } from '../../domain/execution/execution.repository.port.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import type { EventFactory } from '../context/event-factory.js';
import type { ExpressionEvaluator } from './expression-evaluator.port.js';
import type { LeaseKeeper } from './lease-keeper.js';
import type { Surroundings } from './surroundings/surroundings.port.js';

/** What an execution step needs. */
export interface StepServices {
  readonly executions: ExecutionRepository;
  readonly checkpoints: CheckpointRepository;
  /** Remembers the state of each execution as it was last stored, by the execution's id. */
  readonly encoder: StateEncoder;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  readonly scheduler: Scheduler;
  /** Says until when what is saved is its owner's. */
  readonly leases: LeaseKeeper;
  /** Evaluates the conditions of definitions and of breakpoints. */
  readonly expressions: ExpressionEvaluator;
  /** The workspaces and environments of executions. */
  readonly surroundings: Surroundings;
  /** How long what is done waits to be committed when the store can't be written to, in milliseconds. */
  readonly storePatienceMs: number;
  /** The longest wait for another try that an execution is kept in memory for, in milliseconds. */
  readonly maxInMemoryWaitMs: number;
}
