import { shownPayload } from '../../domain/audit/shown-payload.js';
import type { AnyEventClass, EventDefinition } from '../../domain/events/define-event.js';
import type { DomainEvent } from '../../domain/events/domain-event.js';
import { printable } from './printable.js';

/** One line that says what an event tells, safe to print: without what is personal. Its type for one of an unknown type. */
export function describeEvent(event: DomainEvent): string {
  const definition = (event.constructor as Partial<AnyEventClass>).definition as EventDefinition | undefined;
  if (definition === undefined) return printable(event.type);
  try {
    return printable(definition.message(shownPayload(event, definition)));
  } catch {
    // The message is a host's function: the event can be told without it.
    return printable(event.type);
  }
}
