import type { StateEncoder } from '../../../domain/checkpoint/content/state-encoder.js';
import type { ExecutionRepository } from '../../../domain/execution/execution.repository.port.js';
import type { AuditLog } from '../../audit/audit-log.js';
import type { Checkpoints } from '../../checkpoint/checkpoints.js';
import type { ThreadServices } from '../../checkpoint/thread/thread-services.js';
import type { RunningThreads } from './running-threads.js';
import type { ThreadEngine } from './thread-engine.port.js';

/** What the verbs on threads need. */
export interface ThreadVerbServices extends ThreadServices {
  readonly executions: ExecutionRepository;
  readonly tree: Checkpoints;
  readonly log: AuditLog;
  readonly engine: ThreadEngine;
  /** Encodes values as they were read by the engine's word. */
  readonly encoder: StateEncoder;
  readonly running: RunningThreads;
  /** Resolves when what was published so far is in the log. */
  readonly flush: () => Promise<void>;
}
