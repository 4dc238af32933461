import type { Checkpoint } from '../../../domain/checkpoint/checkpoint.js';
import type { AnyEventClass } from '../../../domain/events/define-event.js';
import type { DomainEvent } from '../../../domain/events/domain-event.js';
import { CheckpointCreated } from '../../../domain/events/families/checkpoint.events.js';
import { createdPayload } from '../../checkpoint/thread/checkpoint-events.js';
import type { EventFactory } from '../../context/event-factory.js';
import { currentContext } from '../../context/run-with-context.js';

/** The events of one verb on a thread: they happened at once, and belong together. */
export class ThreadStory {
  readonly occurredAt: string;
  readonly #factory: EventFactory;
  readonly #correlationId: string;
  readonly #events: DomainEvent[] = [];

  constructor(factory: EventFactory) {
    this.#factory = factory;
    this.occurredAt = factory.now();
    this.#correlationId = currentContext()?.correlationId ?? factory.ids.next();
  }

  /** What is to be recorded, in order. */
  get events(): readonly DomainEvent[] {
    return this.#events;
  }

  /** Adds an event, caused by another where that is named. Returns its id. */
  tell<Class extends AnyEventClass>(
    type: Class,
    payload: ConstructorParameters<Class>[0],
    causationId: string | undefined = currentContext()?.causationId,
  ): string {
    const event = this.#factory.make(type, payload, {
      occurredAt: this.occurredAt,
      correlationId: this.#correlationId,
      ...(causationId === undefined ? {} : { causationId }),
    }) as DomainEvent;
    this.#events.push(event);
    return event.id;
  }

  /** Adds that a checkpoint was stored. */
  created(checkpoint: Checkpoint, causationId: string): string {
    return this.tell(CheckpointCreated, createdPayload(checkpoint), causationId);
  }
}
