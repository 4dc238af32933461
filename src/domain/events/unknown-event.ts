import { type JsonObject, toJsonObject } from '../shared/json.js';
import { DomainEvent } from './domain-event.js';
import type { EventContext } from './event-context.js';

/**
 * An event that this build does not know: a newer writer recorded it, or its plug-in is not loaded. Everything it holds is
 * kept.
 */
export class UnknownEvent extends DomainEvent<string, JsonObject> {
  override readonly type: string;

  constructor(type: string, payload: JsonObject, context: EventContext) {
    super(toJsonObject(payload), Object.freeze({ ...context }));
    this.type = type;
    Object.freeze(this);
  }
}
