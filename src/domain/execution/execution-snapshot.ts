import type { ErrorRecord } from '../events/families/fields.js';
import type { JsonObject, JsonValue } from '../shared/json.js';
import type { StoredBreakpoint } from './breakpoints.js';
import type { ExecutionStatus } from './execution-status.js';
import type { NodeAttempt, NodeOccurrence } from './node-attempt.js';
import type { KeptSignal, Progress, SuspendedNode } from './progress.js';
import type { CompensatedNode, Undoing } from './undoing.js';

/** Why an execution stands still. */
export type PauseReason = 'breakpoint' | 'requested' | 'approval' | 'timer' | 'signal' | 'error' | 'rollback';

/** An execution as plain data: what a repository keeps. */
export interface ExecutionSnapshot {
  readonly id: string;
  /** The thread that it is, for one of another engine (LangGraph's `thread_id`); left out for Waymark's own. */
  readonly threadId?: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowVersion: string;
  /** The hash of the graph it runs on. */
  readonly workflowHash: string;
  /** Where the definition can be loaded from again. */
  readonly workflowSource: string | null;
  readonly status: ExecutionStatus;
  /** The version under which it was last saved; 0 when it never was. Saving checks it and adds one. */
  readonly version: number;
  readonly input: JsonObject;
  readonly output: JsonValue;
  readonly error: ErrorRecord | null;
  readonly pauseReason: PauseReason | null;
  /** Where it is to stop; an id alone stops before that node. */
  readonly breakpoints: readonly StoredBreakpoint[];
  readonly correlationId: string;
  readonly label: string | null;
  readonly parentExecutionId: string | null;
  readonly sourceCheckpointId: string | null;
  /** The branch it is on, and where that branch stands. */
  readonly branchId: string;
  readonly headCheckpointId: string;
  readonly completed: readonly NodeOccurrence[];
  /** The addresses of nodes that are ready and have not been started. */
  readonly waiting: readonly string[];
  /** Nodes whose work was begun. */
  readonly running: readonly NodeAttempt[];
  /**
   * Nodes whose work was begun by an owner that is gone: they are waiting, to be tried again as the same occurrence.
   */
  readonly interrupted: readonly NodeAttempt[];
  /** Nodes whose work failed for good. */
  readonly failed: readonly NodeAttempt[];
  /** Nodes that were started and wait for something. */
  readonly suspended: readonly SuspendedNode[];
  /** Signals that nothing has waited for yet, in the order in which they came. */
  readonly signals: readonly KeptSignal[];
  /** What is open within the graph; `null` while nothing is. */
  readonly progress: Progress | null;
  /** Compensations that are under way. */
  readonly undoing: Undoing | null;
  /** What is not to be compensated any more: what was, on whichever branch, and what a fork took over. */
  readonly compensated: readonly CompensatedNode[];
  /** The nodes of its workflow that have a compensation: going back over one of them takes the workflow's code. */
  readonly compensable: readonly string[];
  /** How often each node was reached, whatever was rolled back. */
  readonly occurrences: Readonly<Record<string, number>>;
  readonly nodesExecuted: number;
  readonly checkpointsCreated: number;
  readonly branchesCreated: number;
  /** Who runs it; `null` while nobody does. */
  readonly owner: string | null;
  /** How often somebody began to own it. Grows with each owner, so that what an earlier one still does can be told. */
  readonly fence: number;
  /** Until when the owner holds it unless it says so again; ISO 8601, UTC. */
  readonly leaseExpiresAt: string | null;
  /** When the first of its waits ends by itself; ISO 8601, UTC. */
  readonly dueAt: string | null;
  /** How long it may take in all, in milliseconds. */
  readonly timeoutMs: number | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
}

/** What an execution has before anything has happened to it. */
export const NOTHING_YET = Object.freeze({
  completed: [],
  running: [],
  interrupted: [],
  failed: [],
  suspended: [],
  signals: [],
  progress: null,
  undoing: null,
  compensated: [],
  compensable: [],
  occurrences: {},
  nodesExecuted: 0,
  checkpointsCreated: 0,
  branchesCreated: 0,
  owner: null,
  fence: 0,
  leaseExpiresAt: null,
  dueAt: null,
  timeoutMs: null,
} as const satisfies Partial<ExecutionSnapshot>);
