import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import type { OnCompensationFailure } from '../../domain/execution/undoing.js';
import type { VerbOptions } from './execution-services.js';

/** How to roll back. */
export interface RollbackOptions extends VerbOptions {
  /** A JSON Merge Patch (RFC 7396) to apply to the state at the checkpoint. */
  readonly statePatch?: Readonly<Record<string, unknown>>;
  /**
   * Goes back though the log says that a thread is being run by another process. Only when you know that it is gone: if
   * it is not, it goes on from where it was. An execution of Waymark's own is taken over by `resume`.
   */
  readonly takeOver?: boolean;
  /** Whether what is rolled back is compensated where its nodes say how; yes when left out. */
  readonly compensate?: boolean;
  /**
   * What follows when a compensation fails: `stop` leaves the execution where it was (when left out), `continue` goes
   * back all the same.
   */
  readonly onCompensationFailure?: OnCompensationFailure;
}

/** What a rollback did. */
export interface RollbackResult {
  readonly executionId: string;
  /** Where it stood, and where it was put. */
  readonly fromCheckpointId: string;
  readonly toCheckpointId: string;
  /** The checkpoint it stands at: the target, or the one that holds the edited state. */
  readonly headCheckpointId: string;
  /** The branch it goes on with. */
  readonly branchId: string;
  readonly rolledBackNodes: readonly NodeOccurrence[];
  readonly nextNodeIds: readonly string[];
  /** How many of them were compensated, and of how many that failed. */
  readonly compensated: number;
  readonly notCompensated: number;
}
