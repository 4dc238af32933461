import type { JsonObject } from '../shared/json.js';
import type { EventContext } from './event-context.js';

/** An event as plain data: how it is stored, compared and transported. */
export interface EventRecord extends EventContext {
  readonly type: string;
  readonly payload: JsonObject;
}

const BRAND = Symbol.for('waymark.domain-event');

/**
 * An immutable fact: something happened, at a time, in a context.
 *
 * Concrete events are declared with {@link defineEvent}. Events are compared by `type` and `context.schemaVersion`,
 * never by class identity, so that two copies of the package understand each other.
 */
export abstract class DomainEvent<Type extends string = string, Payload = unknown> {
  /** The stable dotted name, `family.fact`. */
  declare readonly type: Type;
  /** What happened. Deeply frozen. */
  readonly payload: Payload;
  /** When, where, who and why. Frozen. */
  readonly context: EventContext;
  readonly #isChecked: boolean;

  /** @param isChecked whether payload and context were checked when it was made, so that nobody need do it again */
  protected constructor(payload: Payload, context: EventContext, isChecked = false) {
    this.payload = payload;
    this.context = context;
    this.#isChecked = isChecked;
  }

  /**
   * Whether an event was checked when it was made: not one that was read back, or that another copy of the package
   * made.
   */
  static isChecked(event: unknown): event is DomainEvent {
    return typeof event === 'object' && event !== null && #isChecked in event && event.#isChecked;
  }

  /** Whether `value` is an event of any type, whichever copy of the package made it. */
  static isEvent(value: unknown): value is DomainEvent {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** Short for `context.id`. */
  get id(): string {
    return this.context.id;
  }

  /** Short for `context.occurredAt`. */
  get occurredAt(): string {
    return this.context.occurredAt;
  }

  /** The event as plain data. */
  toJSON(): EventRecord {
    return { type: this.type, ...this.context, payload: this.payload as JsonObject };
  }
}

Object.defineProperty(DomainEvent.prototype, BRAND, { value: true });
