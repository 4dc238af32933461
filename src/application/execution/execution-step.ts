import type { NodeOccurrence } from '../../domain/execution/node-attempt.js';
import type { Branch, CheckpointKind } from '../../domain/checkpoint/checkpoint.js';
import { checkpointNotFound } from '../../domain/checkpoint/checkpoint.errors.js';
import type { AnyEventClass } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import type { Execution } from '../../domain/execution/execution.js';
import type { ExecutionSnapshot } from '../../domain/execution/execution-snapshot.js';
import { versionConflict } from '../../domain/execution/version-conflict.error.js';
import { WaymarkError } from '../../domain/shared/errors.js';
import type { TransactionScope } from '../../domain/shared/transaction.js';
import { executionExists } from '../checkpoint/upkeep-services.js';
import type { JsonObject } from '../../domain/shared/json.js';
import { type CheckpointDraft, storeCheckpoint } from '../checkpoint/store-checkpoint.js';
import { currentContext } from '../context/run-with-context.js';
import { FlowMemory } from './flow/flow-memory.js';
import { commitPatiently, commitUncertain } from './commit-patiently.js';
import { checkpointCreated, StepEvents } from './step-events.js';
import type { StepServices } from './step-services.js';
import { type Stopwatch, stopwatchSince } from './stopwatch.js';
import type { Around, ArrangedStep, Arrangement } from './surroundings/surroundings.port.js';

/** A branch without its head, which every new checkpoint moves. */
export type BranchLine = Omit<Branch, 'headCheckpointId'>;

/**
 * One step of an execution in the making: the execution after it, checkpoints, branches and events. `commit` writes all
 * of it in one transaction and publishes the events after that.
 */
export class ExecutionStep {
  execution: Execution;
  state: JsonObject;
  /** The branch that new checkpoints go to. */
  branch: BranchLine;
  readonly stopwatch: Stopwatch;
  /** What the run remembers: handed on from step to step. */
  memory = new FlowMemory();
  readonly #services: StepServices;
  readonly #checkpoints: CheckpointDraft[] = [];
  readonly #branches = new Map<string, Branch>();
  readonly #events = new StepEvents();
  readonly #needed: string[] = [];
  #around: { readonly what: Around; readonly causationId: string } | undefined;
  /** What was done for that, and for the checkpoints. */
  #arrangement: Arrangement | undefined;
  #takenOver: Pick<ExecutionSnapshot, 'id' | 'version' | 'leaseExpiresAt'> | undefined;
  readonly #alsoWritten: ((scope: TransactionScope) => Promise<unknown>)[] = [];
  /** What was to be committed when it was last tried, and nobody could tell how that ended. */
  #uncertain: readonly DomainEvent[] | undefined;
  readonly #occurredAt: string;

  /** @param stopwatch that of the step before, where there is one */
  constructor(
    services: StepServices,
    execution: Execution,
    state: JsonObject,
    branch: BranchLine,
    stopwatch: Stopwatch = stopwatchSince(execution.snapshot.startedAt, services.factory.clock),
  ) {
    this.#services = services;
    this.execution = execution;
    this.state = state;
    this.branch = branch;
    this.stopwatch = stopwatch;
    this.#occurredAt = services.factory.now();
  }

  /** When the step happened, as ISO 8601 in UTC: all that it tells of happened at once. */
  now(): string {
    return this.#occurredAt;
  }

  /** The monotonic clock, in milliseconds. */
  monotonic(): number {
    return this.#services.factory.clock.monotonic();
  }

  /** Milliseconds since the execution started. */
  elapsedMs(): number {
    return this.stopwatch();
  }

  /** An id for something that this step makes. */
  newId(): string {
    return this.#services.factory.ids.next();
  }

  /** Adds an event, caused by another where that is named. Returns its id. */
  emit<Class extends AnyEventClass>(
    type: Class,
    payload: ConstructorParameters<Class>[0],
    causationId?: string,
  ): string {
    const event = this.#services.factory.make(type, payload, this.#context(causationId)) as DomainEvent;
    this.#events.add(event);
    return event.id;
  }

