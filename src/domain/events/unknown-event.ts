import { isJsonObject, type JsonObject, toJsonObject } from '../shared/json.js';
import { DomainEvent } from './domain-event.js';
import type { EventContext } from './event-context.js';
import { storedPayload } from './event-limits.js';

/**
 * An event that this build does not know: a newer writer recorded it, or its plug-in is not loaded. Everything it holds
 * is kept.
 */
export class UnknownEvent extends DomainEvent<string, JsonObject> {
  override readonly type: string;

  constructor(type: string, payload: JsonObject, context: EventContext) {
    super(storedObject(payload), Object.freeze({ ...context }));
    this.type = type;
    Object.freeze(this);
  }
}

function storedObject(payload: unknown): JsonObject {
  const stored = storedPayload(payload);
  return isJsonObject(stored) ? stored : toJsonObject(stored, 'payload');
}
