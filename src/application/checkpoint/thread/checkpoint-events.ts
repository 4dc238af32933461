import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import { CheckpointBranchCreated, CheckpointCreated } from '../../../domain/events/families/checkpoint.events.js';
import type { EventFactory } from '../../context/event-factory.js';
import type { Line } from './thread-line.js';

/** What the log is told of a checkpoint of a thread that was stored. */
export function eventsOf(
  factory: EventFactory,
  checkpoint: Checkpoint,
  { branchId, left }: Line,
): readonly DomainEvent[] {
  const { executionId, createdAt: occurredAt } = checkpoint;
  const events: DomainEvent[] = [];
  if (left !== undefined) {
    events.push(factory.make(CheckpointBranchCreated, { executionId, branchId, ...left }, { occurredAt }));
  }
  events.push(factory.make(CheckpointCreated, createdPayload(checkpoint), { occurredAt }));
  return events;
}

/** What `checkpoint.created` says of a checkpoint of a thread. */
export function createdPayload(checkpoint: Checkpoint): ConstructorParameters<typeof CheckpointCreated>[0] {
  const { executionId, id: checkpointId, parentId, branchId, position } = checkpoint;
  return {
    executionId,
    checkpointId,
    ...(parentId === null ? {} : { parentId }),
    branchId,
    kind: checkpoint.kind,
    nextNodeIds: [...position.nextNodeIds],
    stateHash: checkpoint.stateHash,
    stateBytes: checkpoint.stateBytes,
    storedBytes: checkpoint.storedBytes,
    terminal: position.nextNodeIds.length === 0,
  };
}