  /** A new checkpoint of the present state, at the head of the present branch. Returns its id. */
  checkpoint(kind: CheckpointKind, node?: NodeOccurrence, causationId?: string, id: string = this.newId()): string {
    const { snapshot, position } = this.execution;
    const { values, ...parts } = this.#services.encoder.encode(snapshot.id, this.state);
    const draft: CheckpointDraft = {
      checkpoint: {
        id,
        executionId: snapshot.id,
        parentId: snapshot.headCheckpointId === '' ? null : snapshot.headCheckpointId,
        branchId: this.branch.branchId,
        sequence: snapshot.checkpointsCreated,
        kind,
        nodeId: node?.nodeId ?? null,
        occurrence: node?.occurrence ?? null,
        position,
        ...parts,
        createdAt: this.#occurredAt,
      },
      values,
    };
    this.#checkpoints.push(draft);
    this.#events.addCheckpoint(draft, causationId);
    this.saveBranch({ ...this.branch, headCheckpointId: id });
    this.execution = this.execution.withCheckpoint(id);
    return id;
  }

  /** A checkpoint that must still be there when the step is committed: pruning may have been faster. */
  needs(checkpointId: string): void {
    this.#needed.push(checkpointId);
  }

  /** Writes something else in the same transaction: it must have no effect but through the scope. */
  also(write: (scope: TransactionScope) => Promise<unknown>): void {
    this.#alsoWritten.push(write);
  }

  /**
   * The step takes an execution over, as it was read: where its owner has renewed the lease meanwhile, the owner is
   * there.
   */
  takesOver(stored: Pick<ExecutionSnapshot, 'id' | 'version' | 'leaseExpiresAt'>): void {
    this.#takenOver = stored;
  }

  /** What becomes of what is around the execution: told of at this place of the step. */
  surround(what: Around, causationId: string): void {
    this.#around = { what, causationId };
    this.#events.addSurroundings();
  }

  /** Stores a branch as it is after this step. */
  saveBranch(branch: Branch): void {
    this.#branches.set(branch.branchId, branch);
  }

  /**
   * Writes everything in one transaction. The execution is at its next version then.
   *
   * @param manner `patiently` for what is worth waiting for: see {@link commitPatiently}. Where nobody can tell how a
   *   commit ended it is waited for in any case: what was committed is found, and not written twice
   */
  async commit(manner: 'at once' | 'patiently' = 'at once'): Promise<void> {
    const { surroundings } = this.#services;
    const arranging = surroundings.arrange(this.execution.snapshot, this.#around?.what, () => this.#arranged());
    if (arranging === undefined) return this.#commitIn(manner);
    const arrangement = await arranging;
    this.#arrangement = arrangement;
    try {
      await this.#commitIn(manner).catch(async (error: unknown) => {
        // Where nobody knows how it ended, the disk stays as it would be if it was kept.
        if (this.#uncertain === undefined) await arrangement?.discard();
        throw error;
      });
      await arrangement?.committed();
    } finally {
      arrangement?.over();
    }
  }

