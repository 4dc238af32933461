import type { ErrorRecord } from '../../../domain/events/families/fields.js';
import type { NodeAttempt } from '../../../domain/execution/node-attempt.js';
import type { SuspendedNode } from '../../../domain/execution/progress.js';
import type { JsonValue } from '../../../domain/shared/json.js';

/** A node that was started and is not settled. */
export interface Span {
  /** The id of its `node.started`. */
  readonly startedId: string;
  /** When it began, in milliseconds on the monotonic clock. */
  readonly begunAt: number;
}

/** A node that failed. */
export interface NodeFailure {
  /** The address of the node that failed by itself: this one, or one within it. */
  readonly origin: string;
  readonly error: ErrorRecord;
  /** The id of its `node.failed`. */
  readonly causationId: string;
}

/**
 * What a run remembers from step to step, by the addresses of nodes. All of it can be done without, or made anew: whoever
 * takes the execution over begins with an empty one.
 */
export class FlowMemory {
  readonly spans = new Map<string, Span>();
  readonly failures = new Map<string, NodeFailure>();
  /** The lists that maps go over. */
  readonly items = new Map<string, readonly JsonValue[]>();
  /** What was completed and what was given up since somebody looked. */
  #completed: NodeAttempt[] = [];
  #cancelled: (NodeAttempt | SuspendedNode)[] = [];

  noteCompleted(node: NodeAttempt): void {
    this.#completed.push(node);
  }

  noteCancelled(node: NodeAttempt | SuspendedNode): void {
    this.#cancelled.push(node);
  }

  /** What was noted since this was asked for the last time. */
  takeNotes(): {
    readonly completed: readonly NodeAttempt[];
    readonly cancelled: readonly (NodeAttempt | SuspendedNode)[];
  } {
    const notes = { completed: this.#completed, cancelled: this.#cancelled };
    this.#completed = [];
    this.#cancelled = [];
    return notes;
  }
}
