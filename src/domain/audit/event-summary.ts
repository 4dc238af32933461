import type { EventDefinition } from '../events/define-event.js';
import type { DomainEvent } from '../events/domain-event.js';
import { SEVERITIES, type Severity } from './severity.js';

/**
 * How much an event matters.
 *
 * @param definition what is known of its type; without one (an unknown type) it is `info`
 */
export function severityOf(event: DomainEvent, definition: EventDefinition | undefined): Severity {
  if (definition === undefined) return 'info';
  if (typeof definition.severity !== 'function') return definition.severity;
  if (!isInItsShape(event, definition)) return 'info';
  try {
    const severity = definition.severity(event.payload as never);
    // A word that there is not would make the entry unreadable.
    return SEVERITIES.includes(severity) ? severity : 'warning';
  } catch {
    // Like its message, a host's function must not keep the event from being recorded; that something is wrong shows.
    return 'warning';
  }
}

/**
 * One line for people. A host's function that throws must not keep the event from being recorded.
 *
 * @param definition what is known of its type; without one (an unknown type) it is the type
 * @param shown the payload as people may see it; the event's own when left out
 */
export function messageOf(
  event: DomainEvent,
  definition: EventDefinition | undefined,
  shown: unknown = event.payload,
): string {
  if (definition === undefined || !isInItsShape(event, definition)) return event.type;
  try {
    return String(definition.message(shown as never));
  } catch (error) {
    return `${event.type} (its message could not be made: ${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Whether the payload has the shape that the definition's functions expect: that of another version may have any. */
function isInItsShape(event: DomainEvent, definition: EventDefinition): boolean {
  return event.type === definition.type && event.context.schemaVersion === definition.version;
}