  async #commitIn(manner: 'at once' | 'patiently'): Promise<void> {
    const commit = (): Promise<void> => this.#commit();
    if (manner === 'patiently') return commitPatiently(commit, this.#services);
    try {
      await commit();
    } catch (error) {
      if (this.#uncertain === undefined) throw error;
      await commitPatiently(commit, this.#services);
    }
  }

  /** The step, as what is around its execution sees it. */
  #arranged(): ArrangedStep {
    const checkpoints = this.#checkpoints.map(({ checkpoint }) => checkpoint);
    const { snapshot } = this.execution;
    return {
      snapshot,
      around: this.#around,
      newCheckpoints: {
        ids: checkpoints.map(({ id }) => id),
        before: checkpoints[0] === undefined ? snapshot.headCheckpointId : checkpoints[0].parentId,
      },
      events: this.#events.atHand,
      context: (causationId) => this.#context(causationId),
      make: (type, payload, causationId) => this.#services.factory.make(type, payload, this.#context(causationId)),
    };
  }

  async #commit(): Promise<void> {
    const lease = this.#services.leases.grant(this.execution.snapshot);
    const saved = this.execution.saved(this.#occurredAt, lease?.expiresAt);
    let written: readonly DomainEvent[] | undefined;
    try {
      await this.#write(saved, (events) => {
        written = events;
      });
    } catch (error) {
      if (WaymarkError.is(error, 'WAYMARK_COMMIT_UNKNOWN')) this.#uncertain = written ?? this.#uncertain;
      // Until somebody has looked, it is as uncertain as it was.
      if (this.#uncertain !== undefined) throw commitUncertain(this.execution.id, error);
      throw error;
    }
    // One that was found was saved with the lease of an earlier try: the next renewal sees to it.
    if (lease !== undefined && this.#uncertain === undefined) this.#services.leases.confirm(saved.id, lease);
    this.#uncertain = undefined;
    this.execution = saved;
    // What nobody runs is not encoded again soon: what stands still takes no memory.
    if (saved.snapshot.owner === null) this.#services.encoder.forget(saved.id);
  }

  async #write(saved: Execution, onWritten: (events: readonly DomainEvent[]) => void): Promise<void> {
    const { executions, checkpoints, recorder, factory } = this.#services;
    await recorder.commit({
      weight: this.#events.size,
      write: async (scope) => {
        const [first] = this.#uncertain ?? [];
        if (this.#uncertain !== undefined && first !== undefined && (await recorder.isRecorded(first.id, scope))) {
          onWritten(this.#uncertain);
          return this.#uncertain;
        }
        this.#uncertain = undefined;
        for (const id of this.#needed) {
          if ((await checkpoints.find(id, scope)) === undefined) throw checkpointNotFound(id);
        }
        await this.#assertLeftBehind(scope);
        if (this.execution.snapshot.version === 0) await this.#assertNoTree(scope);
        const storedBytes = new Map<CheckpointDraft, number>();
        for (const draft of this.#checkpoints) {
          storedBytes.set(draft, (await storeCheckpoint(checkpoints, draft, scope)).storedBytes);
        }
        for (const branch of this.#branches.values()) await checkpoints.saveBranch(branch, scope);
        await executions.save({ ...saved.snapshot, version: this.execution.snapshot.version }, scope);
        for (const write of this.#alsoWritten) await write(scope);
        await this.#arrangement?.save(scope);
        const created = (draft: CheckpointDraft, causationId: string | undefined): DomainEvent =>
          checkpointCreated(factory, draft, storedBytes.get(draft) ?? 0, this.#context(causationId));
        const events = this.#events.all(created, this.#arrangement);
        onWritten(events);
        return events;
      },
    });
  }

  async #assertLeftBehind(scope: TransactionScope): Promise<void> {
    const read = this.#takenOver;
    if (read === undefined) return;
    const found = await this.#services.executions.find(read.id, scope);
    if (found?.leaseExpiresAt !== read.leaseExpiresAt) throw versionConflict(read);
  }

  /** The checkpoints under an id that no execution has are a thread's: they must not become this one's. */
  async #assertNoTree(scope: TransactionScope): Promise<void> {
    const { executions, checkpoints } = this.#services;
    const { id } = this.execution;
    if ((await checkpoints.branches(id, scope)).length === 0) return;
    // Saving it tells whoever has the id of another execution.
    if ((await executions.find(id, scope)) === undefined) throw executionExists(id, 'execution');
  }

  #context(causationId: string | undefined): { occurredAt: string; correlationId: string; causationId?: string } {
    const cause = causationId ?? currentContext()?.causationId;
    return {
      occurredAt: this.#occurredAt,
      correlationId: this.execution.snapshot.correlationId,
      ...(cause === undefined ? {} : { causationId: cause }),
    };
  }
}
