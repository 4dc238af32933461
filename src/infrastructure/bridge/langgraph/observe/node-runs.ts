import { isGraphBubbleUp, isGraphInterrupt } from './langgraph-package.js';
import { errorRecord } from '../../../../application/context/error-record.js';
import {
  NodeCancelled,
  NodeCompleted,
  NodeFailed,
  NodeRetryScheduled,
  NodeSkipped,
  NodeStarted,
  NodeSuspended,
  NodeTimedOut,
} from '../../../../domain/events/families/node.events.js';
import { asJson } from './as-json.js';
import { isAbort, isDrained } from './graph-errors.js';
import { namespaceAround, nodePath, taskOf } from './namespace.js';
import type { RunContext } from './run-context.js';
import type { Occurrence, OpenOccurrences, ThreadMemory } from './thread-memory.js';

/** A node that runs. */
export interface NodeRun extends Occurrence {
  readonly nodeId: string;
  /** Where it runs: the task and those around it. */
  readonly namespace: string;
  readonly taskId: string;
  readonly startedAt: number;
  /** Its `node.started`. */
  readonly startedId: string | undefined;
}

/** An attempt that threw, of which it is not known yet whether there will be another. */
interface Failure {
  readonly run: NodeRun;
  readonly error: unknown;
  readonly durationMs: number;
  readonly at: number;
  readonly occurredAt: string;
}

/** Tells of the nodes of one run, from the callbacks around them and from what the graph says of its tasks. */
export class NodeRuns {
  readonly #run: RunContext;
  readonly #memory: ThreadMemory;
  readonly #running = new Map<string, NodeRun>();
  /** The latest attempt of each task, for what runs within it. */
  readonly #byTask = new Map<string, NodeRun>();
  readonly #failures = new Map<string, Failure>();
  readonly #failed = new Set<string>();
  #resumable: OpenOccurrences;
  #completed = 0;
  #failedAt: string | undefined;
  readonly #suspended: NodeRun[] = [];

  /** @param resumable what was begun and not completed, where the run goes on from there */
  constructor(run: RunContext, memory: ThreadMemory, resumable: OpenOccurrences) {
    this.#run = run;
    this.#memory = memory;
    this.#resumable = resumable;
  }

  /** How many nodes were completed. */
  get completed(): number {
    return this.#completed;
  }

  /** The node that failed first, of the innermost graph. */
  get failedAt(): string | undefined {
    return this.#failedAt;
  }

  /** The nodes that wait: of those within one another, the innermost. */
  get waiting(): readonly string[] {
    const isAround = (outer: NodeRun) =>
      this.#suspended.some(({ namespace }) => namespace.startsWith(`${outer.namespace}|`));
    return this.#suspended.filter((run) => !isAround(run)).map(({ nodeId }) => nodeId);
  }

