import type { ExecutionPosition } from '../checkpoint/checkpoint.js';
import type { ErrorRecord } from '../events/families/fields.js';
import { isJsonObject, type JsonObject, type JsonValue, setOwn } from '../shared/json.js';
import type { NodeAttempt, NodeOccurrence } from './node-attempt.js';
import type { Progress, SuspendedNode } from './progress.js';
import type { Undoing } from './undoing.js';
import { type ExecutionStatus, type ExecutionVerb, transition } from './execution-status.js';

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
  readonly breakpoints: readonly string[];
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
  /** What is open within the graph; `null` while nothing is. */
  readonly progress: Progress | null;
  /** Compensations that are under way. */
  readonly undoing: Undoing | null;
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

/** What a new execution is made from. */
export type ExecutionOrigin = Pick<
  ExecutionSnapshot,
  | 'id'
  | 'workflowId'
  | 'workflowName'
  | 'workflowVersion'
  | 'workflowHash'
  | 'workflowSource'
  | 'input'
  | 'breakpoints'
  | 'correlationId'
  | 'label'
  | 'parentExecutionId'
  | 'sourceCheckpointId'
  | 'branchId'
> & {
  readonly position: ExecutionPosition;
  readonly output?: JsonObject | null;
  readonly startedAt: string;
  readonly timeoutMs?: number;
};

/**
 * One run of a workflow: the aggregate that guards what may happen to it.
 *
 * It never changes: each method checks that the step is legal and returns the execution after it. It knows nothing of
 * storage, events or the work of its nodes.
 */
export class Execution {
  readonly snapshot: ExecutionSnapshot;

  private constructor(snapshot: ExecutionSnapshot) {
    this.snapshot = Object.freeze(snapshot);
  }

  /** A new execution at a position: the workflow's entry, or a checkpoint that it is forked from. */
  static create(origin: ExecutionOrigin): Execution {
    const { position, output = null, ...rest } = origin;
    return new Execution({
      ...rest,
      status: 'pending',
      version: 0,
      output,
      error: null,
      pauseReason: null,
      headCheckpointId: '',
      completed: position.completed,
      waiting: position.nextNodeIds,
      running: [],
      interrupted: [],
      failed: [],
      suspended: [],
      progress: position.progress ?? null,
      undoing: null,
      occurrences: countOccurrences(position.completed),
      nodesExecuted: 0,
      checkpointsCreated: 0,
      branchesCreated: 0,
      owner: null,
      fence: 0,
      leaseExpiresAt: null,
      dueAt: null,
      timeoutMs: origin.timeoutMs ?? null,
      updatedAt: origin.startedAt,
      endedAt: null,
    });
  }

  /** An execution that was stored. */
  static from(snapshot: ExecutionSnapshot): Execution {
    return new Execution({ ...snapshot });
  }

  get id(): string {
    return this.snapshot.id;
  }

  get status(): ExecutionStatus {
    return this.snapshot.status;
  }

  /** Where it stands: work that was begun and not completed counts as yet to be done. */
  get position(): ExecutionPosition {
    const { completed, failed, output, running, waiting } = this.snapshot;
    const unfinished = [...failed, ...running].map((node) => node.nodeId);
    const outputKeys = isJsonObject(output) ? Object.keys(output) : [];
    return {
      completed,
      nextNodeIds: [...unfinished, ...waiting],
      ...(outputKeys.length === 0 ? {} : { outputKeys }),
    };
  }

  /** The ids of the nodes that are completed on the present way. */
  get completedIds(): ReadonlySet<string> {
    return new Set(this.snapshot.completed.map((node) => node.nodeId));
  }

  /** Begins to run, owned by a process. */
  begin(owner: string): Execution {
    return this.#to('begin', { owner });
  }

