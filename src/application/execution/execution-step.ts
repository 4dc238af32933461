import type { Branch, CheckpointKind, NodeOccurrence } from '../../domain/checkpoint/checkpoint.js';
import type { CheckpointRepository } from '../../domain/checkpoint/checkpoint.repository.port.js';
import { splitState } from '../../domain/checkpoint/state-content.js';
import type { AnyEventClass } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { CheckpointCreated } from '../../domain/events/families/checkpoint.events.js';
import type { Execution } from '../../domain/execution/execution.js';
import type { ExecutionRepository } from '../../domain/execution/execution.repository.port.js';
import type { Scheduler } from '../../domain/shared/clock.js';
import type { JsonObject } from '../../domain/shared/json.js';
import type { EventRecorder } from '../audit/event-recorder.js';
import { type CheckpointDraft, storeCheckpoint } from '../checkpoint/store-checkpoint.js';
import type { EventFactory } from '../context/event-factory.js';
import { currentContext } from '../context/run-with-context.js';

/** What an execution step needs. */
export interface StepServices {
  readonly executions: ExecutionRepository;
  readonly checkpoints: CheckpointRepository;
  readonly recorder: EventRecorder;
  readonly factory: EventFactory;
  readonly scheduler: Scheduler;
}

/** A branch without its head, which every new checkpoint moves. */
export type BranchLine = Omit<Branch, 'headCheckpointId'>;

/**
 * An event that is at hand, or one that tells what storing a checkpoint added and so is made within the transaction.
 */
type StepEvent = DomainEvent | { readonly draft: CheckpointDraft; readonly causationId: string | undefined };

/**
 * One step of an execution in the making: the execution after it, checkpoints, branches and events. `commit` writes all
 * of it in one transaction and publishes the events after that.
 */
export class ExecutionStep {
  execution: Execution;
  state: JsonObject;
  /** The branch that new checkpoints go to. */
  branch: BranchLine;
  readonly #services: StepServices;
  readonly #checkpoints: CheckpointDraft[] = [];
  readonly #branches = new Map<string, Branch>();
  readonly #events: StepEvent[] = [];
  readonly #occurredAt: string;

  constructor(services: StepServices, execution: Execution, state: JsonObject, branch: BranchLine) {
    this.#services = services;
    this.execution = execution;
    this.state = state;
    this.branch = branch;
    this.#occurredAt = services.factory.now();
  }

  /** When the step happened, as ISO 8601 in UTC: all that it tells of happened at once. */
  now(): string {
    return this.#occurredAt;
  }

  /** Milliseconds since the execution started: by the wall clock, because it may have started in another process. */
  elapsedMs(): number {
    return Math.max(0, this.#services.factory.clock.now() - Date.parse(this.execution.snapshot.startedAt));
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
    this.#events.push(event);
    return event.id;
  }

  /** A new checkpoint of the present state, at the head of the present branch. Returns its id. */
  checkpoint(kind: CheckpointKind, node?: NodeOccurrence, causationId?: string, id: string = this.newId()): string {
    const { snapshot, position } = this.execution;
    const { contents, ...parts } = splitState(this.state);
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
      contents,
    };
    this.#checkpoints.push(draft);
    this.#events.push({ draft, causationId });
    this.saveBranch({ ...this.branch, headCheckpointId: id });
    this.execution = this.execution.withCheckpoint(id);
    return id;
  }

  /** Stores a branch as it is after this step. */
  saveBranch(branch: Branch): void {
    this.#branches.set(branch.branchId, branch);
  }

  /** Writes everything in one transaction. The execution is at its next version then. */
  async commit(): Promise<void> {
    const { executions, checkpoints, recorder } = this.#services;
    const saved = this.execution.saved(this.#occurredAt);
    await recorder.commit({
      weight: this.#events.length,
      write: async (scope) => {
        const storedBytes = new Map<CheckpointDraft, number>();
        for (const draft of this.#checkpoints) {
          storedBytes.set(draft, (await storeCheckpoint(checkpoints, draft, scope)).storedBytes);
        }
        for (const branch of this.#branches.values()) await checkpoints.saveBranch(branch, scope);
        await executions.save({ ...saved.snapshot, version: this.execution.snapshot.version }, scope);
        return this.#events.map((event) => ('draft' in event ? this.#created(event, storedBytes) : event));
      },
    });
    this.execution = saved;
  }

  #created(
    { draft, causationId }: { readonly draft: CheckpointDraft; readonly causationId: string | undefined },
    storedBytes: ReadonlyMap<CheckpointDraft, number>,
  ): DomainEvent {
    const { checkpoint } = draft;
    return this.#services.factory.make(
      CheckpointCreated,
      {
        executionId: checkpoint.executionId,
        checkpointId: checkpoint.id,
        ...(checkpoint.parentId === null ? {} : { parentId: checkpoint.parentId }),
        branchId: checkpoint.branchId,
        kind: checkpoint.kind,
        ...(checkpoint.nodeId === null ? {} : { nodeId: checkpoint.nodeId }),
        ...(checkpoint.occurrence === null ? {} : { occurrence: checkpoint.occurrence }),
        nextNodeIds: [...checkpoint.position.nextNodeIds],
        stateHash: checkpoint.stateHash,
        stateBytes: checkpoint.stateBytes,
        storedBytes: storedBytes.get(draft) ?? 0,
        terminal: checkpoint.position.nextNodeIds.length === 0,
      },
      this.#context(causationId),
    );
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