  /** A node that runs now. */
  get running(): NodeRun | undefined {
    return [...this.#running.values()].at(-1);
  }

  /** The `node.started` of the node that a namespace is within; that of the run for the graph itself. */
  causeWithin(namespace: string): string | undefined {
    const taskId = taskOf(namespace);
    const around = taskId === undefined ? undefined : this.#byTask.get(taskId);
    return around?.startedId ?? this.#run.beganId();
  }

  /** Whether a task failed for good; the graph may have gone on all the same. */
  hasFailed(taskId: string): boolean {
    return this.#failed.has(taskId);
  }

  /** The latest attempt of a task in this run. */
  attemptOf(taskId: string): NodeRun | undefined {
    return this.#byTask.get(taskId);
  }

  /** Where a node runs that the callbacks know by an id. */
  namespaceOf(callbackId: string): string | undefined {
    return this.#running.get(callbackId)?.namespace;
  }

  /** A node's work begins. */
  started(callbackId: string, namespace: string, name: string, entryCheckpointId: string | undefined): NodeRun {
    const { events, executionId } = this.#run;
    const nodeId = nodePath(namespace, this.#run.root());
    const taskId = taskOf(namespace) ?? namespace;
    const cause = this.causeWithin(namespaceAround(namespace));
    const failure = this.#failures.get(taskId);
    const { occurrence, attempt } = failure === undefined ? this.#reach(nodeId) : this.#tryAgain(failure);
    const startedAt = events.now();
    const startedId = events.tell(
      NodeStarted,
      {
        executionId,
        nodeId,
        occurrence,
        attempt,
        nodeName: name,
        nodeKind: 'task',
        ...(entryCheckpointId === undefined ? {} : { entryCheckpointId }),
      },
      { causationId: cause },
    );
    const run = { nodeId, namespace, taskId, occurrence, attempt, startedAt, startedId };
    this.#running.set(callbackId, run);
    this.#byTask.set(taskId, run);
    return run;
  }

  /** A node's work returned. */
  returned(callbackId: string, output: unknown): void {
    const run = this.#ended(callbackId);
    if (run !== undefined) this.#tellCompleted(run, output);
  }

  /**
   * A node's work threw, which need not be a failure: that is how LangGraph's nodes wait, and send commands to the graph
   * around them.
   *
   * @param stopped why the run is being stopped, where it is
   */
  threw(callbackId: string, error: unknown, stopped: string | undefined): void {
    const run = this.#ended(callbackId);
    if (run === undefined) return;
    const { events } = this.#run;
    if (isGraphInterrupt(error)) {
      this.#suspended.push(run);
      events.tell(NodeSuspended, { ...this.#place(run), awaiting: 'approval' }, { causationId: run.startedId });
    } else if (isDrained(error)) {
      this.#tellCancelled(run, 'the graph was asked to stop');
    } else if (isGraphBubbleUp(error)) {
      this.#tellCompleted(run, undefined);
    } else if (stopped !== undefined) {
      this.#tellCancelled(run, stopped);
    } else if (this.#failedAt !== undefined && isAbort(error)) {
      this.#tellCancelled(run, `${this.#failedAt} failed`);
    } else {
      const [durationMs, at, occurredAt] = [this.#elapsed(run), events.now(), events.instant()];
      this.#failures.set(run.taskId, { run, error, durationMs, at, occurredAt });
    }
  }

  /** The graph has taken a task's outcome: one that failed is not tried again. */
  settled(taskId: string): void {
    const failure = this.#failures.get(taskId);
    this.#failures.delete(taskId);
    if (failure !== undefined) this.#tellFailed(failure);
  }

  /** A task was done without being run. */
  skipped(namespace: string, reason: string): void {
    const nodeId = nodePath(namespace, this.#run.root());
    const { executionId, events } = this.#run;
    // It counts as reached, and nobody will go on with it.
    const place = { executionId, nodeId, ...this.#memory.next(nodeId) };
    events.tell(NodeSkipped, { ...place, reason }, { causationId: this.#run.beganId() });
  }

  /** The graph itself went one step on: what is reached from now on was not begun before. */
  wentOn(): void {
    this.#resumable = new Map();
  }

  /** The run is over: whatever has not ended does not belong to it any more. */
  close(reason: string): void {
    for (const taskId of this.#failures.keys()) this.settled(taskId);
    for (const run of this.#running.values()) this.#tellCancelled(run, reason);
    this.#running.clear();
  }

  #ended(callbackId: string): NodeRun | undefined {
    const run = this.#running.get(callbackId);
    this.#running.delete(callbackId);
    return run;
  }

  #reach(nodeId: string): Occurrence {
    const open = this.#resumable.get(nodeId)?.shift();
    return open === undefined ? this.#memory.next(nodeId) : { ...open, attempt: open.attempt + 1 };
  }

  #tryAgain({ run, error, at, occurredAt }: Failure): Occurrence {
    const { events } = this.#run;
    const nextAttempt = run.attempt + 1;
    this.#failures.delete(run.taskId);
    events.tell(
      NodeRetryScheduled,
      { ...this.#place(run), error: errorRecord(error), delayMs: Math.max(0, events.now() - at), nextAttempt },
      { causationId: run.startedId, occurredAt },
    );
    return { occurrence: run.occurrence, attempt: nextAttempt };
  }

  #tellCompleted(run: NodeRun, output: unknown): void {
    const { events } = this.#run;
    this.#completed += 1;
    const isWanted = output !== undefined && events.keeps(NodeCompleted.type, 'output');
    const payload = { ...this.#place(run), durationMs: this.#elapsed(run) };
    events.tell(NodeCompleted, isWanted ? { ...payload, output: asJson(output) } : payload, {
      causationId: run.startedId,
      otherwise: payload,
    });
  }

  #tellFailed({ run, error, durationMs, occurredAt }: Failure): void {
    const { events, isKept } = this.#run;
    this.#failedAt ??= run.nodeId;
    this.#failed.add(run.taskId);
    const telling = { causationId: run.startedId, occurredAt };
    const limitMs = isAbort(error) ? this.#run.timeLimit(run.nodeId, durationMs) : undefined;
    if (limitMs !== undefined) {
      events.tell(NodeTimedOut, { ...this.#place(run), limitMs }, telling);
      return;
    }
    const payload = { ...this.#place(run), error: errorRecord(error), durationMs, recoverable: isKept };
    events.tell(NodeFailed, payload, telling);
  }

  #tellCancelled(run: NodeRun, reason: string): void {
    this.#run.events.tell(
      NodeCancelled,
      { ...this.#place(run), reason, durationMs: this.#elapsed(run) },
      { causationId: run.startedId },
    );
  }

  #place({ nodeId, occurrence, attempt }: NodeRun) {
    return { executionId: this.#run.executionId, nodeId, occurrence, attempt };
  }

  #elapsed(run: NodeRun): number {
    return Math.max(0, this.#run.events.now() - run.startedAt);
  }
}
