import type { RunEvents } from './run-events.js';

/** What everything that is told about one run has in common. */
export interface RunContext {
  readonly events: RunEvents;
  readonly executionId: string;
  /** The thread; the execution's id for a run without one. */
  readonly threadId: string;
  /** Identifies the run on `graph.*` events. */
  readonly callId: string;
  /** Whether a thread's state is kept: a failed or waiting node can be gone back to. */
  readonly isKept: boolean;
  /** The event that everything of the run follows from, once there is one. */
  beganId(): string | undefined;
  /** The time limit, in milliseconds, for the sake of which a node was aborted, where it has one. */
  timeLimit(nodeId: string, elapsedMs: number): number | undefined;
  /** The namespace of the graph that is observed. */
  root(): string;
}
