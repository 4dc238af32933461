import type { ExecutionPosition } from '../checkpoint/checkpoint.js';
import type { ErrorRecord } from '../events/families/fields.js';
import type { JsonObject, JsonValue } from '../shared/json.js';
import { lastingBreakpoints, type StoredBreakpoint } from './breakpoints.js';
import type { NodeAttempt } from './node-attempt.js';
import { isNoProgress, type KeptSignal, type SuspendedNode, NO_PROGRESS } from './progress.js';
import type { Undoing } from './undoing.js';
import { dueAtOf } from './due.js';
import { asCompleted, countOccurrences, doneAtTop, withDone } from './done.js';
import { type ExecutionSnapshot, NOTHING_YET, type PauseReason } from './execution-snapshot.js';
import { takenUp } from './taken-up.js';
import { nextAddresses, openAttempts, positionOf } from './position.js';
import { rolledBack, type WayTo } from './rolled-back.js';
import { type Advance, addressOf, type Standing } from './standing.js';
import { type ExecutionStatus, type StatusStep, transition } from './execution-status.js';

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
  readonly compensable?: readonly string[];
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
    const { position, output = null, compensable = [], ...rest } = origin;
    return new Execution({
      ...rest,
      status: 'pending',
      version: 0,
      output,
      error: null,
      pauseReason: null,
      headCheckpointId: '',
      ...NOTHING_YET,
      completed: position.completed,
      waiting: position.nextNodeIds,
      interrupted: openAttempts(position.progress),
      progress: position.progress ?? null,
      // What a fork took over was done by another one: it is not for this one to undo.
      compensated: position.completed
        .filter(({ nodeId }) => compensable.includes(nodeId))
        .map(({ nodeId, occurrence }) => ({ nodeId, occurrence, inherited: true as const })),
      compensable,
      occurrences: countOccurrences([...position.completed, ...(position.progress?.open ?? [])]),
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
    return positionOf(this.snapshot);
  }

  /** The ids of the workflow's own nodes that are completed. Kept from step to step, and not for the caller to change. */
  get doneAtTop(): ReadonlySet<string> {
    return doneAtTop(this.snapshot.completed);
  }

  /** Whether a node with a body was started and is not settled. */
  isOpen(at: string): boolean {
    return this.snapshot.progress?.open.some((composite) => composite.at === at) === true;
  }

  /** Where it stands in its graph, for the planner. */
  get standing(): Standing {
    const { waiting, running, interrupted, failed, suspended, progress, occurrences } = this.snapshot;
    return { waiting, running, interrupted, failed, suspended, progress: progress ?? NO_PROGRESS, occurrences };
  }

  /**
   * Stands where a plan brought it.
   *
   * @throws RangeError for a plan that was made of something else: it completes what is completed already
   */
  advance({ standing, completed }: Advance): Execution {
    const done = this.doneAtTop;
    for (const { nodeId, occurrence } of completed) {
      const isKnown = occurrence <= (standing.occurrences[nodeId] ?? 0);
      if (isKnown && !done.has(nodeId)) continue;
      throw new RangeError(`Node ${nodeId} can't be completed in execution ${this.id}: the plan is not of it.`);
    }
    return this.record({ standing, completed });
  }

  /** Stands where a runner of the host's says: its nodes are completed as often as it reaches them. */
  record({ standing, completed }: Advance): Execution {
    const { progress, ...rest } = standing;
    return this.#to('advance', {
      ...rest,
      progress: isNoProgress(progress) ? null : progress,
      ...(completed.length === 0
        ? {}
        : {
            completed: withDone(this.snapshot.completed, asCompleted(completed, this.snapshot.compensable)),
            nodesExecuted: this.snapshot.nodesExecuted + completed.length,
          }),
    });
  }

  /** Begins to run, owned by a process. */
  begin(owner: string): Execution {
    return this.#to('begin', { owner, fence: this.snapshot.fence + 1 });
  }

  /** The branch's head is a new checkpoint. */
  withCheckpoint(checkpointId: string): Execution {
    return new Execution({
      ...this.snapshot,
      headCheckpointId: checkpointId,
      checkpointsCreated: this.snapshot.checkpointsCreated + 1,
    });
  }

  /** Is to stop elsewhere from now on. */
  withBreakpoints(breakpoints: readonly StoredBreakpoint[]): Execution {
    return new Execution({ ...this.snapshot, breakpoints });
  }

  /** Keeps the result so far. */
  withOutput(output: JsonValue): Execution {
    return new Execution({ ...this.snapshot, output });
  }

  /** A wait has changed: who is asked, until when, or that it is over. */
  changeSuspended(node: SuspendedNode, changed: SuspendedNode): Execution {
    const suspended = this.snapshot.suspended.map((other) => (other === node ? changed : other));
    return new Execution({ ...this.snapshot, suspended });
  }

  /** Keeps these signals, which nothing waits for yet. */
  withSignals(signals: readonly KeptSignal[]): Execution {
    return new Execution({ ...this.snapshot, signals });
  }

  /** Nothing runs or waits any more: what did is ready, to be started anew. */
  standDown(): Execution {
    const waiting = nextAddresses({ ...this.snapshot, failed: [] });
    return this.#to('advance', { waiting, running: [], suspended: [] });
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
    return this.#to('cancel', { owner: null, running: [], suspended: [], waiting: this.position.nextNodeIds, endedAt });
  }

  /** Goes on. Where it stood still because a node failed, that one is waiting again, as the same occurrence. */
  resume(owner: string): Execution {
    const failed = this.snapshot.pauseReason === 'error' ? takenUp(this.snapshot) : {};
    return this.#to('resume', { owner, pauseReason: null, fence: this.snapshot.fence + 1, ...failed });
  }

  /** Taken over from an owner that is gone: what was running is waiting again. */
  recover(owner: string): Execution {
    return this.#to('recover', {
      owner,
      fence: this.snapshot.fence + 1,
      ...takenUp(this.snapshot),
    });
  }

  /** Stands at an earlier checkpoint again, and waits there: see {@link WayTo}. */
  rollbackTo(
    checkpointId: string,
    position: ExecutionPosition,
    branchId: string,
    output: JsonObject | null = null,
    work: WayTo['work'] = 'again',
  ): Execution {
    return this.#to('rollback', rolledBack(this.snapshot, { checkpointId, position, branchId, output, work }));
  }

  /** Compensations begin. The execution stays what it is, owned by who runs them, until they are through. */
  beginUndoing(undoing: Undoing, owner: string): Execution {
    const { status, fence } = this.snapshot;
    if (undoing.cause === 'rollback') transition(this.id, status, 'rollback');
    return new Execution({ ...this.snapshot, undoing, owner, fence: status === 'running' ? fence : fence + 1 });
  }

  /** Somebody else goes on with the compensations of an owner that is gone. */
  takeUndoing(owner: string): Execution {
    return new Execution({ ...this.snapshot, owner, fence: this.snapshot.fence + 1 });
  }

  /** The next compensation is done, or failed. */
  undoNext(ok: boolean): Execution {
    const { undoing, compensated } = this.snapshot;
    const [node, ...remaining] = undoing?.remaining ?? [];
    if (undoing === null || node === undefined) throw new RangeError(`Nothing of ${this.id} is to be compensated.`);
    const { tries: _, retryAt: __, ...rest } = undoing;
    const counts = { compensated: undoing.compensated + (ok ? 1 : 0), failed: undoing.failed + (ok ? 0 : 1) };
    return new Execution({
      ...this.snapshot,
      undoing: { ...rest, ...counts, remaining },
      compensated: ok ? [...compensated, node] : compensated,
    });
  }

  /** The next compensation failed, and is tried again at a time. */
  undoAgain(retryAt: string): Execution {
    const { undoing } = this.snapshot;
    if (undoing === null) throw new RangeError(`Nothing of ${this.id} is to be compensated.`);
    return new Execution({ ...this.snapshot, undoing: { ...undoing, tries: (undoing.tries ?? 0) + 1, retryAt } });
  }

  /** The compensations are through, or were given up. One that stands still is owned by nobody then. */
  endUndoing(): Execution {
    const { status, owner } = this.snapshot;
    return new Execution({ ...this.snapshot, owner: status === 'running' ? owner : null, undoing: null });
  }

  /** What failed is to be tried again as the same occurrence, where it is waiting. */
  retrying(failed: readonly NodeAttempt[]): Execution {
    const { interrupted } = this.snapshot;
    const known = new Set(interrupted.map(addressOf));
    const again = failed.filter((node) => !known.has(addressOf(node)));
    return new Execution({ ...this.snapshot, interrupted: [...interrupted, ...again] });
  }

  /** As it is after it was saved, held by its owner until the lease expires. */
  saved(updatedAt: string, leaseExpiresAt: string | null = null): Execution {
    const { version } = this.snapshot;
    const dueAt = dueAtOf(this.snapshot);
    return new Execution({ ...this.snapshot, version: version + 1, updatedAt, dueAt, leaseExpiresAt });
  }

  #to(verb: StatusStep, changes: Partial<ExecutionSnapshot>): Execution {
    const status = transition(this.id, this.status, verb);
    // A step ends with whoever took it.
    const breakpoints =
      changes.owner === null ? lastingBreakpoints(this.snapshot.breakpoints) : this.snapshot.breakpoints;
    return new Execution({ ...this.snapshot, breakpoints, ...changes, status });
  }
}