  /**
   * Starts nodes that are waiting: each as its next occurrence, or as the next attempt of the one that was interrupted.
   */
  startNodes(nodeIds: readonly string[]): Execution {
    const occurrences = { ...this.snapshot.occurrences };
    const started = nodeIds.map((nodeId): NodeAttempt => {
      const interrupted = this.snapshot.interrupted.find((node) => node.nodeId === nodeId);
      if (interrupted !== undefined) return { ...interrupted, attempt: interrupted.attempt + 1 };
      const occurrence = (Object.hasOwn(occurrences, nodeId) ? (occurrences[nodeId] ?? 0) : 0) + 1;
      occurrences[nodeId] = occurrence;
      return { nodeId, occurrence, attempt: 1 };
    });
    return this.#to('advance', {
      occurrences,
      waiting: this.snapshot.waiting.filter((nodeId) => !nodeIds.includes(nodeId)),
      running: [...this.snapshot.running, ...started],
      interrupted: this.snapshot.interrupted.filter((node) => !nodeIds.includes(node.nodeId)),
    });
  }

  /** A node's work is done; `ready` are the nodes that it makes ready. */
  completeNode(nodeId: string, ready: readonly string[]): Execution {
    const node = this.#runningNode(nodeId);
    return this.#to('advance', {
      running: this.snapshot.running.filter((other) => other !== node),
      completed: Object.freeze([...this.snapshot.completed, { nodeId, occurrence: node.occurrence }]),
      waiting: [...this.snapshot.waiting, ...ready],
      nodesExecuted: this.snapshot.nodesExecuted + 1,
    });
  }

  /** A node's work failed. The execution goes on until what runs beside it has settled. */
  failNode(nodeId: string): Execution {
    const node = this.#runningNode(nodeId);
    return this.#to('advance', {
      running: this.snapshot.running.filter((other) => other !== node),
      failed: [...this.snapshot.failed, node],
    });
  }

  /** The branch's head is a new checkpoint. */
  withCheckpoint(checkpointId: string): Execution {
    return new Execution({
      ...this.snapshot,
      headCheckpointId: checkpointId,
      checkpointsCreated: this.snapshot.checkpointsCreated + 1,
    });
  }

  /** Keeps the result so far. */
  withOutput(output: JsonValue): Execution {
    return new Execution({ ...this.snapshot, output });
  }

  complete(endedAt: string): Execution {
    return this.#to('complete', { owner: null, endedAt });
  }

  fail(error: ErrorRecord, endedAt: string): Execution {
    return this.#to('fail', { owner: null, error, endedAt });
  }

  pause(reason: PauseReason): Execution {
    return this.#to('pause', { owner: null, pauseReason: reason });
  }

  cancel(endedAt: string): Execution {
    return this.#to('cancel', { owner: null, running: [], waiting: this.position.nextNodeIds, endedAt });
  }

  resume(owner: string): Execution {
    return this.#to('resume', { owner, pauseReason: null });
  }

  /** Taken over from an owner that is gone: what was running is waiting again. */
  recover(owner: string): Execution {
    return this.#to('recover', {
      owner,
      waiting: this.position.nextNodeIds,
      interrupted: [...this.snapshot.interrupted, ...this.snapshot.running],
      running: [],
      failed: [],
    });
  }

  /** Stands at an earlier checkpoint again, on a branch of its own, with the output of then, and waits there. */
  rollbackTo(
    checkpointId: string,
    position: ExecutionPosition,
    branchId: string,
    output: JsonObject | null = null,
  ): Execution {
    return this.#to('rollback', {
      branchId,
      branchesCreated: this.snapshot.branchesCreated + 1,
      headCheckpointId: checkpointId,
      completed: position.completed,
      waiting: position.nextNodeIds,
      running: [],
      interrupted: [],
      failed: [],
      output,
      error: null,
      pauseReason: 'rollback',
      owner: null,
      endedAt: null,
    });
  }

  /** As it is after it was saved. */
  saved(updatedAt: string): Execution {
    return new Execution({ ...this.snapshot, version: this.snapshot.version + 1, updatedAt });
  }

  #runningNode(nodeId: string): NodeAttempt {
    const node = this.snapshot.running.find((candidate) => candidate.nodeId === nodeId);
    if (node === undefined) throw new RangeError(`Node ${nodeId} is not running in execution ${this.id}.`);
    return node;
  }

  #to(verb: ExecutionVerb, changes: Partial<ExecutionSnapshot>): Execution {
    return new Execution({ ...this.snapshot, ...changes, status: transition(this.id, this.status, verb) });
  }
}

/** The output as far as it was made at a position: the keys that last nodes had set, as the state of then has them. */
export function outputAt(position: ExecutionPosition, state: JsonObject): JsonObject | null {
  if (position.outputKeys === undefined) return null;
  const output: Record<string, JsonValue> = {};
  for (const key of position.outputKeys) {
    if (Object.hasOwn(state, key)) setOwn(output, key, state[key]);
  }
  return Object.freeze(output);
}

function countOccurrences(completed: readonly NodeOccurrence[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { nodeId, occurrence } of completed) {
    counts.set(nodeId, Math.max(counts.get(nodeId) ?? 0, occurrence));
  }
  return Object.fromEntries(counts);
}
