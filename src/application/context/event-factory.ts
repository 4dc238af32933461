import type { AnyEventClass } from '../../domain/events/define-event.js';
import type { AmbientContext } from '../../domain/events/event-context.js';
import type { Clock } from '../../domain/shared/clock.js';
import type { IdGenerator } from '../../domain/shared/id-generator.js';

/** Makes Waymark's own events from the injected clock and id generator. */
export class EventFactory {
  readonly clock: Clock;
  readonly ids: IdGenerator;

  constructor(clock: Clock, ids: IdGenerator) {
    this.clock = clock;
    this.ids = ids;
  }

  /** An event of now, or of the time that is given. Its context is the ambient one, with what is given here on top. */
  make<Class extends AnyEventClass>(
    type: Class,
    payload: ConstructorParameters<Class>[0],
    context: AmbientContext & { readonly occurredAt?: string } = {},
  ): InstanceType<Class> {
    const { occurredAt = this.now(), correlationId, causationId, actor, source, traceparent } = context;
    // Each by its name: a spread takes as long as all the rest of making an event.
    const init = { id: this.ids.next(), occurredAt, correlationId, causationId, actor, source, traceparent };
    return new type(payload, init) as InstanceType<Class>;
  }

  /** Now, as ISO 8601 in UTC. */
  now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
