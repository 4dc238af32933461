import type { ExecutionSnapshot } from '../../../domain/execution/execution-snapshot.js';
import type { NodeAttempt, NodeOccurrence } from '../../../domain/execution/node-attempt.js';
import type { OnCompensationFailure } from '../../../domain/execution/undoing.js';
import type { WaitsForChild } from '../../../domain/execution/child-waits.js';
import type { JsonObject } from '../../../domain/shared/json.js';
import type { SubworkflowNode } from '../../../domain/workflow/nodes/workflow-node.js';
import type { Workflow } from '../../../domain/workflow/workflow-definition.js';
import type { ExecutionResult } from '../execution-result.js';
import type { NodeOutcome } from '../run-node.js';
import type { WaitResult } from '../waiting/wait-result.js';

/** A node whose work is the execution of another workflow. */
export interface ChildNode {
  readonly parent: ExecutionSnapshot;
  readonly node: NodeAttempt;
  readonly definition: SubworkflowNode;
  /** What the node sees as its state. */
  readonly state: JsonObject;
  /** The execution that it has waited for. */
  readonly childExecutionId?: string;
}

/** What somebody may want of an execution that is followed. */
export interface ChildWishes {
  /** Cancels it when it aborts with `WAYMARK_CANCELLED`, or with `WAYMARK_EXECUTION_TIMED_OUT`. */
  readonly end: AbortSignal;
  /** Pauses it when it aborts. */
  readonly pause: AbortSignal;
}

/** A node that was completed by the execution of another workflow. */
export interface ChildDone extends Pick<ChildNode, 'parent' | 'definition'> {
  readonly node: NodeOccurrence;
}

/** How the execution of a sub-workflow is undone. */
export interface ChildUndoing {
  readonly reason: string;
  /** What follows when one of its compensations fails: nothing more, or the others are run all the same. */
  readonly onFailure: OnCompensationFailure;
  /** Waits for it no longer when it aborts. */
  readonly signal: AbortSignal;
}

/** A wait for an execution that has ended, with what becomes of its node. */
export interface EndedWait {
  readonly node: WaitsForChild;
  readonly result: Exclude<WaitResult, 'again'>;
}

/** The executions of sub-workflows, as the run of their parent sees them. */
export interface ChildRuns {
  /**
   * Starts the execution of a node, or goes on with the one that it has: after a take-over, or once somebody resumed the
   * parent. Resolves when that has ended, or stands still. Never rejects.
   */
  run(child: ChildNode, wishes: ChildWishes): Promise<NodeOutcome>;
  /** Ends it, whether it runs here or stands still. */
  cancel(executionId: string, reason: string): void;
  /** It has ended: its parent goes on, where that waits for it. Never rejects: what goes wrong is reported. */
  ended(
    child: Pick<ExecutionSnapshot, 'id' | 'parentExecutionId' | 'sourceCheckpointId'>,
    result: ExecutionResult,
  ): void;
  /** The run of a parent stands still now: should one that it waits for have ended meanwhile, it goes on. */
  stands(parentId: string): void;
  /**
   * Undoes the execution of a node that was completed: it goes back to its start, with its compensations, and ends as
   * cancelled. What is done of that is not done again.
   *
   * @throws WaymarkError `WAYMARK_COMPENSATION_FAILED` when not all of it was compensated: it stays where it was
   */
  undo(child: ChildDone, undoing: ChildUndoing): Promise<void>;
  /** Those of an execution's waits whose executions have ended. */
  endedWaits(parent: ExecutionSnapshot, workflow: Workflow): Promise<readonly EndedWait[]>;
}
