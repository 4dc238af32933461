import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';

/** What an event's class says of its type; `undefined` for a type that this build does not know. */
export function definitionOf(event: DomainEvent): EventDefinition | undefined {
  return (event.constructor as Partial<AnyEventClass>).definition as EventDefinition | undefined;
}
