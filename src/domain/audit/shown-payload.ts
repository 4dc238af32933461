import type { EventDefinition } from '../events/define-event.js';
import type { DomainEvent } from '../events/domain-event.js';
import { withoutPersonal } from '../events/personal-values.js';
import type { JsonObject } from '../shared/json.js';

/**
 * The payload of an event as it may leave the process, or be shown: no erasure reaches a file or a screen, so
 * `[personal]` stands for what is personal.
 *
 * @param definition what is known of its type; without one (an unknown type) it is the payload as it is
 */
export function shownPayload(event: DomainEvent, definition: EventDefinition | undefined): JsonObject {
  const payload = event.payload as JsonObject;
  return definition?.holdsPersonal === true ? withoutPersonal([definition.schema], payload) : payload;
}
