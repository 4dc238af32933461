import type { DomainEvent } from '../../domain/events/domain-event.js';
import { CheckpointCreated } from '../../domain/events/families/checkpoint.events.js';
import { ExecutionResumed } from '../../domain/events/families/execution.events.js';
import type { CheckpointDraft } from '../checkpoint/store-checkpoint.js';
import type { EventFactory } from '../context/event-factory.js';
import type { Arrangement } from './surroundings/surroundings.port.js';

/** That a checkpoint was made: its event tells what storing it added, and so is made within the transaction. */
interface Checkpointed {
  readonly draft: CheckpointDraft;
  readonly causationId: string | undefined;
}

/** The place of what tells of the surroundings. */
const AROUND = { around: true } as const;

/** The events of a step in their order, some of which are made when it is written. */
export class StepEvents {
  readonly #events: (DomainEvent | Checkpointed | typeof AROUND)[] = [];

  get size(): number {
    return this.#events.length;
  }

  /** Those that are at hand. */
  get atHand(): readonly DomainEvent[] {
    return this.#events.filter((event): event is DomainEvent => 'type' in event);
  }

  add(event: DomainEvent): void {
    this.#events.push(event);
  }

  addCheckpoint(draft: CheckpointDraft, causationId: string | undefined): void {
    this.#events.push({ draft, causationId });
  }

  /** What becomes of what is around the execution is told of at this place. */
  addSurroundings(): void {
    this.#events.push(AROUND);
  }

  /**
   * All of them, with those of what is around the execution.
   *
   * @param created makes the event of a checkpoint
   */
  all(
    created: (draft: CheckpointDraft, causationId: string | undefined) => DomainEvent,
    told: Arrangement | undefined,
  ): readonly DomainEvent[] {
    const all: DomainEvent[] = [];
    let isFirst = true;
    const around = told?.around ?? [];
    // A step that says nothing of it lets the execution go on, and is told of with that.
    const hasPlace = this.#events.some((event) => 'around' in event);
    const resumed = this.#events.findIndex((event) => ExecutionResumed.is(event));
    if (!hasPlace && resumed === -1) all.push(...around);
    for (const [index, event] of this.#events.entries()) {
      if ('around' in event) {
        all.push(...around);
      } else if ('draft' in event) {
        if (isFirst && told !== undefined) all.push(...told.kept);
        isFirst = false;
        all.push(created(event.draft, event.causationId));
        if (told !== undefined) all.push(...told.linked(event.draft.checkpoint.id));
      } else {
        all.push(event);
        if (!hasPlace && index === resumed) all.push(...around);
        if (told !== undefined) all.push(...(told.following.get(event.id) ?? []));
      }
    }
    if (told !== undefined) all.push(...told.after);
    return all;
  }
}

/** The event that tells of a checkpoint, once it is known what storing it added. */
export function checkpointCreated(
  factory: EventFactory,
  { checkpoint }: CheckpointDraft,
  storedBytes: number,
  context: Parameters<EventFactory['make']>[2],
): DomainEvent {
  const {
    executionId,
    id: checkpointId,
    parentId,
    branchId,
    kind,
    nodeId,
    occurrence,
    stateHash,
    stateBytes,
  } = checkpoint;
  const { nextNodeIds } = checkpoint.position;
  return factory.make(
    CheckpointCreated,
    {
      executionId,
      checkpointId,
      ...(parentId === null ? {} : { parentId }),
      branchId,
      kind,
      ...(nodeId === null ? {} : { nodeId }),
      ...(occurrence === null ? {} : { occurrence }),
      nextNodeIds: [...nextNodeIds],
      stateHash,
      stateBytes,
      storedBytes,
      terminal: nextNodeIds.length === 0,
    },
    context,
  );
}
