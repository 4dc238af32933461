import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { ExecutionQuery } from '../../../domain/execution/execution.repository.port.js';
import type { ExecutionHandle } from '../execution-result.js';
import type { ForkOptions } from '../fork-execution.js';
import type { NodeReached } from '../rerun-execution.js';
import type { RollbackOptions, RollbackResult } from '../rollback-result.js';
import type { VerbOnce } from '../verb-once.js';
import type { ThreadRefusal } from './thread-engine.port.js';

/** Executions that another engine runs: the threads whose checkpoints Waymark keeps. */
export interface ThreadExecutions {
  /** The thread whose execution, or whose own name, that is; `undefined` where there is none. */
  of(id: string): Promise<ThreadExecution | undefined>;

  /** Threads as executions, the newest first. */
  list(query: ExecutionQuery): Promise<readonly ExecutionSnapshot[]>;
}

/** A thread, with the verbs of executions as far as they make sense for it. */
export interface ThreadExecution {
  /** What is known of it. */
  snapshot(): Promise<ExecutionSnapshot>;
  /** See `ExecutionController.rollback`. */
  rollback(checkpointId: string, options: RollbackOptions, once?: VerbOnce): Promise<RollbackResult>;
  /**
   * See `ExecutionController.fork`.
   *
   * @param anew whether the nodes that run next run whatever they have done there
   */
  fork(checkpointId: string, options: ForkOptions, anew: boolean, once?: VerbOnce): Promise<ExecutionHandle>;
  /** See `ExecutionController.checkpointBefore`. */
  checkpointBefore(node: NodeReached): Promise<string>;
  /** @throws WaymarkError `WAYMARK_THREAD_VERB`, which says what to do instead */
  refuse(verb: ThreadRefusal): never;
}
